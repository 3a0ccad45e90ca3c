using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace VisualFeatureSearch.Analysis;

/// <summary>How similarities are distributed: what a box plot and a violin plot show.</summary>
/// <param name="Count">How many similarities.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="Minimum">The least.</param>
/// <param name="LowerWhisker">The least that is at most 1.5 times the box's height below the box (Tukey).</param>
/// <param name="LowerQuartile">A quarter of them are below; interpolated as NumPy and R do by default.</param>
/// <param name="Median">Half of them are below.</param>
/// <param name="UpperQuartile">A quarter of them are above.</param>
/// <param name="UpperWhisker">The greatest that is at most 1.5 times the box's height above the box.</param>
/// <param name="Maximum">The greatest.</param>
/// <param name="Density">The outline of the violin, from the least to the greatest; empty where all are equal or there is one.</param>
public sealed record Distribution(
    int Count,
    double Mean,
    double Minimum,
    double LowerWhisker,
    double LowerQuartile,
    double Median,
    double UpperQuartile,
    double UpperWhisker,
    double Maximum,
    IReadOnlyList<DensityPoint> Density)
{
    private const int DensityPoints = 48;

    /// <summary>More than this many are thinned out evenly for the density, whose outline no longer changes.</summary>
    private const int MaximumDensitySample = 10_000;

    /// <summary>Describes similarities.</summary>
    /// <param name="sorted">At least one, ascending.</param>
    public static Distribution Create(double[] sorted)
    {
        ArgumentNullException.ThrowIfNull(sorted);
        ArgumentOutOfRangeException.ThrowIfZero(sorted.Length);
        double lower = SortedArrayStatistics.QuantileCustom(sorted, 0.25, QuantileDefinition.R7);
        double upper = SortedArrayStatistics.QuantileCustom(sorted, 0.75, QuantileDefinition.R7);
        double reach = 1.5 * (upper - lower);
        return new Distribution(
            sorted.Length,
            sorted.Average(),
            sorted[0],
            Array.Find(sorted, value => value >= lower - reach),
            lower,
            SortedArrayStatistics.QuantileCustom(sorted, 0.5, QuantileDefinition.R7),
            upper,
            Array.FindLast(sorted, value => value <= upper + reach),
            sorted[^1],
            EstimateDensity(sorted, upper - lower));
    }

    /// <summary>A Gaussian kernel density with Silverman's bandwidth, .9 min(s, IQR / 1.34) n^(-1/5) (Silverman 1986, 3.31).</summary>
    private static DensityPoint[] EstimateDensity(double[] sorted, double height)
    {
        double deviation = sorted.Length < 2 ? 0 : ArrayStatistics.StandardDeviation(sorted);
        if (deviation == 0)
        {
            return [];
        }

        double spread = height > 0 ? Math.Min(deviation, height / 1.34) : deviation;
        double bandwidth = 0.9 * spread * Math.Pow(sorted.Length, -0.2);
        double[] sample = sorted;
        if (sorted.Length > MaximumDensitySample)
        {
            sample = new double[MaximumDensitySample];
            for (int i = 0; i < sample.Length; i++)
            {
                sample[i] = sorted[(long)i * (sorted.Length - 1) / (sample.Length - 1)];
            }
        }

        DensityPoint[] density = new DensityPoint[DensityPoints];
        for (int i = 0; i < density.Length; i++)
        {
            double at = sorted[0] + ((sorted[^1] - sorted[0]) * i / (density.Length - 1));
            // In one thread, so that the same similarities give the same density to the last bit.
            density[i] = new DensityPoint(at, sample.Sum(value => Normal.PDF(value, bandwidth, at)) / sample.Length);
        }

        return density;
    }
}

/// <summary>A point of a density.</summary>
/// <param name="Similarity">The similarity.</param>
/// <param name="Density">The share of images a unit of similarity there.</param>
public readonly record struct DensityPoint(double Similarity, double Density);
