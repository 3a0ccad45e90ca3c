using System.Diagnostics;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search.Kernels;
using VisualFeatureSearch.Zarr;

namespace VisualFeatureSearch.Search;

/// <summary>
/// The plain scan: every window of every image is scored, in float32 over the stored features, on all cores. Features are used
/// where the system keeps the store's files, or else streamed through small buffers, so memory does not grow with the store.
/// </summary>
public static class RegionSearch
{
    /// <summary>Finds the images whose best window is most similar to a highlighted region.</summary>
    /// <param name="features">The dataset's features.</param>
    /// <param name="region">The highlighted region, of the same layer.</param>
    /// <param name="top">How many images to return, at least 1.</param>
    /// <param name="cancellationToken">Ends the search early.</param>
    /// <exception cref="RegionException">The region has other channels than the store, or does not fit into its feature maps.</exception>
    /// <exception cref="ZarrException">A chunk cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The search was cancelled.</exception>
    public static SearchAnswer Search(FeatureArray features, RegionKernel region, int top, CancellationToken cancellationToken = default) =>
        Search(features, region, new SearchOptions { Top = top }, cancellationToken);

    /// <inheritdoc cref="Search(FeatureArray, RegionKernel, int, CancellationToken)"/>
    /// <param name="features">The dataset's features.</param>
    /// <param name="region">The highlighted region, of the same layer.</param>
    /// <param name="options">What else is asked for.</param>
    /// <param name="cancellationToken">Ends the search early.</param>
    public static SearchAnswer Search(FeatureArray features, RegionKernel region, SearchOptions options, CancellationToken cancellationToken = default) =>
        Search(features, region, options, ScanKernels.Best, cancellationToken);

    /// <summary>The similarity of every placement of the window in one image, row by row: <c>[H - h + 1, W - w + 1]</c>.</summary>
    /// <param name="features">The dataset's features.</param>
    /// <param name="region">The highlighted region, of the same layer.</param>
    /// <param name="index">The image's row.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    /// <returns>The similarities, or null where the image's features contain an infinity or NaN.</returns>
    public static float[]? ScoreImage(FeatureArray features, RegionKernel region, long index)
    {
        SearchPlan plan = new(features, region, new SearchOptions(), ScanKernels.Best);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, features.Count);
        using ImageScorer scorer = new(features, plan);
        return scorer.ScoreWindows(index);
    }

    /// <summary>The similarity of every image of the dataset, for statistics: of each the best window's.</summary>
    /// <param name="features">The dataset's features.</param>
    /// <param name="region">The highlighted region, of the same layer.</param>
    /// <param name="contrast">A second region that is compared as well; null for none.</param>
    /// <param name="included">For each row of the store, whether its image takes part; null for all.</param>
    /// <param name="cancellationToken">Ends the scan early.</param>
    /// <exception cref="RegionException">A region has other channels than the store, or does not fit into its feature maps.</exception>
    /// <exception cref="ZarrException">A chunk cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The scan was cancelled.</exception>
    public static DatasetSimilarities ScoreAll(
        FeatureArray features, RegionKernel region, RegionKernel? contrast = null, bool[]? included = null, CancellationToken cancellationToken = default)
    {
        SearchPlan plan = new(features, region, new SearchOptions { Negative = contrast, Included = included }, ScanKernels.Best);
        float[] similarities = new float[features.Count];
        float[]? contrasts = contrast is null ? null : new float[features.Count];
        similarities.AsSpan().Fill(float.NaN);
        contrasts?.AsSpan().Fill(float.NaN);
        RowScan scan = new(features, plan, Stopwatch.GetTimestamp(), cancellationToken);
        scan.Run((scorer, index, row) =>
        {
            if (!scorer.ScoreBoth(row, out similarities[index], out float second))
            {
                return false;
            }

            contrasts?[index] = second;
            return true;
        });
        return new DatasetSimilarities(similarities, contrasts, scan.Images, scan.NonFinite);
    }

    internal static SearchAnswer Search(FeatureArray features, RegionKernel region, SearchOptions options, ScanKernels kernels, CancellationToken cancellationToken) =>
        Search(features, region, options, kernels, Stopwatch.GetTimestamp(), cancellationToken);

    /// <summary>Scans with a clock that runs already.</summary>
    internal static SearchAnswer Search(
        FeatureArray features, RegionKernel region, SearchOptions options, ScanKernels kernels, long start, CancellationToken cancellationToken)
    {
        SearchPlan plan = new(features, region, options, kernels);
        return Search(features, plan, plan.NewCollector(), start, [], cancellationToken);
    }

    /// <summary>Scans with a plan that is already made.</summary>
    /// <param name="features">The dataset's features.</param>
    /// <param name="plan">The query.</param>
    /// <param name="collector">What takes the matches; those that it has already are the store's.</param>
    /// <param name="start">When the search began, as <see cref="Stopwatch"/> tells.</param>
    /// <param name="stages">What was done before; the scan is added to them, unless there were none.</param>
    /// <param name="cancellationToken">Ends the search early.</param>
    internal static SearchAnswer Search(
        FeatureArray features, SearchPlan plan, MatchCollector collector, long start, IReadOnlyList<SearchStage> stages, CancellationToken cancellationToken)
    {
        RowScan scan = new(features, plan, start, cancellationToken);
        scan.Run((scorer, index, row) => scorer.Score(index, row, collector));
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);

        // Those that were scored before, of a sample, may not be among those that there was time for.
        SearchStats stats = new(Math.Max(scan.Images, collector.Count), scan.NonFinite, scan.Images * features.Array.Metadata.RowLength, elapsed)
        {
            Stages = stages.Count == 0
                ? []
                : [.. stages, new SearchStage("exact", scan.Images, Math.Min(plan.Options.Top, scan.Images), Math.Round(elapsed.TotalMilliseconds - stages.Sum(stage => stage.Milliseconds), 3))],
            LargestMissable = scan.WasStopped ? plan.Positive.LargestSimilarity : null,
        };
        return plan.Describe(features, collector, stats);
    }
}
