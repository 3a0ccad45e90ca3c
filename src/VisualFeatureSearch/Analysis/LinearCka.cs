namespace VisualFeatureSearch.Analysis;

/// <summary>
/// Linear centred kernel alignment, how alike two representations of the same images are: invariant to rotation and to scaling
/// of either, so that layers of different networks and widths can be compared (Kornblith, Norouzi, Lee and Hinton, "Similarity of
/// neural network representations revisited", 2019).
/// </summary>
public static class LinearCka
{
    /// <summary>The unbiased estimator needs n - 3 of its images.</summary>
    public const int FewestImages = 4;

    private const double RoundingShare = 1e-11;

    /// <summary>
    /// CKA of the unbiased estimator of HSIC (Song, Smola, Gretton, Bedo and Borgwardt 2012, equation 5), which is near 0 for
    /// unrelated representations however few the images and many the channels; it may fall a little below 0.
    /// </summary>
    /// <param name="first">The inner products of one representation.</param>
    /// <param name="second">Those of the other, of the same images in the same order.</param>
    /// <param name="images">Which of the images count.</param>
    /// <returns>At most 1, the same but for rotation and scale; NaN where fewer than <see cref="FewestImages"/> count or a representation is constant.</returns>
    public static double Unbiased(GramMatrix first, GramMatrix second, IReadOnlyList<int> images) => Normalise(first, second, images, withDiagonal: false);

    /// <summary>
    /// CKA as first published (equations 3 and 4 of Kornblith et al.), which goes towards 1 with the number of features for each
    /// image even where the representations are unrelated. For comparison with figures of papers that used it.
    /// </summary>
    /// <param name="first">The inner products of one representation.</param>
    /// <param name="second">Those of the other, of the same images in the same order.</param>
    /// <param name="images">Which of the images count.</param>
    /// <returns>0 to 1; NaN where fewer than <see cref="FewestImages"/> count or a representation is constant.</returns>
    public static double Biased(GramMatrix first, GramMatrix second, IReadOnlyList<int> images) => Normalise(first, second, images, withDiagonal: true);

    private static double Normalise(GramMatrix first, GramMatrix second, IReadOnlyList<int> images, bool withDiagonal)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        ArgumentNullException.ThrowIfNull(images);
        if (first.Size != second.Size)
        {
            throw new ArgumentException($"the inner products of {first.Size} images cannot be compared with those of {second.Size}", nameof(second));
        }

        if (images.Count < FewestImages)
        {
            return double.NaN;
        }

        double ofFirst = Own(first, images, withDiagonal);
        double ofSecond = Own(second, images, withDiagonal);
        return ofFirst > 0 && ofSecond > 0 ? Hsic(first, second, images, withDiagonal) / Math.Sqrt(ofFirst * ofSecond) : double.NaN;
    }

    /// <summary>A representation's HSIC with itself; 0 where it is no more than what rounding leaves of constant features.</summary>
    private static double Own(GramMatrix gram, IReadOnlyList<int> images, bool withDiagonal)
    {
        double squares = 0;
        foreach (int i in images)
        {
            foreach (int j in images)
            {
                squares += gram[i, j] * gram[i, j];
            }
        }

        // Inner products are summed up in single precision inside of a piece: their own rounding is some 1e-7 of them.
        double own = Hsic(gram, gram, images, withDiagonal);
        return own > RoundingShare * squares ? own : 0;
    }

    /// <summary>HSIC but for a factor that depends on n alone and falls out of CKA.</summary>
    private static double Hsic(GramMatrix first, GramMatrix second, IReadOnlyList<int> images, bool withDiagonal)
    {
        double product = 0, total = 0, otherTotal = 0, crossed = 0;
        foreach (int i in images)
        {
            double sum = 0, otherSum = 0;
            foreach (int j in images)
            {
                if (withDiagonal || i != j)
                {
                    product += first[i, j] * second[i, j];
                    sum += first[i, j];
                    otherSum += second[i, j];
                }
            }

            total += sum;
            otherTotal += otherSum;
            crossed += sum * otherSum;
        }

        double n = images.Count;
        return withDiagonal
            ? product + (total * otherTotal / (n * n)) - (2 / n * crossed)
            : product + (total * otherTotal / ((n - 1) * (n - 2))) - (2 / (n - 2) * crossed);
    }
}
