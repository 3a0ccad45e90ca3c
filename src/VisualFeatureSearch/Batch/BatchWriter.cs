using System.Globalization;
using System.Text;
using System.Text.Json;
using CsvHelper;
using DuckDB.NET.Data;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search;

namespace VisualFeatureSearch.Batch;

/// <summary>
/// Writes the answers of a batch as a table, a row for each window that was found: <c>query</c> (its number), <c>query_path</c>,
/// <c>query_label</c>, <c>layer</c>, <c>rank</c>, <c>index</c>, <c>path</c>, <c>label</c>, <c>similarity</c>, the window's
/// <c>y</c>, <c>x</c>, <c>height</c> and <c>width</c> in cells, and the columns that were asked for. A file appears under its name
/// when it is complete; until then it is beside it, with <c>.partial</c> behind its name.
/// </summary>
public sealed class BatchWriter : IDisposable
{
    /// <summary>Every column before those of the manifest, and its type in a Parquet file.</summary>
    private static readonly (string Name, string Type)[] OwnColumns =
    [
        ("query", "BIGINT"), ("query_path", "VARCHAR"), ("query_label", "VARCHAR"), ("layer", "VARCHAR"), ("rank", "INTEGER"), ("index", "BIGINT"), ("path", "VARCHAR"),
        ("label", "VARCHAR"), ("similarity", "FLOAT"), ("y", "INTEGER"), ("x", "INTEGER"), ("height", "INTEGER"), ("width", "INTEGER"),
    ];

    private readonly string? _path;
    private readonly string[] _columns;
    private readonly string[] _names;
    private readonly BatchFormat _format;
    private readonly TextWriter _text;
    private readonly CsvWriter? _csv;
    private bool _isClosed;

    /// <summary>Begins a table.</summary>
    /// <param name="path">The file: <c>.csv</c>, <c>.jsonl</c> (or <c>.ndjson</c>) or <c>.parquet</c>; one that is there is replaced when the table is complete.</param>
    /// <param name="columns">The manifest's columns that the answers have.</param>
    /// <exception cref="SearchRequestException">The name has another ending.</exception>
    public BatchWriter(string path, IReadOnlyList<string> columns)
        : this(FormatOf(path), columns, path, OpenPartial(path))
    {
    }

    /// <summary>Begins a table that is written to a stream of text as it goes.</summary>
    /// <param name="text">Where to; it stays open.</param>
    /// <param name="asJsonLines">Whether as JSON lines; otherwise as CSV.</param>
    /// <param name="columns">The manifest's columns that the answers have.</param>
    public BatchWriter(TextWriter text, bool asJsonLines, IReadOnlyList<string> columns)
        : this(asJsonLines ? BatchFormat.JsonLines : BatchFormat.Csv, columns, null, text)
    {
    }

    private BatchWriter(BatchFormat format, IReadOnlyList<string> columns, string? path, TextWriter text)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(text);
        _format = format;
        _columns = [.. columns];
        _path = path;
        _text = text;

        // A column of the manifest that has the name of one of the table's own is told apart by what it is of.
        _names = [.. OwnColumns.Select(column => column.Name), .. _columns.Select(column => OwnColumns.Any(own => own.Name.Equals(column, StringComparison.OrdinalIgnoreCase)) ? "image_" + column : column)];
        _csv = Begin();
    }

    /// <summary>Where the rows are until the table is complete; null for a stream.</summary>
    public string? PartialPath => _path is null ? null : PartialOf(_path);

    /// <summary>Adds the rows of an answer.</summary>
    /// <param name="outcome">An outcome with a report.</param>
    public void Write(BatchOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        SearchReport report = outcome.Report ?? throw new ArgumentException("The outcome has no report.", nameof(outcome));
        foreach (ResultReport result in report.Results)
        {
            foreach (WindowMatch found in result.Windows ?? [new WindowMatch(result.Similarity, result.Window)])
            {
                Window window = found.Window;
                WriteRow(
                [
                    outcome.Query.Number, outcome.Query.Path, outcome.Query.Label, report.Query.Layer, result.Rank, result.Index, result.Path, result.Label,
                    found.Similarity, window.Y, window.X, window.Height, window.Width, .. _columns.Select(column => result.Columns?.GetValueOrDefault(column)),
                ]);
            }
        }
    }

    /// <summary>Ends the table: the file is there under its name.</summary>
    public void Complete()
    {
        Close();
        if (PartialPath is not { } partial)
        {
            return;
        }

        if (_format == BatchFormat.Parquet)
        {
            string written = _path + ".parquet.partial";
            ToParquet(partial, written);
            File.Move(written, _path!, overwrite: true);
            File.Delete(partial);
        }
        else
        {
            File.Move(partial, _path!, overwrite: true);
        }
    }

    /// <summary>Closes the file; what was not completed stays at <see cref="PartialPath"/>.</summary>
    public void Dispose() => Close();

    private static BatchFormat FormatOf(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".csv" => BatchFormat.Csv,
            ".jsonl" or ".ndjson" => BatchFormat.JsonLines,
            ".parquet" => BatchFormat.Parquet,
            _ => throw new SearchRequestException("out", $"is '{path}': the answers of a batch are written as .csv, .jsonl or .parquet, which the name says by its ending"),
        };
    }

    private static string PartialOf(string path) => path + ".partial";

    private static StreamWriter OpenPartial(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return new StreamWriter(PartialOf(path), append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
    }

    private CsvWriter? Begin()
    {
        if (_format == BatchFormat.JsonLines)
        {
            return null;
        }

        CsvWriter csv = new(_text, ManifestCsv.Written, leaveOpen: true);
        foreach (string column in _names)
        {
            csv.WriteField(column);
        }

        csv.NextRecord();
        return csv;
    }

    private void WriteRow(object?[] values)
    {
        if (_csv is not null)
        {
            foreach (object? value in values)
            {
                _csv.WriteField(Convert.ToString(value, CultureInfo.InvariantCulture));
            }

            _csv.NextRecord();
            return;
        }

        using MemoryStream line = new();
        using (Utf8JsonWriter json = new(line, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            foreach ((string name, object? value) in _names.Zip(values))
            {
                json.WritePropertyName(name);
                JsonSerializer.Serialize(json, value is "" ? null : value);
            }

            json.WriteEndObject();
        }

        _text.WriteLine(Encoding.UTF8.GetString(line.GetBuffer().AsSpan(0, (int)line.Length)));
    }

    private void ToParquet(string csv, string parquet)
    {
        string[] types = [.. OwnColumns.Select(column => column.Type), .. _columns.Select(_ => "VARCHAR")];
        string columns = string.Join(", ", _names.Zip(types, (name, type) => $"{TableFile.Quote(name)}: {TableFile.Quote(type)}"));
        using DuckDBConnection connection = TableFile.Open();
        using DuckDBCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Names of files and columns, quoted.
        command.CommandText = $"COPY (SELECT * FROM read_csv({TableFile.Quote(csv)}, header = true, auto_detect = false, delim = ',', quote = '\"', escape = '\"', columns = {{{columns}}})) TO {TableFile.Quote(parquet)} (FORMAT parquet)";
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private void Close()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        _csv?.Flush();
        _csv?.Dispose();
        if (_path is null)
        {
            _text.Flush();
        }
        else
        {
            _text.Dispose();
        }
    }
}
