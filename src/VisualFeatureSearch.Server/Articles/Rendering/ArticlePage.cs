using VisualFeatureSearch.Features;

namespace VisualFeatureSearch.Server.Articles.Rendering;

/// <summary>What stands around an article's text.</summary>
internal static class ArticlePage
{
    /// <summary>What a live page may load: this server's scripts and pictures, and nothing that the text brings along.</summary>
    public const string LivePolicy = "default-src 'self'; img-src 'self' data: https:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'";

    /// <summary>The icon of a page that lives with the server: without it a browser asks for one that there is not.</summary>
    private static readonly Html Icon = new("""<link rel="icon" href="favicon.svg" type="image/svg+xml">""");

    private const string StaticPolicy = "default-src 'none'; img-src data: https:; style-src 'unsafe-inline'";

    private static readonly Lazy<string> Style = new(() =>
    {
        using Stream stream = typeof(ArticlePage).Assembly.GetManifestResourceStream("article.css")!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    });

    /// <summary>What stands in an article's place when it cannot be read: for its author, who has just changed it and looks at the page.</summary>
    public static string WriteProblem(string problem) => WriteDocument("The article cannot be read", isLive: true, Html.Of($"""
        <h1>The article cannot be read</h1>
        <p class="problem" role="alert">{problem}</p>
        <p>Mend the file and reload this page.</p>
        """), Html.Empty);

    public static string Write(ArticleFile article, Html body, IReadOnlyCollection<Html> sources, bool isLive) => WriteDocument(article.Title, isLive, Html.Of($"""
        {(article.HasHeading ? Html.Empty : Html.Of($"<h1>{article.Title}</h1>"))}
        {(article.Settings.Author is null ? Html.Empty : Html.Of($"""<p class="author">{article.Settings.Author}</p>"""))}
        {body}
        <section class="made">
        {(sources.Count == 0 ? Html.Empty : Made(sources))}
        <p>VisualFeatureSearch {FeaturePrecomputer.ToolVersion}{(isLive && sources.Count > 0 ? Html.Of($""" · <a href="./">search these datasets</a>""") : Html.Empty)}</p>
        </section>
        """), isLive ? Html.Of($"""<script type="module" src="article.js"></script>""") : Html.Empty);

    private static Html Made(IEnumerable<Html> sources) => Html.Of($"""
        <h2>How the answers were made</h2>
        <p>The network turns each photograph into a grid of cells. The highlighted cells are laid over every place of every other photograph; the similarity is the cosine between the two patterns, 1 for the same, 0 for unrelated. The lit region is the place where a photograph is most similar; it is as coarse as the grid.</p>
        <div class="wide"><table><thead><tr><th scope="col">Dataset</th><th scope="col">Images</th><th scope="col">Network</th><th scope="col">SHA-256 of the network</th></tr></thead><tbody>{Html.Join(sources)}</tbody></table></div>
        """);

    private static string WriteDocument(string title, bool isLive, Html main, Html scripts) => Html.Of($"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        {(isLive ? Html.Empty : Html.Of($"""<meta http-equiv="Content-Security-Policy" content="{new Html(StaticPolicy)}">"""))}
        <title>{title}</title>
        {(isLive ? Icon : Html.Empty)}
        <style>
        {new Html(Style.Value)}
        </style>
        </head>
        <body>
        <main>
        {main}
        </main>
        {scripts}
        </body>
        </html>

        """).Text;
}
