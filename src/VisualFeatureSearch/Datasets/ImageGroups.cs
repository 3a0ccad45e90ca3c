using System.Globalization;
using MathNet.Numerics.Statistics;

namespace VisualFeatureSearch.Datasets;

/// <summary>Images that have something in common.</summary>
/// <param name="Name">What: a label, a column's value, or a range of its numbers.</param>
/// <param name="Rows">The images' rows, ascending.</param>
public sealed record ImageGroup(string Name, IReadOnlyList<int> Rows);

/// <summary>A dataset cut into groups by what its manifest says.</summary>
public static class ImageGroups
{
    /// <summary>The name of the column that the labels are in.</summary>
    public const string LabelColumn = "label";

    /// <summary>Numbers with more different values than this are cut into ranges.</summary>
    private const int MaximumNumbers = 12;

    private const int Ranges = 4;

    /// <summary>
    /// Groups images by a column. An image with several labels is in the group of each. A column of many different numbers is
    /// cut at its quartiles. Images without a value are in no group.
    /// </summary>
    /// <param name="images">The manifest's rows.</param>
    /// <param name="columns">The names of its columns besides path and label.</param>
    /// <param name="column">The column: <see cref="LabelColumn"/> or one of <paramref name="columns"/>.</param>
    /// <returns>The groups: ranges of numbers in ascending order, others by size, largest first.</returns>
    /// <exception cref="DatasetException">There is no such column.</exception>
    public static IReadOnlyList<ImageGroup> ByColumn(IReadOnlyList<ImageEntry> images, IReadOnlyList<string> columns, string column)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(column);
        bool isLabel = string.Equals(column, LabelColumn, StringComparison.OrdinalIgnoreCase);
        int at = columns.ToList().FindIndex(name => string.Equals(name, column, StringComparison.OrdinalIgnoreCase));
        if (!isLabel && at < 0)
        {
            throw new DatasetException($"there is no column '{column}' to group by: the columns are {string.Join(", ", [LabelColumn, .. columns])}");
        }

        Dictionary<string, List<int>> groups = new(StringComparer.Ordinal);
        for (int row = 0; row < images.Count; row++)
        {
            foreach (string value in isLabel ? images[row].Labels.Distinct() : [images[row].Columns[at]])
            {
                if (value.Length > 0)
                {
                    (groups.TryGetValue(value, out List<int>? rows) ? rows : groups[value] = []).Add(row);
                }
            }
        }

        return !isLabel && groups.Count > MaximumNumbers && TryReadNumbers(groups) is { } numbers
            ? CutAtQuartiles(numbers)
            : [.. groups.Select(group => new ImageGroup(group.Key, group.Value)).OrderByDescending(group => group.Rows.Count).ThenBy(group => group.Name, StringComparer.Ordinal)];
    }

    /// <summary>Each row with its number, ascending by number; null where a value is none.</summary>
    private static (double Value, int Row)[]? TryReadNumbers(Dictionary<string, List<int>> groups)
    {
        List<(double Value, int Row)> numbers = [];
        foreach ((string text, List<int> rows) in groups)
        {
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || !double.IsFinite(value))
            {
                return null;
            }

            numbers.AddRange(rows.Select(row => (value, row)));
        }

        numbers.Sort();
        return [.. numbers];
    }

    private static List<ImageGroup> CutAtQuartiles((double Value, int Row)[] numbers)
    {
        double[] values = [.. numbers.Select(number => number.Value)];
        double[] cuts = [.. Enumerable.Range(1, Ranges - 1).Select(i => SortedArrayStatistics.QuantileCustom(values, (double)i / Ranges, QuantileDefinition.R1)), values[^1]];
        List<ImageGroup> groups = [];
        int first = 0;
        foreach (double cut in cuts.Distinct())
        {
            int end = first;
            while (end < values.Length && values[end] <= cut)
            {
                end++;
            }

            if (end > first)
            {
                string name = values[first] == values[end - 1] ? Format(values[first]) : $"{Format(values[first])} to {Format(values[end - 1])}";
                groups.Add(new ImageGroup(name, [.. numbers[first..end].Select(number => number.Row).Order()]));
            }

            first = end;
        }

        return groups;
    }

    private static string Format(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
