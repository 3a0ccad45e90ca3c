using VisualFeatureSearch.Imaging;

namespace VisualFeatureSearch.Server.Articles.Rendering;

/// <summary>Pictures that lie beside an article.</summary>
internal static class ArticlePictures
{
    /// <summary>Whether an address in the text is a file beside the article: not of the web, and not inside of the address itself.</summary>
    public static bool IsBeside(string address) => address.Length > 0 && address[0] is not ('#' or '/') && !Uri.TryCreate(address, UriKind.Absolute, out _);

    /// <summary>Reads a picture.</summary>
    /// <param name="folder">The article's folder.</param>
    /// <param name="address">As the text has it; it may lead out of the folder, as the text's author wants it.</param>
    /// <exception cref="ImageException">It is missing, or not a picture.</exception>
    public static byte[] Read(string folder, string address)
    {
        string path = Path.Combine(folder, Uri.UnescapeDataString(address).Replace('\0', '?'));
        try
        {
            path = Path.GetFullPath(path);
            byte[] bytes = File.ReadAllBytes(path);
            _ = MediaType(bytes);
            return bytes;
        }
        catch (ImageException exception)
        {
            throw new ImageException($"{path}: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(exception is FileNotFoundException or DirectoryNotFoundException ? $"{path}: no such file" : $"{path} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>The media type of a picture's file.</summary>
    /// <exception cref="ImageException">It is not a picture.</exception>
    public static string MediaType(byte[] bytes)
    {
        ReadOnlySpan<byte> text = bytes.AsSpan().TrimStart(" \t\r\n\uFEFF"u8);
        return text.StartsWith("<svg"u8) || text.StartsWith("<?xml"u8) ? "image/svg+xml"
            : ImageDecoder.MediaType(bytes) is var type && type.StartsWith("image/", StringComparison.Ordinal) ? type
            : throw new ImageException("it is not a picture that a browser shows: JPEG, PNG, GIF, WebP or SVG");
    }
}
