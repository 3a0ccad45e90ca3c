using NetVips;

namespace VisualFeatureSearch.Imaging;

/// <summary>Writes pixels as image files.</summary>
public static class ImageEncoder
{
    /// <summary>Encodes as JPEG.</summary>
    /// <param name="image">The pixels.</param>
    /// <param name="quality">1 (smallest) to 100 (best).</param>
    public static byte[] ToJpeg(PixelImage image, int quality = 88)
    {
        ArgumentNullException.ThrowIfNull(image);
        using Image wrapped = Wrap(image);
        return wrapped.JpegsaveBuffer(q: quality);
    }

    /// <summary>Encodes as PNG.</summary>
    public static byte[] ToPng(PixelImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using Image wrapped = Wrap(image);
        return wrapped.PngsaveBuffer();
    }

    private static Image Wrap(PixelImage image) =>
        Image.NewFromMemory(image.Pixels, image.Width, image.Height, image.Channels, Enums.BandFormat.Uchar)
            .Copy(interpretation: image.Channels == 1 ? Enums.Interpretation.Bw : Enums.Interpretation.Srgb);
}
