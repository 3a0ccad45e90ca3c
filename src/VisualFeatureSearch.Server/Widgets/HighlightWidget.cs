using VisualFeatureSearch.Imaging;

namespace VisualFeatureSearch.Server.Widgets;

/// <summary>A photograph that a person paints on, in a notebook or in a browser window of a script; see <see cref="MultiHighlightWidget"/>.</summary>
public sealed class HighlightWidget : MultiHighlightWidget
{
    /// <summary>Makes a widget of an image file.</summary>
    /// <param name="image">The file.</param>
    /// <param name="size">Width of the mask in pixels, at least 16; its height follows the photograph's shape.</param>
    /// <param name="radius">Radius of the brush in pixels of the mask, at least 1.</param>
    /// <exception cref="ImageException">The file is missing or not an image.</exception>
    public HighlightWidget(string image, int size = DefaultSize, double radius = DefaultRadius)
        : base([image], size, radius)
    {
    }

    /// <summary>Makes a widget of pixels, such as the crop that a network sees.</summary>
    /// <param name="image">The picture, RGB.</param>
    /// <param name="size">Width of the mask in pixels, at least 16; its height follows the picture's shape.</param>
    /// <param name="radius">Radius of the brush in pixels of the mask, at least 1.</param>
    public HighlightWidget(PixelImage image, int size = DefaultSize, double radius = DefaultRadius)
        : base([image], size, radius)
    {
    }
}
