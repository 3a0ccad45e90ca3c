using System.Diagnostics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Search.Index;
using VisualFeatureSearch.Zarr;

namespace VisualFeatureSearch.Benchmarks;

/// <summary>
/// The search through an index against the plain scan and against reading the bytes, in the same run, over queries from
/// images all over the store. Every pair of answers is compared.
/// </summary>
internal static class SearchBenchmark
{
    /// <summary>
    /// Searches and plain scans go on for so long each before any is measured: the runtime compiles what runs often twice more, on one of
    /// the cores, when it has seen how it runs.
    /// </summary>
    private static readonly TimeSpan WarmingTime = TimeSpan.FromSeconds(3);

    public static int Run(FeatureStore store, int runs, int plainRuns, string? only)
    {
        FeatureArray features = store.Arrays[^1];
        double bytes = (double)features.Count * features.Array.Metadata.RowLength;
        Console.WriteLine($"{features.Count:N0} x {features.Channels} x {features.Height} x {features.Width} {(features.IsHalf ? "float16" : "float32")}, {bytes / 1e9:0.00} GB, {Environment.ProcessorCount} cores, warm");
        double before = Measure.PeakMemoryMegabytes();
        using (LayerSearch opened = LayerSearch.Open(store))
        {
            if (!opened.HasIndex)
            {
                IndexSummary built = IndexBuilder.Build(store, features, DateTimeOffset.UnixEpoch);
                Console.WriteLine($"index built at {built.FeatureBytes / 1e6 / built.Elapsed.TotalSeconds:0} MB/s in {built.Elapsed.TotalSeconds:0.0} s, {(double)built.IndexBytes / built.FeatureBytes:0.0%} of the store; peak memory {before:0} -> {Measure.PeakMemoryMegabytes():0} MB");
            }
        }

        using LayerSearch layer = LayerSearch.Open(store);
        if (!layer.HasIndex)
        {
            throw new InvalidOperationException(layer.IndexProblem);
        }

        // Long enough for the runtime to have compiled the sum as fast as it can, also over a small store.
        for (double warm = 0; warm < 1000; warm += ReadAll(features))
        {
        }

        double reading = Measure.Median(Enumerable.Range(0, 5).Select(_ => ReadAll(features)));
        Console.WriteLine($"reading the bytes {reading:0.0} ms ({bytes / reading / 1e6:0.0} GB/s)");
        Console.WriteLine($"{"mask",-18} {"p50 ms",8} {"p95 ms",8} {"best ms",8} {"plain ms",9} {"best ms",8} {"ratio",7} {"of reading",10} {"MB read",8}  left after each stage");
        (string Name, RegionMask Mask)[] masks = [.. Masks(features.Height).Where(named => only is null || named.Name == only)];
        WarmUp(layer, masks);
        foreach ((string name, RegionMask mask) in masks)
        {
            Report(layer, name, mask, runs, plainRuns, reading);
        }

        Console.WriteLine($"peak resident memory {Measure.PeakMemoryMegabytes():0} MB, of which {Measure.MappedMegabytes():0} MB of files mapped now");
        return 0;
    }

    private static void WarmUp(LayerSearch layer, (string Name, RegionMask Mask)[] masks)
    {
        Repeat(query => layer.Search(query, new SearchOptions { Top = 10 }));
        Repeat(query => RegionSearch.Search(layer.Features, query, 10));

        void Repeat(Action<RegionKernel> search)
        {
            long start = Stopwatch.GetTimestamp();
            for (int run = 0; run < masks.Length || Stopwatch.GetElapsedTime(start) < WarmingTime; run++)
            {
                search(Query(layer.Features, run, masks[run % masks.Length].Mask));
            }
        }
    }

    private static void Report(LayerSearch layer, string name, RegionMask mask, int runs, int plainRuns, double reading)
    {
        FeatureArray features = layer.Features;
        List<double> staged = [], plain = [], read = [];
        Dictionary<string, (List<double> Left, List<double> Time)> stages = [];
        for (int run = 0; run < runs; run++)
        {
            RegionKernel region = Query(features, run, mask);
            SearchAnswer answer = layer.Search(region, new SearchOptions { Top = 10 });
            if (answer.Stats.Stages.Count == 0)
            {
                throw new InvalidOperationException(layer.IndexProblem);
            }

            if (run < plainRuns)
            {
                SearchAnswer expected = RegionSearch.Search(features, region, 10);
                if (!expected.Matches.SequenceEqual(answer.Matches))
                {
                    throw new InvalidOperationException($"The answers for {name} of image {ImageOf(features, run)} differ.");
                }

                plain.Add(expected.Stats.Elapsed.TotalMilliseconds);
            }

            staged.Add(answer.Stats.Elapsed.TotalMilliseconds);
            read.Add(answer.Stats.BytesRead / 1e6);
            foreach (SearchStage stage in answer.Stats.Stages)
            {
                if (!stages.TryGetValue(stage.Name, out (List<double> Left, List<double> Time) of))
                {
                    stages[stage.Name] = of = ([], []);
                }

                of.Left.Add((double)(stage.Name == "exact" ? stage.Images : stage.Left) / features.Count);
                of.Time.Add(stage.Milliseconds);
            }
        }

        double p50 = Measure.Median(staged);
        double plainTime = Measure.Median(plain);
        string left = string.Join(", ", stages.Select(stage =>
            $"{stage.Key}: {Measure.Median(stage.Value.Left):0.00%} in {Measure.Median(stage.Value.Time):0.0} ms{(stage.Value.Left.Count < runs ? $" ({stage.Value.Left.Count} of {runs} queries)" : "")}"));
        Console.WriteLine($"{name,-18} {p50,8:0.0} {Measure.Percentile(staged, 0.95),8:0.0} {staged.Min(),8:0.0} {plainTime,9:0.0} {plain.Min(),8:0.0} {p50 / plainTime,7:0.000} {plainTime / reading,10:0.00} {Measure.Median(read),8:0.0}  {left}");
    }

    private static RegionKernel Query(FeatureArray features, int run, RegionMask mask) =>
        RegionKernel.Create(features.ReadMap(ImageOf(features, run)), features.Channels, mask);

    /// <summary>Images all over the store, one for each run.</summary>
    private static long ImageOf(FeatureArray features, int run) => (features.Count - 1) * (run * 7919L % 1009) / 1009;

    internal static IEnumerable<(string Name, RegionMask Mask)> Masks(int grid)
    {
        yield return ("one cell", Mask(grid, (y, x) => (y, x) == (2, 3) ? 1 : 0));
        yield return ("2x2", Mask(grid, (y, x) => y is 2 or 3 && x is 2 or 3 ? 1 : 0));
        yield return ("soft 3x3", Mask(grid, (y, x) => y is >= 2 and <= 4 && x is >= 2 and <= 4 ? 1f / (1 + Math.Abs(y - 3) + Math.Abs(x - 3)) : 0));
        yield return ("irregular, 5 cells", Mask(grid, (y, x) => (y, x) is (1, 1) or (1, 2) or (2, 2) or (3, 2) or (3, 3) ? 1 : 0));
        yield return ("4x4", Mask(grid, (y, x) => y is >= 1 and <= 4 && x is >= 1 and <= 4 ? 1 : 0));
        yield return ("whole map", Mask(grid, (_, _) => 1));
    }

    private static RegionMask Mask(int grid, Func<int, int, float> weight) =>
        new(grid, grid, [.. Enumerable.Range(0, grid * grid).Select(i => weight(i / grid, i % grid))]);

    /// <summary>Adds up every byte, in the same order as a scan and where it finds them: the machine's limit for one.</summary>
    private static double ReadAll(FeatureArray features)
    {
        int rowBytes = (int)features.Array.Metadata.RowLength;
        int rows = Math.Max(1, 256 * 1024 / rowBytes);
        long next = -rows, total = 0;
        long start = Stopwatch.GetTimestamp();
        Parallel.For(0, Environment.ProcessorCount, _ =>
        {
            byte[] buffer = new byte[rows * rowBytes];
            using ZarrRowReader reader = features.Array.OpenRows();
            for (long first = Interlocked.Add(ref next, rows); first < features.Count; first = Interlocked.Add(ref next, rows))
            {
                int count = (int)Math.Min(rows, features.Count - first);
                long sum = TensorPrimitives.Sum(MemoryMarshal.Cast<byte, long>(reader.View(first, count, 0, buffer)));
                Interlocked.Add(ref total, sum);
            }
        });
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
