using System.Collections.Concurrent;
using System.Diagnostics;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search;

namespace VisualFeatureSearch.Benchmarks;

/// <summary>
/// Searches of several clients at once against those of one, over the same queries. They take turns, because a shared machine's own speed
/// changes from one second to the next by more than what is measured.
/// </summary>
internal static class ClientsBenchmark
{
    private const int Queries = 96;
    private const int Rounds = 9;

    public static int Run(FeatureStore store, int clients)
    {
        using LayerSearch layer = LayerSearch.Open(store);
        FeatureArray features = layer.Features;
        RegionMask mask = SearchBenchmark.Masks(features.Height).First(named => named.Name == "2x2").Mask;
        RegionKernel[] regions = [.. Enumerable.Range(0, Queries).Select(i => RegionKernel.Create(features.ReadMap(features.Count * i / Queries), features.Channels, mask))];
        Measured warm = Measured.Of(layer, regions, 1);
        (Measured One, Measured Many)[] rounds = [.. Enumerable.Range(0, Rounds).Select(_ => (Measured.Of(layer, regions, 1), Measured.Of(layer, regions, clients)))];
        bool isSame = rounds.All(round => warm.HasSameAnswers(round.One) && warm.HasSameAnswers(round.Many));
        double[] ratios = [.. rounds.Select(round => round.Many.Rate / round.One.Rate).Order()];
        Console.WriteLine(
            $"{Rounds} rounds: 1 client: {Measure.Median(rounds.Select(round => round.One.Rate)):0.0} searches/s, p95 {Measure.Percentile(rounds.SelectMany(round => round.One.Times), 0.95):0.0} ms; "
            + $"{clients} clients: {Measure.Median(rounds.Select(round => round.Many.Rate)):0.0} searches/s = {Measure.Median(ratios):0.00} ({ratios[0]:0.00} to {ratios[^1]:0.00}), "
            + $"p95 {Measure.Percentile(rounds.SelectMany(round => round.Many.Times), 0.95):0.0} ms; answers {(isSame ? "identical" : "DIFFER")}");
        return isSame ? 0 : 1;
    }

    private sealed record Measured(double Rate, IReadOnlyCollection<double> Times, IReadOnlyList<Match>[] Answers)
    {
        public bool HasSameAnswers(Measured other) => Answers.Zip(other.Answers).All(pair => pair.First.SequenceEqual(pair.Second));

        public static Measured Of(LayerSearch layer, RegionKernel[] regions, int clients)
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
            return new Measured(regions.Length / Stopwatch.GetElapsedTime(start).TotalSeconds, times, answers);
        }
    }
}
