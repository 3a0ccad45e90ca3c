using System.Globalization;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Imaging;

namespace VisualFeatureSearch.Batch;

/// <summary>
/// A table of queries. It is read as a manifest is (CSV, TSV, JSON lines or Parquet): a column <c>path</c> with the photographs
/// and either <c>mask</c> (a PNG file) or <c>x</c>, <c>y</c>, <c>width</c> and <c>height</c> (a box in pixels of the photograph);
/// perhaps <c>negative</c> (a second mask), <c>layer</c> and <c>label</c>. Further columns do not count.
/// </summary>
public sealed class BatchQueries
{
    private const string MaskColumn = "mask";
    private static readonly string[] BoxColumns = ["x", "y", "width", "height"];

    private BatchQueries(string root, IReadOnlyList<BatchQuery> queries)
    {
        Root = root;
        Queries = queries;
    }

    /// <summary>The folder that the files' paths are relative to.</summary>
    public string Root { get; }

    /// <summary>The queries, in the table's order.</summary>
    public IReadOnlyList<BatchQuery> Queries { get; }

    /// <summary>Reads a table of queries.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DatasetException">It cannot be read, lacks a column, or a row says no region; the message names the row.</exception>
    public static BatchQueries Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path))
        {
            throw new DatasetException($"{path}: no such file (--batch)");
        }

        ImageList table = ImageList.Open(path);
        int mask = Find(table, MaskColumn);
        int[] box = [.. BoxColumns.Select(column => Find(table, column))];
        if (mask < 0 && box.Contains(-1))
        {
            throw new DatasetException($"{path} says no regions: it needs a column 'mask' (a PNG file), or x, y, width and height (a box in pixels of the photograph); its columns are path{string.Concat(table.ColumnNames.Select(column => ", " + column))}");
        }

        (int negative, int layer) = (Find(table, "negative"), Find(table, "layer"));
        BatchQuery[] queries = new BatchQuery[table.Entries.Count];
        for (int row = 0; row < queries.Length; row++)
        {
            ImageEntry entry = table.Entries[row];
            string? brush = Value(entry, mask);
            queries[row] = new BatchQuery(row, entry.Path, entry.Label)
            {
                Mask = brush,
                Box = brush is null ? ReadBox(entry, box, $"{path}, query {row}") : null,
                Negative = Value(entry, negative),
                Layer = Value(entry, layer),
            };
        }

        return new BatchQueries(table.Root, queries);
    }

    private static int Find(ImageList table, string column) =>
        table.ColumnNames.ToList().FindIndex(name => name.Equals(column, StringComparison.OrdinalIgnoreCase));

    private static string? Value(ImageEntry entry, int column) =>
        column >= 0 && entry.Columns[column] is { Length: > 0 } value ? value : null;

    private static PixelBox ReadBox(ImageEntry entry, int[] columns, string place)
    {
        string?[] texts = [.. columns.Select(column => Value(entry, column))];
        if (texts.Contains(null))
        {
            throw new DatasetException($"{place}: neither a mask nor a whole box (x, y, width, height) is given");
        }

        int[] numbers = new int[4];
        for (int i = 0; i < 4; i++)
        {
            numbers[i] = double.TryParse(texts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && Math.Abs(value) < 1e6
                ? (int)Math.Round(value)
                : throw new DatasetException($"{place}: {BoxColumns[i]} is '{texts[i]}': it must be a number of pixels");
        }

        return new PixelBox(numbers[0], numbers[1], numbers[2], numbers[3]);
    }
}
