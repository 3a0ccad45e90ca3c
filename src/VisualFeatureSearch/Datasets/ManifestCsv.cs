using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;

namespace VisualFeatureSearch.Datasets;

/// <summary>
/// Manifests as CSV with a header (RFC 4180, UTF-8): a column <c>path</c>, usually a column <c>label</c>, and any others.
/// </summary>
public static class ManifestCsv
{
    private const string PathColumn = "path";
    private const string LabelColumn = "label";

    /// <summary>As it is read: lines may end as on any system.</summary>
    private static readonly CsvConfiguration Format = new(CultureInfo.InvariantCulture)
    {
        TrimOptions = TrimOptions.None,
        DetectColumnCountChanges = true,
    };

    /// <summary>As it is written: the same bytes on every system, and what could end a line in quotes.</summary>
    internal static readonly CsvConfiguration Written = new(CultureInfo.InvariantCulture)
    {
        NewLine = "\n",
        ShouldQuote = args => ConfigurationFunctions.ShouldQuote(args) || args.Field?.Contains('\r', StringComparison.Ordinal) == true,
    };

    private static readonly CsvConfiguration Tabs = Format with { Delimiter = "\t", Mode = CsvMode.NoEscape };

    private static readonly DatasetOptions StoreColumns = new() { PathColumn = PathColumn };

    /// <summary>Reads a manifest; one named <c>.tsv</c> has tabs between its fields.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Which column holds what, if a person says so.</param>
    /// <exception cref="DatasetException">There is no column of paths, or a line has another number of fields.</exception>
    internal static ManifestTable Read(string path, DatasetOptions options)
    {
        using FileStream stream = File.OpenRead(path);
        bool hasTabs = Path.GetExtension(path).Equals(".tsv", StringComparison.OrdinalIgnoreCase);
        return Read(stream, path, options, hasTabs ? Tabs : Format);
    }

    /// <summary>Reads a manifest that a store holds.</summary>
    internal static ManifestTable Read(Stream stream, string name) => Read(stream, name, StoreColumns, Format);

    private static ManifestTable Read(Stream stream, string name, DatasetOptions options, CsvConfiguration format)
    {
        using StreamReader text = new(stream, Encoding.UTF8);
        using CsvReader csv = new(text, format);
        try
        {
            if (!csv.Read() || !csv.ReadHeader())
            {
                throw new DatasetException($"{name} is empty: a manifest starts with a line of column names, one of them path");
            }

            ManifestTable table = new(name, csv.HeaderRecord!, options);
            while (csv.Read())
            {
                table.Add(() => $"line {csv.Parser.RawRow}", column => csv.GetField(column));
            }

            return table;
        }
        catch (CsvHelperException exception)
        {
            string problem = csv.HeaderRecord is { } header && csv.Parser.Count != header.Length
                ? $"it has {csv.Parser.Count} fields where the first line has {header.Length}"
                : exception.Message.Split('\n')[0].Trim();
            throw new DatasetException($"{name}, line {csv.Parser.RawRow}: {problem}", exception);
        }
    }

    internal static byte[] Header(IReadOnlyList<string> columns) => WriteRows([[PathColumn, LabelColumn, .. columns]]);

    internal static byte[] Rows(IEnumerable<ImageEntry> entries) => WriteRows(entries.Select(entry => (IEnumerable<string>)[entry.Path, entry.Label, .. entry.Columns]));

    internal static byte[] SkippedRows(IEnumerable<SkippedImage> skipped) => WriteRows(skipped.Select(image => (IEnumerable<string>)[image.Path, image.Reason]));

    internal static byte[] WriteRows(IEnumerable<IEnumerable<string>> rows)
    {
        using MemoryStream stream = new();
        using (StreamWriter text = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true))
        using (CsvWriter csv = new(text, Written))
        {
            foreach (IEnumerable<string> row in rows)
            {
                foreach (string field in row)
                {
                    csv.WriteField(field);
                }

                csv.NextRecord();
            }
        }

        return stream.ToArray();
    }
}
