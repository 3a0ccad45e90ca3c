using System.Globalization;
using System.Security;
using System.Text;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search;

namespace VisualFeatureSearch.Figures;

/// <summary>The answer of a search as a figure for print: the highlighted photograph, and the matches with their windows lit up.</summary>
public static class ResultFigure
{
    private const int Side = 200;
    private const int Gap = 14;
    private const int Caption = 52;
    private const int LongestName = 24;

    /// <summary>Draws the figure as SVG with the photographs inside.</summary>
    /// <param name="query">The crop that was painted on.</param>
    /// <param name="mask">What was painted on it, one channel.</param>
    /// <param name="report">The answer.</param>
    /// <param name="cropOf">The crop of a match that the network sees.</param>
    /// <param name="columns">Matches in a row, at least 1.</param>
    public static string ToSvg(PixelImage query, PixelImage mask, SearchReport report, Func<ResultReport, PixelImage> cropOf, int columns = 6)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(cropOf);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        double height = (double)Side * query.Height / query.Width;
        int rows = Math.Max(1, (report.Results.Count + columns - 1) / columns);
        double width = ((Side + Gap) * (columns + 1)) + Gap;
        StringBuilder svg = new();
        svg.Append(Invariant($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"180mm\" viewBox=\"0 0 {width} {(rows * (height + Caption)) + (2 * Gap)}\" font-family=\"system-ui, Helvetica, Arial, sans-serif\" fill=\"#1a1d24\"><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"));
        svg.Append(Invariant($"<g transform=\"translate({Gap} {Gap})\">{Picture(query, height)}{MaskOver(mask, height)}{Text(height + 18, "the highlight", "font-weight=\"600\"")}</g>"));
        for (int i = 0; i < report.Results.Count; i++)
        {
            ResultReport match = report.Results[i];
            double x = Gap + ((Side + Gap) * (1 + (i % columns)));
            double y = Gap + (i / columns * (height + Caption));
            string name = $"{match.Rank}. {(match.Path is null ? $"image {match.Index}" : Path.GetFileNameWithoutExtension(match.Path).Replace('-', ' '))}";
            string label = match.Label is null ? "" : $" · {match.Label}";
            svg.Append(Invariant($"<g transform=\"translate({x} {y})\">{Picture(cropOf(match), height)}{Lit(match.Window, report.Query.Grid, height)}{Text(height + 18, name, "font-weight=\"600\"")}"));
            svg.Append(Text(height + 35, $"{match.Similarity.ToString("0.000", CultureInfo.InvariantCulture)}{label}", "fill=\"#5f6673\"")).Append("</g>");
        }

        return svg.Append("</svg>").ToString();
    }

    private static string Picture(PixelImage image, double height) =>
        Invariant($"<image href=\"data:image/jpeg;base64,{Convert.ToBase64String(ImageEncoder.ToJpeg(image))}\" width=\"{Side}\" height=\"{height}\" preserveAspectRatio=\"none\"/>");

    /// <summary>The brush's colour, as opaque as was painted.</summary>
    private static string MaskOver(PixelImage mask, double height)
    {
        string alpha = $"data:image/png;base64,{Convert.ToBase64String(ImageEncoder.ToPng(mask))}";
        return Invariant($"<mask id=\"highlight\"><image href=\"{alpha}\" width=\"{Side}\" height=\"{height}\" preserveAspectRatio=\"none\"/></mask><rect width=\"{Side}\" height=\"{height}\" fill=\"#ff7a1a\" fill-opacity=\"0.6\" mask=\"url(#highlight)\"/>");
    }

    /// <summary>Darkens what is around the window and frames it.</summary>
    private static string Lit(Window window, GridReport grid, double height)
    {
        (double x, double y) = ((double)Side * window.X / grid.Width, height * window.Y / grid.Height);
        (double w, double h) = ((double)Side * window.Width / grid.Width, height * window.Height / grid.Height);
        return Invariant($"<path d=\"M0 0H{Side}V{height}H0Z M{x} {y}V{y + h}H{x + w}V{y}Z\" fill=\"#080a12\" fill-opacity=\"0.55\" fill-rule=\"evenodd\"/><rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" fill=\"none\" stroke=\"#ff7a1a\" stroke-width=\"3\"/>");
    }

    private static string Text(double y, string text, string style) =>
        Invariant($"<text y=\"{y}\" font-size=\"13\" {style}>{SecurityElement.Escape(text.Length > LongestName ? string.Concat(text.AsSpan(0, LongestName - 1), "…") : text)}</text>");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
