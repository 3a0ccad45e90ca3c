namespace VisualFeatureSearch.Server.Articles.Cells;

/// <summary>A photograph with a highlight, which a reader may paint anew.</summary>
public sealed class HighlightCell : ArticleCell
{
    /// <summary>What other cells call it.</summary>
    public string? Name { get; set; }

    /// <summary>The store on whose crop it is painted; absent for the article's first one.</summary>
    public string? Store { get; set; }

    /// <summary>The photograph: its path in the store's manifest, or a file beside the article.</summary>
    public string? Image { get; set; }

    /// <summary>The highlight as an ellipse in parts of the crop, 0 to 1: [centre x, centre y, radius x, radius y].</summary>
    public IReadOnlyList<double>? Ellipse { get; set; }

    /// <summary>The highlight as a box in parts of the crop, 0 to 1: [left, top, width, height].</summary>
    public IReadOnlyList<double>? Box { get; set; }

    /// <summary>The highlight as a PNG beside the article whose alpha is the brush, of the crop's size or the photograph's shape.</summary>
    public string? Mask { get; set; }
}
