using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Regions;

namespace VisualFeatureSearch.Cli.Terminal;

/// <summary>The photograph and the masks of a query; what is wrong with one is told with its option and file.</summary>
internal static class QueryFiles
{
    public static PixelImage ReadPhotograph(string option, string file) => Named(option, file, () => ImageDecoder.DecodeFile(file));

    public static PixelImage ReadMask(string option, string file) =>
        Named(option, file, () => ImageDecoder.DecodeAlpha(File.Exists(file) ? File.ReadAllBytes(file) : throw new ImageException("no such file")));

    /// <summary>A mask as it lies on the crop of a photograph that a network sees.</summary>
    public static PixelImage ReadBrush(string option, string file, PixelImage photograph, ImageTransform transform)
    {
        PixelImage mask = ReadMask(option, file);
        return Named(option, file, () => BrushMask.OnCrop(mask, photograph.Width, photograph.Height, transform));
    }

    private static PixelImage Named(string option, string file, Func<PixelImage> read) => QueryPart.Named(
        $"{option} {file}", () => Directory.Exists(file) ? throw new ImageException("it is a folder: give an image file") : read());
}
