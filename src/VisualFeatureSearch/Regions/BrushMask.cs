using VisualFeatureSearch.Imaging;

namespace VisualFeatureSearch.Regions;

/// <summary>What a person painted: alpha of 0 to 255 on the crop that the network sees.</summary>
public static class BrushMask
{
    /// <summary>
    /// Brings a painted mask onto the crop. A mask of the crop's size is taken as it is; one of the photograph's size is
    /// resized and cut as the photograph is.
    /// </summary>
    /// <param name="mask">The painted alpha, one channel.</param>
    /// <param name="photographWidth">Width of the photograph in pixels.</param>
    /// <param name="photographHeight">Height of the photograph in pixels.</param>
    /// <param name="transform">The image transform.</param>
    /// <exception cref="RegionException">The mask has neither size.</exception>
    public static PixelImage OnCrop(PixelImage mask, int photographWidth, int photographHeight, ImageTransform transform)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(transform);
        if (mask.Width == transform.InputWidth && mask.Height == transform.InputHeight)
        {
            return mask;
        }

        return mask.Width == photographWidth && mask.Height == photographHeight
            ? transform.Cut(mask)
            : throw new RegionException($"the mask is {mask.Width} x {mask.Height} pixels: it must be as large as the crop that the network sees, {transform.InputWidth} x {transform.InputHeight}, or as the photograph, {photographWidth} x {photographHeight}");
    }
}
