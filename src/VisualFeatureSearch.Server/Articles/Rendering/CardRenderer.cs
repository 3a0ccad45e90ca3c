using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Server.Stores;

namespace VisualFeatureSearch.Server.Articles.Rendering;

/// <summary>Results as photographs with the matching window lit up.</summary>
internal static class CardRenderer
{
    /// <summary>A row of results.</summary>
    /// <param name="store">The store that was searched.</param>
    /// <param name="report">The answer.</param>
    /// <param name="pictures">Where the photographs are.</param>
    /// <param name="note">What else is said of a result.</param>
    public static Html Render(ServedStore store, SearchReport report, IPictureSource pictures, Func<ResultReport, string>? note = null)
    {
        double aspect = (double)store.RequirePhotographs().Transform.InputWidth / store.RequirePhotographs().Transform.InputHeight;
        return report.Results.Count == 0
            ? Html.Of($"""<p class="none">No photograph meets the condition.</p>""")
            : Html.Of($"""<ol class="cards">{Html.Join(report.Results.Select(result => Card(store, report, result, pictures, aspect, note?.Invoke(result) ?? "")))}</ol>""");
    }

    /// <summary>What a result is called.</summary>
    public static string NameOf(ResultReport result) =>
        result.Path is null ? $"image {result.Index}" : Path.GetFileNameWithoutExtension(result.Path).Replace('-', ' ').Replace('_', ' ');

    private static Html Card(ServedStore store, SearchReport report, ResultReport result, IPictureSource pictures, double aspect, string note)
    {
        string name = NameOf(result);
        return Html.Of($"""
            <li><figure class="card"><div class="picture" style="aspect-ratio:{aspect:0.###}"><img src="{pictures.ResultCrop(store, result.Index)}" alt="{name}" loading="lazy">{Lit(result.Window, report.Query)}</div>
            <figcaption><b>{result.Rank}. {name}</b><span>{result.Similarity:0.000}{(result.Label is null ? "" : " · " + result.Label)}</span>{Columns(result)}{(note.Length == 0 ? Html.Empty : Html.Of($"<span class=\"note\">{note}</span>"))}</figcaption></figure></li>
            """);
    }

    private static Html Columns(ResultReport result) =>
        Html.Join((result.Columns ?? new Dictionary<string, string>()).Select(column => Html.Of($"<span>{column.Key}: {column.Value}</span>")));

    /// <summary>Darkens what is around the window and frames it.</summary>
    private static Html Lit(Window window, QueryReport query)
    {
        (int height, int width) = (query.Grid.Height, query.Grid.Width);
        return Html.Of($"""<svg viewBox="0 0 {width} {height}" preserveAspectRatio="none" aria-hidden="true"><path fill="#080a12" fill-opacity=".55" fill-rule="evenodd" d="M0 0H{width}V{height}H0ZM{window.X} {window.Y}V{window.Y + window.Height}H{window.X + window.Width}V{window.Y}Z"/><rect class="frame" x="{window.X}" y="{window.Y}" width="{window.Width}" height="{window.Height}"/></svg>""");
    }
}
