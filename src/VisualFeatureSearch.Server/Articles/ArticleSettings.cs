namespace VisualFeatureSearch.Server.Articles;

/// <summary>What an article says at its top, between lines of three dashes.</summary>
public sealed class ArticleSettings
{
    /// <summary>The title of the page; absent for the first heading.</summary>
    public string? Title { get; set; }

    /// <summary>Who wrote it; absent for nobody named.</summary>
    public string? Author { get; set; }

    /// <summary>Feature stores: web addresses, or paths relative to the article.</summary>
    public IReadOnlyList<string> Stores { get; set => field = value ?? []; } = [];

    /// <summary>Datasets whose features are computed into memory when the article is opened.</summary>
    public IReadOnlyList<LiveDataset> Live { get; set => field = value ?? []; } = [];
}
