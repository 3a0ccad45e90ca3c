using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;

namespace VisualFeatureSearch.Search;

/// <summary>
/// What a person asks of a search, in words, numbers and the manifest's columns. The command line and the HTTP API have the
/// same ones.
/// </summary>
public sealed record SearchRequestOptions
{
    /// <summary>How many images; null for 10, or for all where there is a <see cref="MinimumSimilarity"/>.</summary>
    public int? Top { get; init; }

    /// <summary>Only images at least this similar, -2 to 1.</summary>
    public float? MinimumSimilarity { get; init; }

    /// <summary>Milliseconds after which to answer with what was found.</summary>
    public double? BudgetMilliseconds { get; init; }

    /// <summary>Windows of each image to report, at least 1.</summary>
    public int Windows { get; init; } = 1;

    /// <summary>A condition over the manifest's columns, in SQL.</summary>
    public string? Where { get; init; }

    /// <summary>A column of the manifest: at most one image for each of its values is returned.</summary>
    public string? Unique { get; init; }

    /// <summary>Leave out images whose whole feature map has at least this cosine with the query's, in (0, 1].</summary>
    public float? NearDuplicates { get; init; }

    /// <summary>Rows of the store to leave out, such as the query's own.</summary>
    public IReadOnlyList<long> LeaveOut { get; init; } = [];

    /// <summary>Checks the values and looks the columns up.</summary>
    /// <param name="store">The store, whose manifest the columns are in.</param>
    /// <param name="manifest">Its manifest for queries; only asked for where it is needed.</param>
    /// <param name="queryMap">The query's whole feature map at the layer; null where it is not known.</param>
    /// <exception cref="SearchRequestException">A value is out of its range; the message names it.</exception>
    /// <exception cref="DatasetException">A condition or column makes no sense for this manifest.</exception>
    public SearchOptions Resolve(FeatureStore store, Func<ManifestQuery> manifest, float[]? queryMap)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(manifest);
        EnsureValid();
        string? condition = string.IsNullOrWhiteSpace(Where) ? null : Where;
        Ensure((condition is null && Unique is null) || store.Header is not null, condition is null ? "unique" : "where", "needs a manifest: the store was written by another tool and has none, so its images cannot be chosen by columns");
        bool[]? included = condition is null ? null : manifest().Where(condition);
        foreach (long row in LeaveOut)
        {
            Ensure(row >= 0 && row < store.Count, "leaveOut", $"names the image {row}, and there is none to leave out: the images are 0 to {store.Count - 1}");
            included ??= [.. Enumerable.Repeat(true, (int)store.Count)];
            included[row] = false;
        }

        return new SearchOptions
        {
            Top = Top ?? (MinimumSimilarity is null ? 10 : int.MaxValue),
            MinimumSimilarity = MinimumSimilarity,
            Budget = BudgetMilliseconds is { } budget ? TimeSpan.FromMilliseconds(budget) : null,
            WindowsPerImage = Windows,
            Included = included,
            Groups = Unique is null ? null : manifest().Groups(Unique),
            NearDuplicates = NearDuplicates is { } cosine && queryMap is not null ? new NearDuplicateRule(queryMap, cosine) : null,
        };
    }

    /// <summary>Checks the values that make sense or not whatever the store is.</summary>
    /// <exception cref="SearchRequestException">A value is out of its range; the message names it.</exception>
    public void EnsureValid()
    {
        Ensure(Top is null or >= 1, "top", $"is {Top}: it must be at least 1");
        Ensure(MinimumSimilarity is null || (float.IsFinite(MinimumSimilarity.Value) && MinimumSimilarity is >= -2 and <= 1), "threshold", $"is {MinimumSimilarity}: it must be from -2 to 1");
        Ensure(BudgetMilliseconds is null || (double.IsFinite(BudgetMilliseconds.Value) && BudgetMilliseconds is > 0 and <= 86_400_000), "budgetMilliseconds", $"is {BudgetMilliseconds} ms: it must be positive, and at most a day");
        Ensure(Windows is >= 1 and <= 1000, "windows", $"is {Windows}: it must be from 1 to 1000");
        Ensure(NearDuplicates is null or (> 0 and <= 1), "nearDuplicates", $"is {NearDuplicates}: it is a cosine, more than 0 and at most 1");
    }

    private static void Ensure(bool holds, string field, string problem)
    {
        if (!holds)
        {
            throw new SearchRequestException(field, problem);
        }
    }
}
