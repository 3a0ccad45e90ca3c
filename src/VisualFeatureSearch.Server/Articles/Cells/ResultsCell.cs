namespace VisualFeatureSearch.Server.Articles.Cells;

/// <summary>The regions most similar to a highlight.</summary>
public sealed class ResultsCell : ArticleCell
{
    /// <summary>The highlight.</summary>
    public string? Highlight { get; set; }

    /// <summary>The store that is searched; absent for that of the highlight.</summary>
    public string? Store { get; set; }

    /// <summary>The layer; absent for the store's last one.</summary>
    public string? Layer { get; set; }

    /// <summary>How many images, 1 to 100.</summary>
    public int Top { get; set; } = 6;

    /// <summary>A condition over the manifest's columns in SQL; absent for all images.</summary>
    public string? Where { get; set; }

    /// <summary>A column of the manifest: at most one image for each of its values.</summary>
    public string? Unique { get; set; }

    /// <summary>Columns of the manifest to show below each image.</summary>
    public IReadOnlyList<string> Columns { get; set => field = value ?? []; } = [];
}
