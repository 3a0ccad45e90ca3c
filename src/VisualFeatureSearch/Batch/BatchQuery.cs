using VisualFeatureSearch.Imaging;

namespace VisualFeatureSearch.Batch;

/// <summary>One query of many: a photograph and the region of it that is searched for.</summary>
/// <param name="Number">Its row in the table of queries, 0 for the first.</param>
/// <param name="Path">The photograph, relative to the table's folder.</param>
/// <param name="Label">The photograph's label; empty for none.</param>
public sealed record BatchQuery(int Number, string Path, string Label)
{
    /// <summary>A PNG whose alpha is the brush, as large as the crop or as the photograph; null where <see cref="Box"/> says the region.</summary>
    public string? Mask { get; init; }

    /// <summary>The region as a box in pixels of the photograph; null where <see cref="Mask"/> says it.</summary>
    public PixelBox? Box { get; init; }

    /// <summary>A second mask that counts against an image; null for none.</summary>
    public string? Negative { get; init; }

    /// <summary>The layer; null for that of the whole batch.</summary>
    public string? Layer { get; init; }
}
