using MathNet.Numerics.Statistics;

namespace VisualFeatureSearch.Analysis;

/// <summary>Whether two layers, networks or highlights put a dataset's images in the same order.</summary>
public static class RankCorrelation
{
    /// <summary>Spearman's rank correlation, ties sharing their mean rank.</summary>
    /// <param name="first">An image's similarity each; NaN for one that does not take part.</param>
    /// <param name="second">The same images' other similarities, in the same order.</param>
    /// <returns>
    /// From -1, the opposite order, over 0, unrelated, to 1, the same order; NaN where fewer than two images have both, or where
    /// one side's similarities are all equal.
    /// </returns>
    /// <exception cref="ArgumentException">The two are not of the same images.</exception>
    public static double Spearman(IReadOnlyList<float> first, IReadOnlyList<float> second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (first.Count != second.Count)
        {
            throw new ArgumentException($"{first.Count} similarities cannot be compared with {second.Count}", nameof(second));
        }

        List<double> x = [], y = [];
        for (int i = 0; i < first.Count; i++)
        {
            if (!float.IsNaN(first[i]) && !float.IsNaN(second[i]))
            {
                x.Add(first[i]);
                y.Add(second[i]);
            }
        }

        return x.Count < 2 ? double.NaN : Correlation.Spearman(x, y);
    }
}
