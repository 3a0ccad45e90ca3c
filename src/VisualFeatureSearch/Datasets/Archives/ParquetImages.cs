using DuckDB.NET.Data;

namespace VisualFeatureSearch.Datasets.Archives;

/// <summary>
/// A Parquet file with the images' own bytes in a column, as Hugging Face's datasets keep them: a structure with <c>bytes</c>,
/// or plain bytes. Its files are called by their rows: 0, 1, 2 ...
/// </summary>
internal sealed class ParquetImages : IImageArchive
{
    /// <summary>Rows read at a time: images are mostly asked for one after the other.</summary>
    private const int BatchRows = 32;

    private const int KeptBatches = 16;

    private readonly DuckDBConnection _connection = TableFile.Open();
    private readonly string _path;
    private readonly string _bytes;
    private readonly Dictionary<long, byte[]?[]> _batches = [];
    private readonly Queue<long> _order = [];
    private readonly Lock _lock = new();
    private readonly string[] _columns;
    private readonly long _rows;

    private ParquetImages(string path, string bytes, string[] columns, long rows)
    {
        _path = path;
        _bytes = bytes;
        _columns = columns;
        _rows = rows;
        Names = new RowNames(rows);
    }

    public IReadOnlyList<string> Names { get; }

    /// <summary>Opens a file that has a column of images; null where it has none.</summary>
    /// <exception cref="DatasetException">It is not a Parquet file.</exception>
    public static ParquetImages? TryOpen(string path)
    {
        using DuckDBConnection connection = TableFile.Open();
        try
        {
            string? bytes = null;
            List<string> others = [];
            using (DuckDBDataReader reader = Run(connection, $"DESCRIBE SELECT * FROM read_parquet({TableFile.Quote(path)})"))
            {
                while (reader.Read())
                {
                    (string column, string type) = (reader.GetString(0), reader.GetString(1));
                    string? found = type == "BLOB" ? QuoteName(column)
                        : type.StartsWith("STRUCT(", StringComparison.Ordinal) && type.Contains("bytes BLOB", StringComparison.Ordinal) ? $"{QuoteName(column)}.bytes"
                        : null;
                    if (found is not null)
                    {
                        bytes ??= found;
                    }
                    else if (column != "path")
                    {
                        others.Add(column);
                    }
                }
            }

            if (bytes is null)
            {
                return null;
            }

            using DuckDBDataReader count = Run(connection, $"SELECT count(*) FROM read_parquet({TableFile.Quote(path)})");
            count.Read();
            return new ParquetImages(path, bytes, [.. others], count.GetInt64(0));
        }
        catch (DuckDBException exception)
        {
            throw TableFile.Explain(path, exception);
        }
    }

    /// <summary>The other columns as a manifest whose paths are the rows' numbers below a name.</summary>
    /// <param name="name">What paths begin with.</param>
    /// <param name="options">The column of labels, if a person says so.</param>
    /// <exception cref="DatasetException">There is no such column.</exception>
    public ManifestTable ReadManifest(string name, DatasetOptions options)
    {
        string[] labels = LabelNames(options.LabelColumn);
        try
        {
            using DuckDBDataReader reader = Run(
                _connection,
                $"SELECT {string.Join(", ", _columns.Select(column => $"{QuoteName(column)}::VARCHAR").Prepend("file_row_number::VARCHAR"))} FROM read_parquet({TableFile.Quote(_path)}, file_row_number = true) ORDER BY file_row_number");
            string[] columns = ["path", .. _columns];
            ManifestTable table = new(_path, columns, options with { PathColumn = null });
            int labelAt = Array.FindIndex(columns, column => string.Equals(column, options.LabelColumn ?? "label", StringComparison.OrdinalIgnoreCase));
            while (reader.Read())
            {
                table.Add(() => $"row {reader.GetString(0)}", column =>
                {
                    string? value = reader.IsDBNull(column) ? null : reader.GetString(column);
                    return column == 0 ? $"{name}/{value}"
                        : column == labelAt && int.TryParse(value, out int number) && number >= 0 && number < labels.Length ? labels[number]
                        : value;
                });
            }

            return table;
        }
        catch (DuckDBException exception)
        {
            throw TableFile.Explain(_path, exception);
        }
    }

    public byte[] Read(string name)
    {
        if (!long.TryParse(name, out long row) || row < 0 || row >= _rows)
        {
            throw new FileNotFoundException();
        }

        lock (_lock)
        {
            long batch = row / BatchRows;
            if (!_batches.TryGetValue(batch, out byte[]?[]? images))
            {
                images = ReadBatch(batch);
                _batches.Add(batch, images);
                _order.Enqueue(batch);
                if (_order.Count > KeptBatches)
                {
                    _batches.Remove(_order.Dequeue());
                }
            }

            return images[row % BatchRows] ?? throw new IOException($"row {row} has no image");
        }
    }

    public void Dispose() => _connection.Dispose();

    private static DuckDBDataReader Run(DuckDBConnection connection, string sql)
    {
        using DuckDBCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The only texts in it are names of a file and its columns, quoted.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteReader();
    }

    private static string QuoteName(string column) => $"\"{column.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private byte[]?[] ReadBatch(long batch)
    {
        byte[]?[] images = new byte[]?[BatchRows];
        long first = batch * BatchRows;
        try
        {
            using DuckDBDataReader reader = Run(
                _connection,
                $"SELECT file_row_number, {_bytes} FROM read_parquet({TableFile.Quote(_path)}, file_row_number = true) WHERE file_row_number BETWEEN {TableFile.Number(first)} AND {TableFile.Number(first + BatchRows - 1)}");
            while (reader.Read())
            {
                if (!reader.IsDBNull(1))
                {
                    using Stream stream = reader.GetStream(1);
                    byte[] bytes = new byte[stream.Length];
                    stream.ReadExactly(bytes);
                    images[reader.GetInt64(0) - first] = bytes;
                }
            }
        }
        catch (DuckDBException exception)
        {
            throw new IOException(TableFile.Explain(_path, exception).Message, exception);
        }

        return images;
    }

    /// <summary>Hugging Face writes labels as numbers, and their names into the file's metadata.</summary>
    private string[] LabelNames(string? labelColumn)
    {
        using DuckDBDataReader reader = Run(_connection, $"SELECT decode(value) FROM parquet_kv_metadata({TableFile.Quote(_path)}) WHERE decode(key) = 'huggingface'");
        if (!reader.Read())
        {
            return [];
        }

        try
        {
            System.Text.Json.Nodes.JsonNode? names = System.Text.Json.Nodes.JsonNode.Parse(reader.GetString(0))?["info"]?["features"]?[labelColumn ?? "label"]?["names"];
            return names is System.Text.Json.Nodes.JsonArray list ? [.. list.Select(name => name?.ToString() ?? "")] : [];
        }
        catch (Exception exception) when (exception is System.Text.Json.JsonException or InvalidOperationException)
        {
            return [];
        }
    }

    /// <summary>The numbers of rows as names, without a list of them.</summary>
    private sealed class RowNames(long rows) : IReadOnlyList<string>
    {
        public int Count => checked((int)rows);

        public string this[int index] => TableFile.Number(index);

        public IEnumerator<string> GetEnumerator()
        {
            for (int i = 0; i < Count; i++)
            {
                yield return this[i];
            }
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
