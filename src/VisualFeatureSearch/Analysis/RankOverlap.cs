namespace VisualFeatureSearch.Analysis;

/// <summary>How much two rankings of the same dataset agree.</summary>
public static class RankOverlap
{
    /// <summary>How strongly the top counts in <see cref="RankBiased"/>: with 0.9 the first ten ranks have 86 % of the weight.</summary>
    public const double DefaultPersistence = 0.9;

    /// <summary>The share of the first <paramref name="depth"/> images that both rankings have, whatever their order.</summary>
    /// <param name="first">Images, best first, none twice.</param>
    /// <param name="second">Images, best first, none twice.</param>
    /// <param name="depth">How many, at least 1; of a shorter ranking all that there are.</param>
    /// <returns>From 0, none, to 1, all.</returns>
    public static double AtDepth(IReadOnlyList<long> first, IReadOnlyList<long> second, int depth)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        HashSet<long> top = [.. first.Take(depth)];
        int most = Math.Min(depth, Math.Max(first.Count, second.Count));
        return most == 0 ? 1 : (double)second.Take(depth).Count(top.Contains) / most;
    }

    /// <summary>
    /// Rank-biased overlap, extrapolated from the depth that both rankings have (RBO_EXT, equation 32 of Webber, Moffat and
    /// Zobel, "A similarity measure for indefinite rankings", 2010): the overlap at every depth, shallow ones counting most.
    /// </summary>
    /// <param name="first">Images, best first, none twice.</param>
    /// <param name="second">Images, best first, none twice.</param>
    /// <param name="persistence">Above 0 and below 1: the larger, the deeper ranks count.</param>
    /// <returns>From 0, nothing in common, to 1, the same.</returns>
    public static double RankBiased(IReadOnlyList<long> first, IReadOnlyList<long> second, double persistence = DefaultPersistence)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(persistence, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(persistence, 1);
        int depth = Math.Min(first.Count, second.Count);
        HashSet<long> seen = [];
        int shared = 0;
        double weight = 1;
        double sum = 0;
        for (int rank = 1; rank <= depth; rank++)
        {
            // An image is shared from the rank on at which the second ranking has it as well.
            shared += seen.Add(first[rank - 1]) ? 0 : 1;
            shared += seen.Add(second[rank - 1]) ? 0 : 1;
            weight *= persistence;
            sum += (double)shared / rank * weight;
        }

        return depth == 0 ? 1 : ((double)shared / depth * weight) + ((1 - persistence) / persistence * sum);
    }
}
