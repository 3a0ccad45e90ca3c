using VisualFeatureSearch.Features;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Search;

/// <summary>A query laid out for one layer of a store: what both ways of searching start from.</summary>
internal sealed class SearchPlan
{
    public SearchPlan(FeatureArray features, RegionKernel region, SearchOptions options, ScanKernels kernels)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(region);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Top, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.WindowsPerImage, 1);
        EnsureFits(features, region);
        EnsureRows(options.Included?.Length, features, nameof(options.Included));
        EnsureRows(options.Groups?.Length, features, nameof(options.Groups));
        if (options.NearDuplicates is { } rule && rule.Map.Length != features.MapElements)
        {
            throw new RegionException($"the query's feature map has {rule.Map.Length} numbers and the store's have {features.MapElements}: near-duplicates can only be told at the store's own size");
        }

        Options = options;
        Positive = new ScanPlan(region, features.Height, features.Width, features.IsHalf, kernels);
        if (options.Negative is { } negative)
        {
            EnsureFits(features, negative);
            Negative = new ScanPlan(negative, features.Height, features.Width, features.IsHalf, kernels);
        }
    }

    public SearchOptions Options { get; }

    public ScanPlan Positive { get; }

    public ScanPlan? Negative { get; }

    public NearDuplicateRule? NearDuplicates => Options.NearDuplicates;

    public MatchCollector NewCollector() => new(Options.Top, Options.MinimumSimilarity, Options.Groups);

    public bool Includes(long index) => Options.Included is not { } included || included[index];

    /// <summary>The answer of a finished search.</summary>
    public SearchAnswer Describe(FeatureArray features, MatchCollector collector, SearchStats stats)
    {
        Match[] matches = collector.ToSortedArray();
        if (Options.WindowsPerImage == 1 && Negative is null)
        {
            return new SearchAnswer(matches, stats);
        }

        using ImageScorer scorer = new(features, this);
        MatchDetail[] details = new MatchDetail[matches.Length];
        for (int i = 0; i < matches.Length; i++)
        {
            (WindowMatch[] windows, float positive, float? negative) = scorer.Describe(matches[i].Index, Options.WindowsPerImage);
            details[i] = new MatchDetail(windows, positive, negative);
        }

        return new SearchAnswer(matches, stats) { Details = details };
    }

    private static void EnsureRows(int? rows, FeatureArray features, string name)
    {
        if (rows is { } count && count < features.Count)
        {
            throw new ArgumentException($"{name} has {count} rows, the store {features.Count}.");
        }
    }

    private static void EnsureFits(FeatureArray features, RegionKernel region)
    {
        if (region.Channels != features.Channels)
        {
            throw new RegionException($"the query's features have {region.Channels} channels and the layer '{features.Layer}' of the store {features.Channels}: they are of different layers or models");
        }

        if (region.Box.Height > features.Height || region.Box.Width > features.Width)
        {
            throw new RegionException($"the highlighted region is {region.Box.Height} x {region.Box.Width} cells and the store's feature maps only {features.Height} x {features.Width}: highlight a smaller region");
        }
    }
}
