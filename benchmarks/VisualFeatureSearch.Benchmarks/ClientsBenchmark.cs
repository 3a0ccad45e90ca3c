using System.Collections.Concurrent;
using System.Diagnostics;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search;

namespace VisualFeatureSearch.Benchmarks;

/// <summary>Searches of several clients at once against those of one, over the same queries.</summary>
internal static class ClientsBenchmark
{
    private const int Queries = 96;

    public static int Run(FeatureStore store, int clients)
    {
        using LayerSearch layer = LayerSearch.Open(store);
        FeatureArray features = layer.Features;
        RegionMask mask = SearchBenchmark.Masks(features.Height).First(named => named.Name == "2x2").Mask;
        RegionKernel[] regions = [.. Enumerable.Range(0, Queries).Select(i => RegionKernel.Create(features.ReadMap(features.Count * i / Queries), features.Channels, mask))];
        Measured(layer, regions, 1);
        (double one, double oneTail, IReadOnlyList<Match>[] expected) = Measured(layer, regions, 1);
        (double many, double manyTail, IReadOnlyList<Match>[] actual) = Measured(layer, regions, clients);
        bool isSame = expected.Zip(actual).All(pair => pair.First.SequenceEqual(pair.Second));
        Console.WriteLine($"1 client: {one:0.0} searches/s, p95 {oneTail:0.0} ms; {clients} clients: {many:0.0} searches/s = {many / one:0.00}, p95 {manyTail:0.0} ms; answers {(isSame ? "identical" : "DIFFER")}");
        return isSame ? 0 : 1;
    }

    private static (double Rate, double Percentile, IReadOnlyList<Match>[] Answers) Measured(LayerSearch layer, RegionKernel[] regions, int clients)
    {
        ConcurrentBag<double> times = [];
        IReadOnlyList<Match>[] answers = new IReadOnlyList<Match>[regions.Length];
        int next = -1;
        long start = Stopwatch.GetTimestamp();
        Thread[] threads = [.. Enumerable.Range(0, clients).Select(_ => new Thread(() =>
        {
            for (int i = Interlocked.Increment(ref next); i < regions.Length; i = Interlocked.Increment(ref next))
            {
                SearchAnswer answer = layer.Search(regions[i], new SearchOptions());
                answers[i] = answer.Matches;
                times.Add(answer.Stats.Elapsed.TotalMilliseconds);
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return (regions.Length / Stopwatch.GetElapsedTime(start).TotalSeconds, Measure.Percentile(times, 0.95), answers);
    }
}
