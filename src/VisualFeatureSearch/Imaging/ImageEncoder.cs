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

    /// <summary>Encodes a mask as a PNG of one colour whose alpha is the mask, as a brush paints it.</summary>
    /// <param name="mask">One channel, alpha 0 to 255.</param>
    /// <param name="red">The colour's red, 0 to 255.</param>
    /// <param name="green">Its green.</param>
    /// <param name="blue">Its blue.</param>
    public static byte[] ToBrushPng(PixelImage mask, byte red, byte green, byte blue)
    {
        ArgumentNullException.ThrowIfNull(mask);
        byte[] pixels = new byte[mask.Pixels.Length * 4];
        for (int i = 0; i < mask.Pixels.Length; i++)
        {
            (pixels[4 * i], pixels[(4 * i) + 1], pixels[(4 * i) + 2], pixels[(4 * i) + 3]) = (red, green, blue, mask.Pixels[i]);
        }

        using Image image = Image.NewFromMemory(pixels, mask.Width, mask.Height, 4, Enums.BandFormat.Uchar).Copy(interpretation: Enums.Interpretation.Srgb);
        return image.PngsaveBuffer();
    }

    private static Image Wrap(PixelImage image) =>
        Image.NewFromMemory(image.Pixels, image.Width, image.Height, image.Channels, Enums.BandFormat.Uchar)
            .Copy(interpretation: image.Channels == 1 ? Enums.Interpretation.Bw : Enums.Interpretation.Srgb);
}
