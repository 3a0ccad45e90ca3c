using MathNet.Numerics.Random;

namespace VisualFeatureSearch.Analysis;

/// <summary>Whether a group's similarities differ from those of all other images.</summary>
/// <param name="Superiority">
/// The probability that an image of the group is more similar than one outside of it, ties counted half: .5 for no difference
/// (the area under the ROC curve).
/// </param>
/// <param name="PValue">How often chance alone gives a difference at least as large, for this group taken alone.</param>
/// <param name="AdjustedPValue">How often chance alone gives one as large in any of the groups.</param>
public sealed record GroupTestResult(double Superiority, double PValue, double AdjustedPValue);

/// <summary>
/// A permutation test of mean ranks, each group against all other images, with the single-step maxT correction of Westfall and
/// Young (1993) for the number of groups: the similarities are dealt to the images anew many times, and a group's difference is
/// held against the largest one that any group got by chance. Valid for groups that overlap, as labels may, and without
/// assumptions on the distribution but one: that the images are independent of each other.
/// </summary>
public static class GroupTest
{
    /// <summary>Permutations where the dataset is not very large.</summary>
    public const int MaximumPermutations = 10_000;

    private const int MinimumPermutations = 999;

    /// <summary>Similarities that are dealt in all, so that a large dataset takes seconds.</summary>
    private const long MaximumDeals = 300_000_000;

    /// <summary>Permutations that share a source of chance, so that the result does not depend on the number of cores.</summary>
    private const int Block = 64;

    /// <summary>How often the similarities of so many images are dealt anew.</summary>
    public static int PermutationsFor(int images) => (int)Math.Clamp(MaximumDeals / Math.Max(images, 1), MinimumPermutations, MaximumPermutations);

    /// <summary>Tests all groups.</summary>
    /// <param name="similarities">One a row; NaN for an image that does not take part.</param>
    /// <param name="groups">The rows of each group.</param>
    /// <param name="seed">Where chance starts: the same seed, the same result.</param>
    /// <param name="permutations">How often to deal, at least 1.</param>
    /// <param name="cancellationToken">Ends the test early.</param>
    /// <returns>For each group its result; null where it has no images, or no others are left to compare them with.</returns>
    public static IReadOnlyList<GroupTestResult?> Run(
        IReadOnlyList<float> similarities, IReadOnlyList<IReadOnlyList<int>> groups, int seed, int permutations, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(similarities);
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentOutOfRangeException.ThrowIfLessThan(permutations, 1);
        int[] places = new int[similarities.Count];
        double[] ranks = Rank(similarities, places);
        int[][] members = [.. groups.Select(group => group.Select(row => places[row]).Where(place => place >= 0).ToArray())];
        double[] deviations = [.. members.Select(group => Deviation(ranks, group.Length))];
        double[] observed = Scores(ranks, members, deviations);
        long[] alone = new long[groups.Count];
        long[] any = new long[groups.Count];
        int blocks = (permutations + Block - 1) / Block;
        Parallel.For(
            0,
            blocks,
            new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount },
            block => Permute(ranks, members, deviations, observed, new Xoshiro256StarStar(HashCode(seed, block), threadSafe: false), Math.Min(Block, permutations - (block * Block)), alone, any));

        GroupTestResult?[] results = new GroupTestResult?[groups.Count];
        for (int i = 0; i < results.Length; i++)
        {
            if (deviations[i] > 0)
            {
                double n = members[i].Length;
                double wins = members[i].Sum(place => ranks[place]) - (n * (n + 1) / 2);

                // The deal that was found is one of those that chance can give.
                results[i] = new GroupTestResult(wins / (n * (ranks.Length - n)), (alone[i] + 1.0) / (permutations + 1), (any[i] + 1.0) / (permutations + 1));
            }
        }

        return results;
    }

    /// <summary>The ranks of all that take part, from 1 for the least, ties sharing their mean; and where each row's stands.</summary>
    private static double[] Rank(IReadOnlyList<float> similarities, int[] places)
    {
        List<int> rows = [];
        for (int row = 0; row < places.Length; row++)
        {
            places[row] = float.IsNaN(similarities[row]) ? -1 : rows.Count;
            if (places[row] >= 0)
            {
                rows.Add(row);
            }
        }

        float[] values = [.. rows.Select(row => similarities[row])];
        int[] order = [.. Enumerable.Range(0, values.Length)];
        Array.Sort(values, order);
        double[] ranks = new double[values.Length];
        for (int first = 0; first < values.Length;)
        {
            int end = first + 1;
            while (end < values.Length && values[end] == values[first])
            {
                end++;
            }

            for (int i = first; i < end; i++)
            {
                ranks[order[i]] = (first + 1 + end) / 2.0;
            }

            first = end;
        }

        return ranks;
    }

    /// <summary>The standard deviation of a sum of n ranks drawn without replacement; 0 where it cannot vary.</summary>
    private static double Deviation(double[] ranks, int n)
    {
        double mean = (ranks.Length + 1) / 2.0;
        double squares = ranks.Sum(rank => (rank - mean) * (rank - mean));
        return n == 0 || n >= ranks.Length ? 0 : Math.Sqrt((double)n * (ranks.Length - n) / ranks.Length * squares / (ranks.Length - 1));
    }

    private static double[] Scores(double[] ranks, int[][] members, double[] deviations)
    {
        double[] scores = new double[members.Length];
        double mean = (ranks.Length + 1) / 2.0;
        for (int i = 0; i < members.Length; i++)
        {
            double sum = 0;
            foreach (int place in members[i])
            {
                sum += ranks[place] - mean;
            }

            scores[i] = deviations[i] > 0 ? Math.Abs(sum) / deviations[i] : 0;
        }

        return scores;
    }

    private static void Permute(
        double[] ranks, int[][] members, double[] deviations, double[] observed, Random random, int permutations, long[] alone, long[] any)
    {
        // Sums of the same ranks in another order differ in their last bits, and must still count as equal.
        const double rounding = 1e-9;
        double[] dealt = [.. ranks];
        for (int i = 0; i < permutations; i++)
        {
            random.Shuffle(dealt);
            double[] scores = Scores(dealt, members, deviations);
            double largest = scores.Length == 0 ? 0 : scores.Max();
            for (int group = 0; group < scores.Length; group++)
            {
                if (scores[group] >= observed[group] - rounding)
                {
                    Interlocked.Increment(ref alone[group]);
                }

                if (largest >= observed[group] - rounding)
                {
                    Interlocked.Increment(ref any[group]);
                }
            }
        }
    }

    /// <summary>A seed of its own for every block; the framework's own hash differs from run to run.</summary>
    private static int HashCode(int seed, int block) => unchecked((int)(((ulong)(uint)seed + ((ulong)(uint)block << 32)) * 0x9E3779B97F4A7C15UL >> 32));
}
