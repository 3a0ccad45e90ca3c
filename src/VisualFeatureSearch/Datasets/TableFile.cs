using System.Globalization;
using DuckDB.NET.Data;

namespace VisualFeatureSearch.Datasets;

/// <summary>Tables in Parquet files and JSON lines, read by DuckDB as text.</summary>
internal static class TableFile
{
    /// <summary>Reads a manifest.</summary>
    /// <exception cref="DatasetException">The file is not of its format, or has no column of paths.</exception>
    public static ManifestTable ReadManifest(string path, DatasetOptions options)
    {
        using DuckDBConnection connection = Open();
        try
        {
            using DuckDBCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The only text in it is the file's name, quoted.
            command.CommandText = Statement(path);
#pragma warning restore CA2100
            using DuckDBDataReader reader = command.ExecuteReader();
            ManifestTable table = new(path, [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)], options);
            long row = 0;
            while (reader.Read())
            {
                row++;
                table.Add(() => $"row {row}", column => reader.IsDBNull(column) ? null : reader.GetString(column));
            }

            return table;
        }
        catch (DuckDBException exception)
        {
            throw Explain(path, exception);
        }
    }

    /// <summary>A connection that has nothing but what a statement names. One thread: each more would keep buffers of its own.</summary>
    public static DuckDBConnection Open()
    {
        DuckDBConnection connection = new("DataSource=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = "SET threads = 1";
        command.ExecuteNonQuery();
        return connection;
    }

    /// <summary>A text as SQL writes it.</summary>
    public static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>What DuckDB says of a file, as one sentence.</summary>
    public static DatasetException Explain(string path, DuckDBException exception) =>
        new($"{path} cannot be read: {exception.Message.Split('\n')[0].Trim()}", exception);

    /// <summary>A number in SQL.</summary>
    public static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>All columns as text. Of JSON every value is taken as it is written there, so that dates and numbers stay what they were.</summary>
    private static string Statement(string path) => Path.GetExtension(path).Equals(".parquet", StringComparison.OrdinalIgnoreCase)
        ? $"SELECT COLUMNS(*)::VARCHAR FROM read_parquet({Quote(path)})"
        : $"SELECT COLUMNS(*) ->> '$' FROM read_json({Quote(path)}, format = 'newline_delimited', maximum_depth = 1, sample_size = -1)";
}
