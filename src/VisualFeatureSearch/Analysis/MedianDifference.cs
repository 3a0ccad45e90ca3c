using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace VisualFeatureSearch.Analysis;

/// <summary>The difference of two medians with its bootstrap interval.</summary>
/// <param name="Difference">The first median minus the second.</param>
/// <param name="Low">The interval's lower end.</param>
/// <param name="High">The interval's upper end.</param>
public sealed record MedianDifference(double Difference, double Low, double High)
{
    /// <summary>The share of resamples whose difference lies in the interval.</summary>
    public const double Confidence = 0.95;

    /// <summary>How often both samples are drawn anew.</summary>
    public const int Resamples = 10_000;

    /// <summary>Estimates it by the percentile bootstrap (Efron and Tibshirani 1993, chapter 13).</summary>
    /// <remarks>
    /// The k-th smallest of n draws with replacement from n sorted values is the value at floor(n U), where U, the k-th smallest
    /// of n uniform numbers, has the distribution Beta(k, n + 1 - k). So a resample's median is drawn directly, exactly as
    /// distributed, without drawing the resample: the time does not depend on n.
    /// </remarks>
    /// <param name="first">At least one value, ascending.</param>
    /// <param name="second">At least one value, ascending.</param>
    /// <param name="random">Where chance comes from.</param>
    public static MedianDifference Create(double[] first, double[] second, Random random)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        ArgumentNullException.ThrowIfNull(random);
        double[] differences = new double[Resamples];
        for (int i = 0; i < differences.Length; i++)
        {
            differences[i] = ResampledMedian(first, random) - ResampledMedian(second, random);
        }

        Array.Sort(differences);
        const double tail = (1 - Confidence) / 2;
        return new MedianDifference(
            Median(first) - Median(second),
            SortedArrayStatistics.QuantileCustom(differences, tail, QuantileDefinition.R7),
            SortedArrayStatistics.QuantileCustom(differences, 1 - tail, QuantileDefinition.R7));
    }

    private static double Median(double[] sorted) => SortedArrayStatistics.QuantileCustom(sorted, 0.5, QuantileDefinition.R7);

    private static double ResampledMedian(double[] sorted, Random random)
    {
        int n = sorted.Length;
        int k = (n + 1) / 2;
        double place = Beta.Sample(random, k, n + 1 - k);
        double lower = At(sorted, place);
        if (n % 2 == 1)
        {
            return lower;
        }

        // The next of the uniform numbers is the least of the n - k that lie above.
        place += (1 - place) * Beta.Sample(random, 1, n - k);
        return (lower + At(sorted, place)) / 2;
    }

    private static double At(double[] sorted, double place) => sorted[Math.Min((int)(place * sorted.Length), sorted.Length - 1)];
}
