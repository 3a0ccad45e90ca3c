using VisualFeatureSearch.Analysis;
using VisualFeatureSearch.Server.Api;
using VisualFeatureSearch.Server.Articles.Cells;
using VisualFeatureSearch.Server.Problems;
using VisualFeatureSearch.Server.Stores;

namespace VisualFeatureSearch.Server.Articles.Rendering;

/// <summary>Answers cells, each by the same calls as the HTTP API, and writes the answers as HTML.</summary>
internal sealed class CellRenderer(StoreCatalogue catalogue, PaintedSearch search, PaintedComparison comparison, PaintedStatistics statistics)
{
    /// <summary>The most groups that a chart shows.</summary>
    private const int MaximumGroups = 12;

    /// <summary>A highlight: the photograph with what is painted on it.</summary>
    public static Html Highlight(PaintedHighlight highlight, IPictureSource pictures)
    {
        HighlightCell cell = highlight.Cell;
        Imaging.ImageTransform transform = highlight.Store.RequirePhotographs().Transform;
        string name = Path.GetFileNameWithoutExtension(cell.Image!).Replace('-', ' ').Replace('_', ' ');
        string crop = pictures.QueryCrop(highlight.Store, highlight.Image, highlight.Photograph);
        return Html.Of($"""
            <figure class="cell highlight" id="cell-{cell.Place}" data-name="{cell.Name}" data-title="{name}" data-crop="{crop}" data-mask="{highlight.Mask}" data-width="{transform.InputWidth}" data-height="{transform.InputHeight}">
            <div class="picture" style="aspect-ratio:{transform.InputWidth}/{transform.InputHeight}"><img src="{crop}" alt="{name}"><img class="mask" src="{highlight.Mask}" alt="the highlight"></div>
            {Caption(cell, $"{name}, as the network sees it; highlighted: {cell.Name}")}</figure>
            """);
    }

    /// <summary>The regions most similar to a highlight.</summary>
    public Html Results(ResultsCell cell, PaintedHighlight highlight, IPictureSource pictures, CancellationToken cancellationToken)
    {
        ServedStore store = StoreOf(cell.Store, highlight);
        Search.SearchReport report = search.Search(
            store, highlight.ToRequest(cell.Layer, cell.Top) with { Where = cell.Where, Unique = cell.Unique, Columns = [.. cell.Columns] }, cancellationToken);
        return Frame(cell, "results", highlight, CardRenderer.Render(store, report, pictures), Facts(store, report));
    }

    /// <summary>The answers of several layers, and how much they agree.</summary>
    public Html Compare(CompareCell cell, PaintedHighlight highlight, IPictureSource pictures, CancellationToken cancellationToken)
    {
        NamedRow[] rows = RowsOf(cell.Rows, highlight.Store);
        CompareModel answers = comparison.Compare(
            new CompareRequest(highlight.ToRequest(top: cell.Top) with { Where = cell.Where }, [.. rows.Select(row => row.ToRequest())], Distributions: true), cancellationToken);
        Dictionary<string, int> rowsWith = answers.Rows.SelectMany(row => row.Report.Results.Select(result => Key(row, result))).GroupBy(key => key).ToDictionary(group => group.Key, group => group.Count());
        Html lists = Html.Join(answers.Rows.Select((row, i) => Html.Of(
            $"""<div class="row" role="group" aria-label="{rows[i].Title}"><p><b>{i + 1}. {rows[i].Title}</b> <small>{row.Report.Query.Grid.Height} × {row.Report.Query.Grid.Width} cells, {row.Report.Query.Grid.Channels} channels</small></p>{CardRenderer.Render(catalogue.Find(row.Store), row.Report, pictures, result => Note(row, result))}</div>""")));
        return Frame(cell, "compare", highlight, Html.Of($"{lists}{Agreement(answers.Overlaps)}"), $"{rows.Length} layers, the {cell.Top} most similar regions of each; the photograph itself is left out");

        string Key(CompareRowModel row, Search.ResultReport result) => SharedImages.KeyOf(catalogue.Find(row.Store).Store, result.Index, catalogue.ImagesRoot);

        string Note(CompareRowModel row, Search.ResultReport result) => rowsWith[Key(row, result)] is > 1 and var count ? $"in {count} of {rows.Length} rows" : "";
    }

    /// <summary>Similarities or layers as a chart; the highlight is null for a chart that needs none.</summary>
    public Html Chart(ChartCell cell, PaintedHighlight? highlight, CancellationToken cancellationToken) => cell.Show switch
    {
        ChartKind.Groups => Groups(cell, highlight!, cancellationToken),
        ChartKind.Rows => Distributions(cell, highlight!, cancellationToken),
        _ => Alike(cell, cancellationToken),
    };

    private Html Groups(ChartCell cell, PaintedHighlight highlight, CancellationToken cancellationToken)
    {
        ServedStore store = StoreOf(cell.Store, highlight);
        StatisticsModel model = statistics.Describe(store, new StatisticsRequest(highlight.ToRequest(cell.Layer) with { Where = cell.Where }, cell.By), cancellationToken);
        if (model.Groups.Count == 0)
        {
            throw new RequestException($"no image has a value of '{model.By}' to group by");
        }

        GroupStatistics[] groups = [.. model.Groups.OrderByDescending(group => group.Distribution.Median).Take(MaximumGroups)];
        int further = model.Groups.Count + model.OmittedGroups - groups.Length;
        Html chart = DistributionChart.Render(
            [.. groups.Select(group => ($"{DistributionChart.Shorten(group.Name)} ({group.Distribution.Count}){(group.Test?.AdjustedPValue < 0.05 ? " *" : "")}", group.Distribution))],
            $"Similarities by {model.By}, highest median first",
            cell.Place);
        return Frame(
            cell,
            "chart",
            highlight,
            chart,
            $"similarity to {highlight.Cell.Name} by {model.By}, at {model.Query.Layer} of {store.Id}, {model.All.Count:N0} images{(further > 0 ? $"; {further} further groups are not shown" : "")}. * adjusted p < .05: a permutation test of the group against all other images, corrected for the number of groups");
    }

    private Html Distributions(ChartCell cell, PaintedHighlight highlight, CancellationToken cancellationToken)
    {
        NamedRow[] rows = RowsOf(cell.Rows, StoreOf(cell.Store, highlight));
        CompareModel answers = comparison.Compare(
            new CompareRequest(highlight.ToRequest(top: 1) with { Where = cell.Where }, [.. rows.Select(row => row.ToRequest())], Distributions: true), cancellationToken);
        Html chart = DistributionChart.Render([.. answers.Rows.Select((row, i) => (DistributionChart.Shorten(rows[i].Title), row.Distribution!))], "Similarities of all images, layer by layer", cell.Place);
        return Frame(cell, "chart", highlight, chart, $"similarity of all images to {highlight.Cell.Name}. Layers and networks have similarities of their own size: a box further right alone is no better match");
    }

    private Html Alike(ChartCell cell, CancellationToken cancellationToken)
    {
        NamedRow[] rows = RowsOf(cell.Rows, cell.Store is null ? catalogue.Stores[0] : catalogue.Find(cell.Store));
        RepresentationsModel model = RepresentationsModel.Create(
            new RepresentationsRequest([.. rows.Select(row => new RepresentationRowModel(row.Store.Id, row.Layer))]), catalogue, cancellationToken);
        Html head = Html.Join(rows.Select((_, i) => Html.Of($"""<th scope="col">{i + 1}</th>""")));
        Html body = Html.Join(rows.Select((row, i) => Html.Of(
            $"""<tr><th scope="row">{i + 1}. {row.Title}</th>{Html.Join(model.LinearCka[i].Select(value => Html.Of($"<td style=\"--alike:{Math.Clamp(value ?? 0, 0, 1):0.###}\">{(value is { } known ? $"{known:0.00}" : "–")}</td>")))}</tr>""")));
        return Frame(
            cell,
            "chart cka",
            null,
            Html.Of($"""<div class="wide"><table><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table></div>"""),
            $"linear CKA (unbiased) of whole feature maps over {model.Images:N0} images: 1 for the same but for rotation and scale, 0 for unrelated");
    }

    private static Html Agreement(IReadOnlyList<AnswerAgreement> pairs) => pairs.Count == 0
        ? Html.Empty
        : Html.Of($"""
            <div class="wide"><table><thead><tr><th scope="col">Rows</th><th scope="col">Shared</th><th scope="col">Rank-biased overlap</th><th scope="col">Rank correlation</th></tr></thead>
            <tbody>{Html.Join(pairs.Select(pair => Html.Of($"""<tr><th scope="row">{pair.First + 1} and {pair.Second + 1}</th><td>{pair.Shared} of {pair.Depth}</td><td>{pair.RankBiased:0.00}</td><td>{(pair.RankCorrelation is { } known ? $"{known:0.00}" : "–")}</td></tr>""")))}</tbody></table></div>
            """);

    /// <summary>A cell that a reader's painting changes names its highlight.</summary>
    private static Html Frame(ArticleCell cell, string kind, PaintedHighlight? highlight, Html content, string facts) => Html.Of($"""
        <figure class="cell {kind}" id="cell-{cell.Place}" data-of="{highlight?.Cell.Name}">{content}{Caption(cell, facts)}</figure>
        """);

    private static Html Caption(ArticleCell cell, string facts) =>
        Html.Of($"<figcaption>{(cell.Caption is null ? "" : cell.Caption + " ")}<span>{char.ToUpperInvariant(facts[0]) + facts[1..]}.</span></figcaption>");

    private static string Facts(ServedStore store, Search.SearchReport report) =>
        $"the regions most similar at {report.Query.Layer} of {store.Id}, {report.Query.Grid.Height} × {report.Query.Grid.Width} cells; {report.Stats.Images:N0} images compared, the photograph itself left out";

    private ServedStore StoreOf(string? name, PaintedHighlight highlight) => name is null ? highlight.Store : catalogue.Find(name);

    /// <summary>The layers that a cell names; where it names none, all of a store, which is also that of rows without one.</summary>
    private NamedRow[] RowsOf(IReadOnlyList<CellRow> rows, ServedStore usual) => rows.Count > 0
        ? [.. rows.Select(row =>
        {
            ServedStore store = row.Store is null ? usual : catalogue.Find(row.Store);
            string layer = store.Store.FindLayer(row.Layer).Layer;
            return new NamedRow(store, layer, row.Title ?? $"{store.Id}: {layer}");
        })]
        : [.. usual.Store.Arrays.Select(array => new NamedRow(usual, array.Layer, $"{usual.Id}: {array.Layer}"))];

    private sealed record NamedRow(ServedStore Store, string Layer, string Title)
    {
        public CompareRowRequest ToRequest() => new(Store.Id, Layer);
    }
}
