namespace VisualFeatureSearch.Search.Kernels;

/// <summary>
/// How float16 becomes float32. With the half's sign in all bits above its own, a shift to the left by 13 lines its mantissa up with
/// a float's; <see cref="Mask"/> clears the copies of the sign between sign and exponent, and <see cref="Factor"/> corrects the
/// exponent's bias, for subnormal halves too, exactly.
/// </summary>
internal static class HalfWidening
{
    /// <summary>The bits of a float32 that are those of a half.</summary>
    public const int Mask = unchecked((int)0x8FFFE000);

    /// <summary>2^112: the biases of the exponents are 127 and 15.</summary>
    public const float Factor = 5.192296858534828e33f;
}
