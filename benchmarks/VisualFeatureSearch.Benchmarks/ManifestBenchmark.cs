using System.Diagnostics;
using System.Text;
using VisualFeatureSearch.Datasets;

namespace VisualFeatureSearch.Benchmarks;

/// <summary>How long a large manifest takes to load, in each format, and how much memory it needs.</summary>
internal static class ManifestBenchmark
{
    private const int Columns = 20;

    /// <summary>Measures one format in this process, whose peak memory is then that of loading.</summary>
    /// <param name="format">csv, tsv, jsonl or parquet.</param>
    /// <param name="rows">Rows of the manifest, beside 20 columns a path and a label.</param>
    /// <param name="runs">How often it is loaded.</param>
    /// <param name="withQueries">Whether it is also loaded for conditions, as a search with --where does.</param>
    public static int Run(string format, int rows, int runs, bool withQueries)
    {
        string path = Path.Combine(Path.GetTempPath(), $"vissearch-manifest-{Environment.ProcessId}.{format}");
        Write(path, format, rows);
        double idle = Measure.PeakMemoryMegabytes();
        List<double> seconds = [];
        double firstPeak = 0;
        for (int run = 0; run < runs; run++)
        {
            long start = Stopwatch.GetTimestamp();
            ImageList list = ImageList.Open(path);
            if (list.Entries.Count != rows || list.ColumnNames.Count != Columns)
            {
                Console.Error.WriteLine($"{list.Entries.Count} rows and {list.ColumnNames.Count} columns were read");
                return 1;
            }

            if (withQueries)
            {
                using ManifestQuery query = new(list.ColumnNames, list.Entries);
                query.Where("column3 = 'value 1'");
            }

            seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            firstPeak = run == 0 ? Measure.PeakMemoryMegabytes() : firstPeak;
        }

        Console.WriteLine(
            $"{format}: {rows} rows x {Columns + 2} columns, {new FileInfo(path).Length / 1e6:0.0} MB: first {seconds[0]:0.00} s, median of {runs} {Measure.Median(seconds):0.00} s; peak memory of the first {firstPeak:0} MB ({idle:0} MB before)");
        File.Delete(path);
        return 0;
    }

    private static void Write(string path, string format, int rows)
    {
        if (format == "parquet")
        {
            using DuckDB.NET.Data.DuckDBConnection connection = new("DataSource=:memory:");
            connection.Open();
            using DuckDB.NET.Data.DuckDBCommand command = connection.CreateCommand();
            string columns = string.Join(", ", Enumerable.Range(0, Columns).Select(column => $"'{Value(column, 0)[..^1]}' || (i % {Different(column)}) AS column{column}"));
#pragma warning disable CA2100 // The benchmark's own names and numbers.
            command.CommandText = $"COPY (SELECT 'images/' || i || '.jpg' AS path, 'label ' || (i % 10) AS label, {columns} FROM range({rows}) t(i)) TO '{path}' (FORMAT parquet)";
#pragma warning restore CA2100
            command.ExecuteNonQuery();
            return;
        }

        using StreamWriter text = new(path, append: false, new UTF8Encoding(false));
        string separator = format == "csv" ? "," : "\t";
        string[] names = ["path", "label", .. Enumerable.Range(0, Columns).Select(column => $"column{column}")];
        if (format != "jsonl")
        {
            text.WriteLine(string.Join(separator, names));
        }

        for (int row = 0; row < rows; row++)
        {
            string[] values = [$"images/{row}.jpg", $"label {row % 10}", .. Enumerable.Range(0, Columns).Select(column => Value(column, row))];
            text.WriteLine(format == "jsonl" ? $"{{{string.Join(", ", names.Zip(values).Select(pair => $"\"{pair.First}\": \"{pair.Second}\""))}}}" : string.Join(separator, values));
        }
    }

    /// <summary>Most columns repeat a few values; some, such as times and identifiers, hardly any.</summary>
    private static int Different(int column) => column % 4 == 0 ? 90_000 : (column * 7) + 3;

    private static string Value(int column, int row) => $"value {row % Different(column)}";
}
