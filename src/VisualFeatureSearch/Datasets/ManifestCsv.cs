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

    private static readonly CsvConfiguration Format = new(CultureInfo.InvariantCulture)
    {
        NewLine = "\n",
        TrimOptions = TrimOptions.None,
        DetectColumnCountChanges = true,
    };

    /// <summary>Reads a manifest.</summary>
    /// <param name="path">The CSV file.</param>
    /// <returns>The names of the further columns, and the rows.</returns>
    /// <exception cref="DatasetException">There is no column <c>path</c>, or a line has another number of fields.</exception>
    public static (IReadOnlyList<string> Columns, IReadOnlyList<ImageEntry> Entries) Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Read(stream, path);
    }

    internal static (IReadOnlyList<string> Columns, IReadOnlyList<ImageEntry> Entries) Read(Stream stream, string name)
    {
        using StreamReader text = new(stream, Encoding.UTF8);
        using CsvReader csv = new(text, Format);
        try
        {
            if (!csv.Read() || !csv.ReadHeader())
            {
                throw new DatasetException($"{name} is empty: a manifest starts with a line of column names, one of them path");
            }

            string[] header = csv.HeaderRecord!;
            int pathAt = Find(header, PathColumn);
            int labelAt = Find(header, LabelColumn);
            if (pathAt < 0)
            {
                throw new DatasetException($"{name} has no column 'path': its columns are {string.Join(", ", header)}");
            }

            int[] others = [.. Enumerable.Range(0, header.Length).Where(i => i != pathAt && i != labelAt)];
            List<ImageEntry> entries = [];
            while (csv.Read())
            {
                string file = csv.GetField(pathAt) ?? "";
                if (file.Length == 0)
                {
                    throw new DatasetException($"{name}, line {csv.Parser.RawRow}: the path is empty");
                }

                entries.Add(new ImageEntry(
                    file.Replace('\\', '/'),
                    labelAt < 0 ? "" : csv.GetField(labelAt) ?? "",
                    others.Length == 0 ? [] : [.. others.Select(i => csv.GetField(i) ?? "")]));
            }

            return ([.. others.Select(i => header[i])], entries);
        }
        catch (CsvHelperException exception)
        {
            throw new DatasetException($"{name}, line {csv.Parser.RawRow}: {exception.Message.Split('\n')[0].Trim()}", exception);
        }
    }

    internal static byte[] Header(IReadOnlyList<string> columns) => WriteRows([[PathColumn, LabelColumn, .. columns]]);

    internal static byte[] Rows(IEnumerable<ImageEntry> entries) => WriteRows(entries.Select(entry => (IEnumerable<string>)[entry.Path, entry.Label, .. entry.Columns]));

    internal static byte[] WriteRows(IEnumerable<IEnumerable<string>> rows)
    {
        using MemoryStream stream = new();
        using (StreamWriter text = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true))
        using (CsvWriter csv = new(text, Format))
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

    private static int Find(string[] header, string column) =>
        Array.FindIndex(header, name => string.Equals(name.Trim(), column, StringComparison.OrdinalIgnoreCase));
}
