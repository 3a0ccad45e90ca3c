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
        if (article.Settings.Stores.Any(string.IsNullOrEmpty))
        {
            throw new ArticleException($"{file}: 'stores' has an empty entry");
        }

        foreach (LiveDataset? dataset in article.Settings.Live)
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
                    EnsureRows(compare, compare.Rows);
                    break;
                case ChartCell chart:
                    EnsureChart(chart);
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

        void EnsureChart(ChartCell chart)
        {
            // YAML's reader takes any number for an enumeration.
            if (!Enum.IsDefined(chart.Show))
            {
                Fail(chart, $"'show' is {(int)chart.Show}: it must be one of {string.Join(", ", Enum.GetNames<ChartKind>()).ToLowerInvariant()}");
            }

            if (chart.Show != ChartKind.Cka)
            {
                EnsureKnown(chart, chart.Highlight);
            }

            EnsureRows(chart, chart.Rows);
            (string Field, bool IsUnused)[] fields = chart.Show switch
            {
                ChartKind.Groups => [("rows", chart.Rows.Count > 0)],
                ChartKind.Rows => [("by", chart.By is not null), ("layer", chart.Layer is not null)],
                _ => [("highlight", chart.Highlight is not null), ("by", chart.By is not null), ("layer", chart.Layer is not null), ("where", chart.Where is not null)],
            };
            if (Array.Find(fields, field => field.IsUnused).Field is { } unused)
            {
                Fail(chart, $"'{unused}' means nothing for a chart that shows {chart.Show.ToString().ToLowerInvariant()}");
            }
        }

        void EnsureRows(ArticleCell cell, IReadOnlyList<CellRow?> rows)
        {
            if (rows.Contains(null))
            {
                Fail(cell, "'rows' has an empty entry: each needs a layer, and may have a store and a title");
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
