using System.Diagnostics.CodeAnalysis;
using VisualFeatureSearch.Server.Articles.Cells;

namespace VisualFeatureSearch.Server.Articles;

/// <summary>What must hold of an article before any of its cells can be answered.</summary>
internal static class ArticleRules
{
    private const int MaximumTop = 100;

    /// <exception cref="ArticleException">Something does not hold; the message names the line and the field.</exception>
    public static void Ensure(ArticleFile article, string file)
    {
        foreach (LiveDataset dataset in article.Settings.Live)
        {
            if (dataset is not { Name.Length: > 0, Images.Length: > 0, Model.Length: > 0, Layers.Count: > 0 })
            {
                throw new ArticleException($"{file}: a dataset under 'live' needs the fields name, images, model and layers");
            }
        }

        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (HighlightCell highlight in article.Cells.OfType<HighlightCell>())
        {
            EnsureHighlight(highlight);
            if (!names.Add(highlight.Name!))
            {
                Fail(highlight, $"'name' is {highlight.Name}, which another highlight has already");
            }
        }

        foreach (ArticleCell cell in article.Cells)
        {
            switch (cell)
            {
                case ResultsCell results:
                    EnsureKnown(results, results.Highlight);
                    EnsureTop(results, results.Top);
                    break;
                case CompareCell compare:
                    EnsureKnown(compare, compare.Highlight);
                    EnsureTop(compare, compare.Top);
                    break;
                case ChartCell { Show: not ChartKind.Cka } chart:
                    EnsureKnown(chart, chart.Highlight);
                    break;
            }
        }

        void EnsureHighlight(HighlightCell cell)
        {
            if (string.IsNullOrEmpty(cell.Name))
            {
                Fail(cell, "'name' is missing: what other cells call the highlight");
            }

            if (string.IsNullOrEmpty(cell.Image))
            {
                Fail(cell, "'image' is missing: a path of the store's manifest, or a file beside the article");
            }

            if (new object?[] { cell.Ellipse, cell.Box, cell.Mask }.Count(shape => shape is not null) != 1)
            {
                Fail(cell, "a highlight needs one of 'ellipse' ([centre x, centre y, radius x, radius y]), 'box' ([left, top, width, height]) and 'mask' (a PNG)");
            }

            if ((cell.Ellipse ?? cell.Box) is { } numbers && (numbers.Count != 4 || numbers.Any(number => number is not (>= 0 and <= 1)) || numbers[2] == 0 || numbers[3] == 0))
            {
                Fail(cell, $"'{(cell.Ellipse is null ? "box" : "ellipse")}' is [{string.Join(", ", numbers)}]: it must be four numbers from 0 to 1, parts of the crop, the last two above 0");
            }
        }

        void EnsureKnown(ArticleCell cell, string? highlight)
        {
            if (highlight is null || !names.Contains(highlight))
            {
                Fail(cell, $"'highlight' is {highlight ?? "missing"}: the article's highlights are {(names.Count == 0 ? "none" : string.Join(", ", names))}");
            }
        }

        void EnsureTop(ArticleCell cell, int top)
        {
            if (top is < 1 or > MaximumTop)
            {
                Fail(cell, $"'top' is {top}: it must be from 1 to {MaximumTop}");
            }
        }

        [DoesNotReturn]
        void Fail(ArticleCell cell, string problem) => throw new ArticleException($"{file}, line {cell.Line}: {problem}");
    }
}
