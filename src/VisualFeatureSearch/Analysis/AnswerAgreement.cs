using System.Text.Json.Serialization;
using VisualFeatureSearch.Features;

namespace VisualFeatureSearch.Analysis;

/// <summary>A search's answer, to be compared with others.</summary>
/// <param name="Store">The store that was searched.</param>
/// <param name="Ranking">The rows found, best first.</param>
/// <param name="Similarities">The similarity of every row of the store, NaN for one that took no part; null where they are not known.</param>
public sealed record RankedAnswer(FeatureStore Store, IReadOnlyList<long> Ranking, IReadOnlyList<float>? Similarities = null);

/// <summary>How much two answers agree. The same file is the same image, in whichever store it is.</summary>
/// <param name="First">One of the answers, 0 for the first.</param>
/// <param name="Second">Another one.</param>
/// <param name="Depth">How many images of each answer were compared.</param>
/// <param name="AtDepth">The share of images that both answers have, 0 to 1.</param>
/// <param name="RankBiased">The rank-biased overlap, which counts the first ranks most, 0 to 1.</param>
/// <param name="RankCorrelation">
/// Spearman's rank correlation of the similarities of all images that both stores have, -1 to 1; null where similarities are not
/// known or fewer than two images are shared.
/// </param>
public sealed record AnswerAgreement(int First, int Second, int Depth, double AtDepth, double RankBiased, double? RankCorrelation)
{
    /// <summary>How many images both answers have.</summary>
    [JsonIgnore]
    public int Shared => (int)Math.Round(AtDepth * Depth);

    /// <summary>Compares each pair of answers.</summary>
    /// <param name="answers">The answers.</param>
    /// <param name="imagesRoot">The folder that the manifests' paths are relative to now; null for where it was.</param>
    /// <param name="cancellationToken">Stops before the next pair, or before its images are matched or their order is compared.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static IReadOnlyList<AnswerAgreement> Create(IReadOnlyList<RankedAnswer> answers, string? imagesRoot = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(answers);
        Dictionary<string, long> numbers = new(StringComparer.Ordinal);
        long[][] rankings = [.. answers.Select(answer => answer.Ranking.Select(row => Number(answer.Store, row)).ToArray())];
        Dictionary<(FeatureStore, FeatureStore), IReadOnlyList<long[]>?> shared = [];
        List<AnswerAgreement> agreements = [];
        for (int i = 0; i < answers.Count; i++)
        {
            for (int j = i + 1; j < answers.Count; j++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int depth = Math.Max(1, Math.Max(rankings[i].Length, rankings[j].Length));
                agreements.Add(new AnswerAgreement(
                    i, j, depth, RankOverlap.AtDepth(rankings[i], rankings[j], depth), RankOverlap.RankBiased(rankings[i], rankings[j]), Correlate(answers[i], answers[j])));
            }
        }

        return agreements;

        long Number(FeatureStore store, long row)
        {
            string key = SharedImages.KeyOf(store, row, imagesRoot);
            return numbers.TryGetValue(key, out long number) ? number : numbers[key] = numbers.Count;
        }

        double? Correlate(RankedAnswer first, RankedAnswer second)
        {
            if (first.Similarities is not { } x || second.Similarities is not { } y)
            {
                return null;
            }

            cancellationToken.ThrowIfCancellationRequested();
            if (!shared.TryGetValue((first.Store, second.Store), out IReadOnlyList<long[]>? rows))
            {
                rows = shared[(first.Store, second.Store)] = SharedRows(first.Store, second.Store, imagesRoot);
            }

            cancellationToken.ThrowIfCancellationRequested();
            double correlation = rows is null ? double.NaN : Analysis.RankCorrelation.Spearman([.. rows[0].Select(row => x[(int)row])], [.. rows[1].Select(row => y[(int)row])]);
            return double.IsNaN(correlation) ? null : correlation;
        }
    }

    /// <summary>The rows of the images that two stores have in common; null where there are none, whose order could be compared.</summary>
    private static IReadOnlyList<long[]>? SharedRows(FeatureStore first, FeatureStore second, string? imagesRoot)
    {
        try
        {
            return SharedImages.Find([first, second], imagesRoot: imagesRoot);
        }
        catch (FeatureStoreException)
        {
            return null;
        }
    }
}
