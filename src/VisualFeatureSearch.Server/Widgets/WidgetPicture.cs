using VisualFeatureSearch.Imaging;

namespace VisualFeatureSearch.Server.Widgets;

/// <summary>A picture of a widget, as a browser shows it.</summary>
internal sealed record WidgetPicture(byte[] Bytes, string MediaType, string Title, int Width, int Height)
{
    private static readonly string[] Shown = ["image/jpeg", "image/png", "image/webp", "image/gif"];

    /// <summary>Takes an image file; one of a format that browsers do not show becomes a PNG.</summary>
    /// <exception cref="ImageException">The bytes are not an image, or too many pixels.</exception>
    public static WidgetPicture Create(byte[] bytes, string title)
    {
        PixelImage image = ImageDecoder.Decode(bytes, Images.UploadCache.MaximumPixels);
        string type = ImageDecoder.MediaType(bytes);
        return Shown.Contains(type)
            ? new WidgetPicture(bytes, type, title, image.Width, image.Height)
            : Create(image, title);
    }

    /// <summary>Takes pixels, such as the crop that a network sees.</summary>
    public static WidgetPicture Create(PixelImage image, string title) => new(ImageEncoder.ToPng(image), "image/png", title, image.Width, image.Height);
}
