namespace VisualFeatureSearch.Server.Articles.Cells;

/// <summary>The similarities of a whole dataset, or how alike layers are, as a chart.</summary>
public sealed class ChartCell : ArticleCell
{
    /// <summary>The highlight; not needed for <see cref="ChartKind.Cka"/>.</summary>
    public string? Highlight { get; set; }

    /// <summary>What is shown.</summary>
    public ChartKind Show { get; set; }

    /// <summary>With <see cref="ChartKind.Groups"/>: the column to group by; absent for the label.</summary>
    public string? By { get; set; }

    /// <summary>With <see cref="ChartKind.Groups"/>: the store; absent for that of the highlight.</summary>
    public string? Store { get; set; }

    /// <summary>With <see cref="ChartKind.Groups"/>: the layer; absent for the store's last one.</summary>
    public string? Layer { get; set; }

    /// <summary>With <see cref="ChartKind.Rows"/> and <see cref="ChartKind.Cka"/>: the layers; absent for all of the store.</summary>
    public IReadOnlyList<CellRow> Rows { get; set => field = value ?? []; } = [];

    /// <summary>A condition over the manifest's columns in SQL; absent for all images.</summary>
    public string? Where { get; set; }
}

/// <summary>What a chart shows.</summary>
public enum ChartKind
{
    /// <summary>Similarities by label or another column, with a permutation test.</summary>
    Groups,

    /// <summary>Similarities by layer or network.</summary>
    Rows,

    /// <summary>Linear CKA, each layer with each.</summary>
    Cka,
}
