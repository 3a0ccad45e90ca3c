namespace VisualFeatureSearch.Search.Kernels;

/// <summary>A window that may still be in the answer.</summary>
/// <param name="Image">Its image.</param>
/// <param name="Corner">Its flat position.</param>
/// <param name="Numerator">The numerator of its bound.</param>
/// <param name="Inverse">The inverse of the denominator.</param>
internal record struct WindowBound(int Image, int Corner, float Numerator, float Inverse)
{
    /// <summary>The window's bound, but for what rounding asks for.</summary>
    public readonly float Ratio => Numerator * Inverse;
}
