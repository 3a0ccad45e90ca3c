namespace VisualFeatureSearch.Server.Articles.Cells;

/// <summary>The answers of several layers or networks to one highlight, and how much they agree.</summary>
public sealed class CompareCell : ArticleCell
{
    /// <summary>The highlight.</summary>
    public string? Highlight { get; set; }

    /// <summary>The layers; absent for all of the highlight's store.</summary>
    public IReadOnlyList<CellRow> Rows { get; set => field = value ?? []; } = [];

    /// <summary>How many images of each row, 1 to 100.</summary>
    public int Top { get; set; } = 6;

    /// <summary>A condition over the manifest's columns in SQL; absent for all images.</summary>
    public string? Where { get; set; }
}
