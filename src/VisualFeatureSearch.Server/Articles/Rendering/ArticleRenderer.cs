using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Server.Articles.Cells;
using VisualFeatureSearch.Server.Images;
using VisualFeatureSearch.Server.Problems;
using VisualFeatureSearch.Server.Stores;

namespace VisualFeatureSearch.Server.Articles.Rendering;

/// <summary>Writes an article as a page: as one that lives with the server, or as one file that needs nothing else.</summary>
internal sealed class ArticleRenderer(StoreCatalogue catalogue, UploadCache uploads, CellRenderer cells)
{
    /// <summary>The page of a running server, whose highlights a reader can paint anew. A cell that cannot be answered says why in its place.</summary>
    public string RenderLive(ArticleFile article, CancellationToken cancellationToken)
    {
        ServedPictures pictures = new();
        return ArticlePage.Write(article, Body(article, pictures, pictures.Beside, Try, cancellationToken), Sources(), isLive: true);
    }

    /// <summary>The page as one file, with every answer and picture inside.</summary>
    /// <exception cref="ArticleException">A cell cannot be answered or a picture not read; the message names the line.</exception>
    public string RenderStatic(ArticleFile article, CancellationToken cancellationToken)
    {
        EmbeddedPictures pictures = new(article.Folder);
        Html body = Body(
            article,
            pictures,
            (link, place) => Name(article, link.Line + 1, () => pictures.Beside(link, place)),
            (cell, answer) => Name(article, cell.Line, answer),
            cancellationToken);
        return ArticlePage.Write(article, body, Sources(), isLive: false);
    }

    /// <summary>The cells that belong to a highlight, answered for what a reader painted instead.</summary>
    /// <param name="article">The article.</param>
    /// <param name="painted">What was painted; before a stroke has ended only results are searched, which keep up with it.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <returns>The HTML of each cell, by its place.</returns>
    /// <exception cref="KeyNotFoundException">The article has no such highlight.</exception>
    public IReadOnlyDictionary<int, string> RenderPainted(ArticleFile article, PaintedCellsRequest painted, CancellationToken cancellationToken)
    {
        string? name = painted.Highlight;
        HighlightCell cell = article.Cells.OfType<HighlightCell>().FirstOrDefault(known => known.Name == name)
            ?? throw new KeyNotFoundException($"the article has no highlight '{name}': it was changed, load the page anew");
        PaintedHighlight highlight = PaintedHighlight.Read(article, cell, catalogue, uploads, painted.Mask) with { NegativeMask = painted.NegativeMask };
        ServedPictures pictures = new();
        return article.Cells.Where(dependent => HighlightOf(dependent) == name && (painted.IsFinal || dependent is ResultsCell))
            .ToDictionary(dependent => dependent.Place, dependent => Try(dependent, () => Answer(dependent, highlight, pictures, cancellationToken)).Text);
    }

    /// <summary>The pictures of the text that lie beside it, in its order.</summary>
    public static IReadOnlyList<LinkInline> PicturesOf(ArticleFile article) =>
        [.. article.Document.Descendants<LinkInline>().Where(link => link.IsImage && ArticlePictures.IsBeside(link.Url ?? ""))];

    private static string? HighlightOf(ArticleCell cell) => cell switch
    {
        ResultsCell results => results.Highlight,
        CompareCell compare => compare.Highlight,
        ChartCell { Show: not ChartKind.Cka } chart => chart.Highlight,
        _ => null,
    };

    /// <summary>The text with the addresses of its pictures and the answers of its cells.</summary>
    private Html Body(
        ArticleFile article, IPictureSource pictures, Func<LinkInline, int, string> addressOf, Func<ArticleCell, Func<Html>, Html> guard, CancellationToken cancellationToken)
    {
        foreach ((int place, LinkInline link) in PicturesOf(article).Index())
        {
            string address = addressOf(link, place);
            link.GetDynamicUrl = () => address;
        }

        // A highlight is read once for all cells that name it.
        Dictionary<HighlightCell, PaintedHighlight> painted = new(ReferenceEqualityComparer.Instance);
        using StringWriter writer = new();
        HtmlRenderer renderer = new(writer);
        ArticleFile.Pipeline.Setup(renderer);
        CodeBlockRenderer usual = renderer.ObjectRenderers.FindExact<CodeBlockRenderer>()!;
        renderer.ObjectRenderers.Replace<CodeBlockRenderer>(new CellBlockRenderer(usual, article.CellOf, cell => guard(cell, () => Answer(article, cell, painted, pictures, cancellationToken))));
        renderer.Render(article.Document);
        return new Html(writer.ToString());
    }

    private Html Answer(
        ArticleFile article, ArticleCell cell, Dictionary<HighlightCell, PaintedHighlight> painted, IPictureSource pictures, CancellationToken cancellationToken)
    {
        if (catalogue.Stores.Count == 0)
        {
            throw new FeatureStoreException("the article has no store to answer its cells: name one under 'stores' or 'live' at its top, or on the command line");
        }

        HighlightCell? named = cell as HighlightCell ?? (HighlightOf(cell) is { } name ? article.HighlightOf(name) : null);
        PaintedHighlight? highlight = null;
        if (named is not null && !painted.TryGetValue(named, out highlight))
        {
            highlight = painted[named] = PaintedHighlight.Read(article, named, catalogue, uploads, painted: null);
        }

        return Answer(cell, highlight, pictures, cancellationToken);
    }

    private Html Answer(ArticleCell cell, PaintedHighlight? highlight, IPictureSource pictures, CancellationToken cancellationToken) => cell switch
    {
        HighlightCell => CellRenderer.Highlight(highlight!, pictures),
        ResultsCell results => cells.Results(results, highlight!, pictures, cancellationToken),
        CompareCell compare => cells.Compare(compare, highlight!, pictures, cancellationToken),
        _ => cells.Chart((ChartCell)cell, highlight, cancellationToken),
    };

    private static Html Try(ArticleCell cell, Func<Html> write)
    {
        try
        {
            return write();
        }
        catch (Exception exception) when (ProblemHandler.IsExpected(exception))
        {
            return Html.Of($"""<div class="cell problem" id="cell-{cell.Place}" role="alert"><b>Line {cell.Line}</b> {exception.Message}</div>""");
        }
    }

    private static T Name<T>(ArticleFile article, int line, Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception exception) when (ProblemHandler.IsExpected(exception))
        {
            throw new ArticleException($"{article.FilePath}, line {line}: {exception.Message}", exception);
        }
    }

    /// <summary>Where the answers come from: what a reader needs to repeat them.</summary>
    private Html[] Sources() => [.. catalogue.Stores.Select(store => Html.Of(
        $"<tr><td>{store.Id}</td><td>{store.Store.Count:N0}</td><td>{store.Store.Header?.Model.Name}</td><td><code>{store.Store.Header?.Model.Sha256}</code></td></tr>"))];
}
