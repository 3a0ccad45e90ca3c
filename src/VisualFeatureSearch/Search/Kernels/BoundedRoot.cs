namespace VisualFeatureSearch.Search.Kernels;

/// <summary>
/// 1 / (sqrt(x) + epsilon) as factor / sqrt(slope * x + floor), which is never too small, or never too large, even where the
/// root's inverse is off by <see cref="InverseError"/>: processors estimate that in a fraction of the time of a root and a
/// division.
/// </summary>
/// <param name="Slope">What x is multiplied with.</param>
/// <param name="Floor">What is added to it.</param>
/// <param name="Factor">What the inverse is multiplied with.</param>
internal readonly record struct BoundedRoot(float Slope, float Floor, float Factor)
{
    /// <summary>Relative error of an inverse root: x86 promises 1.5 * 2^-12.</summary>
    public const float InverseError = 3.7e-4f;

    /// <summary>For the rounding of the few operations to float32.</summary>
    private const double Rounding = 1e-6;

    /// <summary>Never too small, because x + epsilon² ≤ (sqrt(x) + epsilon)².</summary>
    /// <param name="epsilon">Added to the root.</param>
    public static BoundedRoot Above(double epsilon) => new(1, (float)(epsilon * epsilon * (1 - Rounding)), (float)(1 + InverseError + Rounding));

    /// <summary>
    /// Never too large, because (sqrt(x) + epsilon)² ≤ (1 + a) * x + (1 + 1 / a) * epsilon² for any a: 2 * sqrt(x) * epsilon ≤ a * x +
    /// epsilon² / a.
    /// </summary>
    /// <param name="epsilon">Added to the root.</param>
    public static BoundedRoot Below(double epsilon)
    {
        const double A = 1.0 / 1024;
        return new((float)(1 + A + Rounding), (float)((1 + (1 / A)) * epsilon * epsilon * (1 + Rounding)), (float)(1 - InverseError - Rounding));
    }
}
