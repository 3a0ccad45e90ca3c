namespace VisualFeatureSearch.Server.Articles.Cells;

/// <summary>A fenced block of an article that is answered by the server instead of shown as code.</summary>
public abstract class ArticleCell
{
    /// <summary>The cell's place among the article's cells, 0 for the first.</summary>
    internal int Place { get; set; }

    /// <summary>The line of the article that the cell's fence is on, 1 for the first.</summary>
    internal int Line { get; set; }

    /// <summary>What stands below the cell; absent for nothing but the facts.</summary>
    public string? Caption { get; set; }
}
