using System.Xml.Linq;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Series;
using VisualFeatureSearch.Analysis;

namespace VisualFeatureSearch.Server.Articles.Rendering;

/// <summary>Box plots of similarities as SVG, one above the other.</summary>
internal static class DistributionChart
{
    private const double Width = 760;
    private const double RowHeight = 30;
    private const double CharacterWidth = 7.2;
    private const int LongestName = 40;

    private static readonly OxyColor Ink = OxyColor.FromRgb(0x1A, 0x1D, 0x24);
    private static readonly OxyColor Quiet = OxyColor.FromRgb(0x5F, 0x66, 0x73);
    private static readonly OxyColor Line = OxyColor.FromRgb(0xDF, 0xDC, 0xD5);
    private static readonly OxyColor Fill = OxyColor.FromArgb(0x66, 0xFF, 0x7A, 0x1A);

    /// <summary>A name that leaves room for the boxes.</summary>
    public static string Shorten(string name) => name.EnumerateRunes().Count() > LongestName
        ? string.Concat(name.EnumerateRunes().Take(LongestName - 1)) + "…"
        : name;

    /// <summary>Draws box plots: the middle half, its median, and the last values within 1.5 times the middle half.</summary>
    /// <param name="groups">What each is called and its distribution, the first on top.</param>
    /// <param name="label">What the chart shows, for those who cannot see it.</param>
    /// <param name="place">A number that no other chart of the page has.</param>
    public static Html Render(IReadOnlyList<(string Name, Distribution Distribution)> groups, string label, int place)
    {
        string[] names = [.. groups.Select(group => group.Name)];
        PlotModel model = new()
        {
            DefaultFont = "Helvetica, Arial, sans-serif",
            DefaultFontSize = 13,
            TextColor = Ink,
            PlotAreaBorderThickness = new OxyThickness(0),
            PlotMargins = new OxyThickness((CharacterWidth * names.Max(name => name.Length)) + 16, 4, 12, 46),
            Padding = new OxyThickness(0),
        };
        CategoryAxis categories = new() { Key = "groups", Position = AxisPosition.Left, StartPosition = 1, EndPosition = 0, TickStyle = TickStyle.None };
        categories.Labels.AddRange(names);
        model.Axes.Add(categories);
        model.Axes.Add(new LinearAxis
        {
            Key = "similarities",
            Position = AxisPosition.Bottom,
            Title = "similarity of the best window",
            TitleColor = Quiet,
            AxisTitleDistance = 8,
            TickStyle = TickStyle.None,
            MajorGridlineStyle = LineStyle.Solid,
            MajorGridlineColor = Line,
            MinimumPadding = 0.03,
            MaximumPadding = 0.03,
        });
        BoxPlotSeries boxes = new() { XAxisKey = "groups", YAxisKey = "similarities", Fill = Fill, Stroke = Ink, StrokeThickness = 1.2, MedianThickness = 2, BoxWidth = 0.5, WhiskerWidth = 0.4 };
        for (int i = 0; i < groups.Count; i++)
        {
            Distribution of = groups[i].Distribution;
            boxes.Items.Add(new BoxPlotItem(i, of.LowerWhisker, of.LowerQuartile, of.Median, of.UpperQuartile, of.UpperWhisker));
        }

        model.Series.Add(boxes);
        double height = (RowHeight * groups.Count) + 50;
        XElement svg = XElement.Parse(new SvgExporter { Width = Width, Height = height, IsDocument = false }.ExportToString(model));
        svg.SetAttributeValue("viewBox", FormattableString.Invariant($"0 0 {Width} {height}"));
        svg.SetAttributeValue("role", "img");
        svg.SetAttributeValue("aria-label", label);

        // Every chart counts its parts from 1, which would mix up those of one page.
        foreach (XAttribute attribute in svg.Descendants().Attributes().Where(attribute => attribute.Name.LocalName is "id" or "clip-path"))
        {
            attribute.Value = attribute.Value.Replace("clipPath", $"chart-{place}-", StringComparison.Ordinal);
        }

        return new Html(svg.ToString(SaveOptions.DisableFormatting));
    }
}
