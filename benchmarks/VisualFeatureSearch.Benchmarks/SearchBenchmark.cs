using System.Diagnostics;
using System.Runtime.InteropServices;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Zarr;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Benchmarks;

/// <summary>The plain exact scan over a store of generated, ReLU-like float16 features, and reading the same bytes.</summary>
internal static class SearchBenchmark
{
    private const string ArrayName = "features";

    public static int Run(string path, int images, int channels, int grid, int runs)
    {
        Generate(path, images, channels, grid);
        FeatureArray features = FeatureStore.Open(path).FindLayer(ArrayName);
        double bytes = (double)features.Count * features.MapElements * 2;
        Console.WriteLine($"{images:N0} x {channels} x {grid} x {grid} float16, {bytes / 1e9:0.00} GB, {Environment.ProcessorCount} cores, warm, median of {runs}");

        ReadAll(features);
        List<double> reading = [];
        Dictionary<string, List<double>> searching = [];
        for (int run = -1; run < runs; run++)
        {
            double read = ReadAll(features);
            if (run >= 0)
            {
                reading.Add(read);
            }

            foreach ((string name, RegionMask mask) in Masks(grid))
            {
                RegionKernel region = RegionKernel.Create(features.ReadMap(17), channels, mask);
                SearchAnswer answer = RegionSearch.Search(features, region, 10);
                if (answer.Matches[0].Index != 17)
                {
                    throw new InvalidOperationException("An image must be most similar to itself.");
                }

                if (run >= 0)
                {
                    if (!searching.TryGetValue(name, out List<double>? times))
                    {
                        searching[name] = times = [];
                    }

                    times.Add(answer.Stats.Elapsed.TotalMilliseconds);
                }
            }
        }

        double readTime = Measure.Median(reading);
        Console.WriteLine($"reading the bytes   {readTime,7:0.0} ms ({bytes / readTime / 1e6:0.0} GB/s)");
        foreach ((string name, List<double> times) in searching)
        {
            double time = Measure.Median(times);
            Console.WriteLine($"{name,-18}  {time,7:0.0} ms, {time / readTime:0.00} times reading");
        }

        Console.WriteLine($"peak resident memory {Measure.PeakMemoryMegabytes():0} MB");
        return 0;
    }

    private static IEnumerable<(string Name, RegionMask Mask)> Masks(int grid)
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

    /// <summary>Reads every byte through the same buffers, without looking at them: the machine's limit for a scan.</summary>
    private static double ReadAll(FeatureArray features)
    {
        int rowBytes = features.MapElements * 2;
        int rows = Math.Max(1, 256 * 1024 / rowBytes);
        long next = -rows;
        long start = Stopwatch.GetTimestamp();
        Parallel.For(0, Environment.ProcessorCount, _ =>
        {
            byte[] buffer = new byte[rows * rowBytes];
            using ZarrRowReader reader = features.Array.OpenRows();
            for (long first = Interlocked.Add(ref next, rows); first < features.Count; first = Interlocked.Add(ref next, rows))
            {
                int count = (int)Math.Min(rows, features.Count - first);
                reader.Read(first, count, buffer.AsSpan(0, count * rowBytes));
            }
        });
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    /// <summary>Few directions mixed a cell, neighbours alike, negative values cut off, as after a ReLU.</summary>
    private static void Generate(string path, int images, int channels, int grid)
    {
        if (File.Exists(Path.Combine(path, ".zgroup")))
        {
            return;
        }

        int elements = channels * grid * grid;
        int rows = Math.Max(1, 16 * 1024 * 1024 / (elements * 2));
        ZarrArray array = ZarrGroup.OpenOrCreate(new DirectoryStore(path)).CreateArray(ArrayName, new ZarrArrayMetadata
        {
            Shape = [images, channels, grid, grid],
            ChunkShape = [rows, channels, grid, grid],
            DataType = ZarrDataType.Float16,
        });
        const int Rank = 24;
        Random random = new(7);
        float[] basis = [.. Enumerable.Range(0, Rank * channels).Select(_ => random.NextSingle() - 0.5f)];
        int chunks = (images + rows - 1) / rows;
        Parallel.For(0, chunks, chunk =>
        {
            Random own = new(chunk);
            Half[] data = new Half[rows * elements];
            float[] mix = new float[Rank];
            for (int row = 0; row < rows; row++)
            {
                for (int cell = 0; cell < grid * grid; cell++)
                {
                    for (int r = 0; r < Rank; r++)
                    {
                        float fresh = own.NextSingle() - 0.5f;
                        mix[r] = cell % grid == 0 ? fresh : (0.6f * mix[r]) + (0.4f * fresh);
                    }

                    for (int c = 0; c < channels; c++)
                    {
                        float sum = 0.05f * (own.NextSingle() - 0.5f);
                        for (int r = 0; r < Rank; r++)
                        {
                            sum += mix[r] * basis[(r * channels) + c];
                        }

                        data[(row * elements) + (c * grid * grid) + cell] = (Half)Math.Max(sum, 0);
                    }
                }
            }

            array.WriteChunk([chunk, 0, 0, 0], MemoryMarshal.AsBytes(data.AsSpan()));
        });
    }
}
