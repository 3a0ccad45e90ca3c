using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using VisualFeatureSearch.Server.Articles.Cells;

namespace VisualFeatureSearch.Server.Articles.Rendering;

/// <summary>Writes an article's cells by their answers, and blocks of code as they are.</summary>
/// <param name="usual">Writes a block of code.</param>
/// <param name="cellOf">The cell of a block; null for code.</param>
/// <param name="answer">The answer of a cell.</param>
internal sealed class CellBlockRenderer(CodeBlockRenderer usual, Func<CodeBlock, ArticleCell?> cellOf, Func<ArticleCell, Html> answer) : HtmlObjectRenderer<CodeBlock>
{
    protected override void Write(HtmlRenderer renderer, CodeBlock obj)
    {
        if (cellOf(obj) is { } cell)
        {
            renderer.EnsureLine();
            renderer.Write(answer(cell).Text);
            renderer.EnsureLine();
        }
        else
        {
            usual.Write(renderer, obj);
        }
    }
}
