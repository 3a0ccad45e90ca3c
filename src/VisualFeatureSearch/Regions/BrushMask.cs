using VisualFeatureSearch.Imaging;

namespace VisualFeatureSearch.Regions;

/// <summary>What a person painted: alpha of 0 to 255 on the crop that the network sees.</summary>
public static class BrushMask
{
    /// <summary>
    /// Brings a painted mask onto the crop. A mask of the crop's size is taken as it is; one of the photograph's shape, in
    /// any size, is resized and cut as the photograph is.
    /// </summary>
    /// <param name="mask">The painted alpha, one channel.</param>
    /// <param name="photographWidth">Width of the photograph in pixels.</param>
    /// <param name="photographHeight">Height of the photograph in pixels.</param>
    /// <param name="transform">The image transform.</param>
    /// <exception cref="RegionException">The mask has neither the crop's size nor the photograph's shape.</exception>
    public static PixelImage OnCrop(PixelImage mask, int photographWidth, int photographHeight, ImageTransform transform)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(transform);
        if (mask.Width == transform.InputWidth && mask.Height == transform.InputHeight)
        {
            return mask;
        }

        return HasShape(mask, photographWidth, photographHeight)
            ? transform.Cut(mask)
            : throw new RegionException($"the mask is {mask.Width} x {mask.Height} pixels: it must be as large as the crop that the network sees, {transform.InputWidth} x {transform.InputHeight}, or as the photograph, {photographWidth} x {photographHeight}, or smaller in the photograph's shape");
    }

    /// <summary>Brings a mask that may have been painted on the crop of another transform, or on the photograph, onto the crop of one.</summary>
    /// <param name="mask">The painted alpha, one channel.</param>
    /// <param name="photographWidth">Width of the photograph in pixels.</param>
    /// <param name="photographHeight">Height of the photograph in pixels.</param>
    /// <param name="paintedOn">The transform whose crop was painted on, where the mask has its size.</param>
    /// <param name="transform">The transform whose crop is wanted.</param>
    /// <exception cref="RegionException">The mask has neither the size of one of the crops nor the photograph's shape.</exception>
    public static PixelImage OnCrop(PixelImage mask, int photographWidth, int photographHeight, ImageTransform paintedOn, ImageTransform transform)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(paintedOn);
        return mask.Width == paintedOn.InputWidth && mask.Height == paintedOn.InputHeight
            ? BetweenCrops(mask, photographWidth, photographHeight, paintedOn, transform)
            : OnCrop(mask, photographWidth, photographHeight, transform);
    }

    /// <summary>Whether a mask has the photograph's shape but for what rounding its shorter side to a whole pixel does.</summary>
    private static bool HasShape(PixelImage mask, int photographWidth, int photographHeight) => mask.Width >= mask.Height
        ? Math.Abs(mask.Height - ((double)mask.Width * photographHeight / photographWidth)) <= 1
        : Math.Abs(mask.Width - ((double)mask.Height * photographWidth / photographHeight)) <= 1;

    /// <summary>
    /// Brings a mask that was painted on the crop of one transform onto the crop of another, by way of the photograph. What the
    /// first crop does not show stays unpainted.
    /// </summary>
    /// <param name="mask">The painted alpha on the first crop, one channel.</param>
    /// <param name="photographWidth">Width of the photograph in pixels.</param>
    /// <param name="photographHeight">Height of the photograph in pixels.</param>
    /// <param name="from">The transform whose crop was painted on.</param>
    /// <param name="to">The transform whose crop is wanted.</param>
    /// <exception cref="RegionException">The mask is not as large as the first crop.</exception>
    public static PixelImage BetweenCrops(PixelImage mask, int photographWidth, int photographHeight, ImageTransform from, ImageTransform to)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        if (mask.Width != from.InputWidth || mask.Height != from.InputHeight)
        {
            throw new RegionException($"the mask is {mask.Width} x {mask.Height} pixels: it must be as large as the crop that it was painted on, {from.InputWidth} x {from.InputHeight}");
        }

        (int width, int height, PixelBox crop) = from.Place(photographWidth, photographHeight);
        if ((width, height, crop) == to.Place(photographWidth, photographHeight))
        {
            return mask;
        }

        // The whole photograph at the size that the first transform gives it, so that the mask goes in pixel by pixel.
        byte[] whole = new byte[width * height];
        for (int y = Math.Max(0, -crop.Y); y < Math.Min(crop.Height, height - crop.Y); y++)
        {
            for (int x = Math.Max(0, -crop.X); x < Math.Min(crop.Width, width - crop.X); x++)
            {
                whole[((crop.Y + y) * width) + crop.X + x] = mask.Pixels[(y * mask.Width) + x];
            }
        }

        return to.Cut(new PixelImage(width, height, 1, whole));
    }
}
