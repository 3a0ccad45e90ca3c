using Markdig;
using Markdig.Extensions.Yaml;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using VisualFeatureSearch.Server.Articles.Cells;

namespace VisualFeatureSearch.Server.Articles;

/// <summary>An article: Markdown with settings at its top and cells between its paragraphs.</summary>
public sealed class ArticleFile
{
    private readonly Dictionary<FencedCodeBlock, ArticleCell> _cells = new(ReferenceEqualityComparer.Instance);

    private ArticleFile(string path, ArticleSettings settings, MarkdownDocument document)
    {
        FilePath = path;
        Settings = settings;
        Document = document;
    }

    /// <summary>How Markdown is read: CommonMark with tables, footnotes, figures and the other extensions of Markdig.</summary>
    internal static MarkdownPipeline Pipeline { get; } = new MarkdownPipelineBuilder().UseYamlFrontMatter().UseAdvancedExtensions().Build();

    /// <summary>The file, as an absolute path.</summary>
    public string FilePath { get; }

    /// <summary>The folder that its paths are relative to.</summary>
    public string Folder => Path.GetDirectoryName(FilePath)!;

    /// <summary>What it says at its top.</summary>
    public ArticleSettings Settings { get; }

    /// <summary>The cells in the order of the text.</summary>
    public IReadOnlyList<ArticleCell> Cells => [.. _cells.Values];

    /// <summary>Its stores: web addresses and absolute paths.</summary>
    public IReadOnlyList<string> Stores => [.. Settings.Stores.Select(store => Zarr.Stores.ZarrStores.IsAddress(store) ? store : Path.GetFullPath(Path.Combine(Folder, store)))];

    /// <summary>The title: the settings', else the first heading's text, else the file's name.</summary>
    public string Title => Settings.Title ?? FirstHeading ?? Path.GetFileNameWithoutExtension(FilePath);

    /// <summary>Whether the text has a heading of the first level, which is then the page's.</summary>
    internal bool HasHeading => Document.Descendants<HeadingBlock>().Any(heading => heading.Level == 1);

    internal MarkdownDocument Document { get; }

    private string? FirstHeading => Document.Descendants<HeadingBlock>().FirstOrDefault(heading => heading.Level == 1)?.Inline is { } inline
        ? string.Concat(inline.Descendants<LiteralInline>().Select(literal => literal.Content.ToString()))
        : null;

    /// <summary>Reads an article.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ArticleException">It is missing, or its settings or a cell cannot be read; the message names the line.</exception>
    public static ArticleFile Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ArticleException(exception is FileNotFoundException or DirectoryNotFoundException ? $"{path}: no such file" : $"{path} cannot be read: {exception.Message}", exception);
        }

        MarkdownDocument document = Markdown.Parse(text, Pipeline);
        YamlFrontMatterBlock? front = document.Descendants<YamlFrontMatterBlock>().FirstOrDefault();
        ArticleFile article = new(Path.GetFullPath(path), front is null ? new ArticleSettings() : CellReader.ReadSettings(front.Lines.ToString(), path), document);
        foreach (FencedCodeBlock block in document.Descendants<FencedCodeBlock>().Where(block => CellReader.IsCell(block.Info)))
        {
            ArticleCell cell = CellReader.Read(block.Info!, block.Lines.ToString(), path, block.Line + 1);
            cell.Place = article._cells.Count;
            article._cells.Add(block, cell);
        }

        ArticleRules.Ensure(article, path);
        return article;
    }

    /// <summary>The cell of a block; null for a block of code.</summary>
    internal ArticleCell? CellOf(CodeBlock block) => block is FencedCodeBlock fenced ? _cells.GetValueOrDefault(fenced) : null;

    /// <summary>The highlight that a cell names.</summary>
    internal HighlightCell HighlightOf(string name) => Cells.OfType<HighlightCell>().First(cell => cell.Name == name);
}
