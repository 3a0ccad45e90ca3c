using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Server.Problems;

namespace VisualFeatureSearch.Server.Images;

/// <summary>Image files inside JSON.</summary>
internal static class Base64Image
{
    /// <summary>The bytes of a mask.</summary>
    /// <exception cref="RequestException">The field is missing or not base64.</exception>
    public static byte[] ReadMask(string field, string? text) => Read(field, text, "a PNG whose alpha is the brush");

    /// <summary>The alpha of a mask.</summary>
    /// <param name="mask">An image file.</param>
    /// <param name="name">What to call it when something is wrong with it.</param>
    /// <exception cref="ImageException">It is not an image, has no alpha channel, or too many pixels.</exception>
    public static PixelImage DecodeMask(byte[] mask, string name = "the mask") =>
        QueryPart.Named(name, () => ImageDecoder.DecodeAlpha(mask, UploadCache.MaximumPixels));

    /// <summary>The bytes of a file that is base64 or a data URL.</summary>
    /// <exception cref="RequestException">The field is missing or not base64; the message says what is needed.</exception>
    public static byte[] Read(string field, string? text, string what)
    {
        if (string.IsNullOrEmpty(text))
        {
            throw new RequestException($"'{field}' is missing: {what}, as base64 or data URL");
        }

        int comma = text.StartsWith("data:", StringComparison.Ordinal) ? text.IndexOf(',', StringComparison.Ordinal) : -1;
        try
        {
            return Convert.FromBase64String(text[(comma + 1)..]);
        }
        catch (FormatException exception)
        {
            throw new RequestException($"'{field}' is not base64: {what}, as base64 or data URL, is needed", exception);
        }
    }
}
