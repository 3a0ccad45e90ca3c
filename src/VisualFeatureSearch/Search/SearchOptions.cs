using VisualFeatureSearch.Regions;

namespace VisualFeatureSearch.Search;

/// <summary>What is asked of a search besides the highlighted region.</summary>
public sealed record SearchOptions
{
    /// <summary>How many images to return, at least 1; <see cref="int.MaxValue"/> for all above <see cref="MinimumSimilarity"/>.</summary>
    public int Top { get; init; } = 10;

    /// <summary>Only images at least this similar; null for any.</summary>
    public float? MinimumSimilarity { get; init; }

    /// <summary>
    /// The time after which the search ends with what it has found, and says what it may have missed; null to search to the end.
    /// </summary>
    public TimeSpan? Budget { get; init; }

    /// <summary>How many windows of each returned image to report, none overlapping another; at least 1.</summary>
    public int WindowsPerImage { get; init; } = 1;

    /// <summary>
    /// A region that counts against an image: its best similarity, where positive, is subtracted. Null for none.
    /// </summary>
    public RegionKernel? Negative { get; init; }

    /// <summary>For each row of the store, whether its image takes part; null for all.</summary>
    public bool[]? Included { get; init; }

    /// <summary>
    /// For each row of the store, which group its image is in: only the best image of a group is returned. Null for no groups.
    /// </summary>
    public int[]? Groups { get; init; }

    /// <summary>Leaves out images that are nearly the query's own; null to leave out none.</summary>
    public NearDuplicateRule? NearDuplicates { get; init; }

    /// <summary>
    /// Rows that are likely to be among the best, such as an earlier answer's while a stroke grows: they are scored first,
    /// which rules out others sooner. They never change the answer.
    /// </summary>
    public IReadOnlyList<long> Seeds { get; init; } = [];
}

/// <summary>When an image is nearly the query's own: by the cosine between the two whole feature maps.</summary>
/// <param name="Map">The query's feature map, <c>[C, H, W]</c> of the layer.</param>
/// <param name="Cosine">Images at least this similar are left out, in (0, 1].</param>
public sealed record NearDuplicateRule(float[] Map, float Cosine)
{
    /// <summary>A cosine that photographs of the same moment, or copies in other sizes or qualities, usually exceed.</summary>
    public const float UsualCosine = 0.95f;

    /// <summary>A cosine that only the photograph itself and its copies reach, whose features differ by no more than their rounding to float16.</summary>
    public const float SameCosine = 0.9999f;
}
