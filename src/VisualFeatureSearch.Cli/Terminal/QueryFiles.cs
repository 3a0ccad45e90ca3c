using VisualFeatureSearch.Imaging;

namespace VisualFeatureSearch.Cli.Terminal;

/// <summary>The photograph and the masks of a query; what is wrong with one is told with its option and file.</summary>
internal static class QueryFiles
{
    public static PixelImage ReadPhotograph(string option, string file) => Named(option, file, () => ImageDecoder.DecodeFile(file));

    public static PixelImage ReadMask(string option, string file) =>
        Named(option, file, () => ImageDecoder.DecodeAlpha(File.Exists(file) ? File.ReadAllBytes(file) : throw new ImageException("no such file")));

    private static PixelImage Named(string option, string file, Func<PixelImage> read)
    {
        try
        {
            if (Directory.Exists(file))
            {
                throw new ImageException("it is a folder: give an image file");
            }

            return read();
        }
        catch (ImageException exception)
        {
            throw new ImageException($"{option} {file}: {exception.Message}", exception);
        }
    }
}
