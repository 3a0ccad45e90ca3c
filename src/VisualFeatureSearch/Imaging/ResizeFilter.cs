namespace VisualFeatureSearch.Imaging;

/// <summary>The antialiased interpolation filters, with Pillow's names and weights.</summary>
public enum ResizeFilter
{
    /// <summary>A triangle of radius 1.</summary>
    Bilinear,

    /// <summary>Keys' cubic with a = -0.5, radius 2.</summary>
    Bicubic,
}
