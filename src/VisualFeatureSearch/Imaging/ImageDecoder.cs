using NetVips;

namespace VisualFeatureSearch.Imaging;

/// <summary>
/// Decodes JPEG, PNG, WebP, GIF (its first frame) and TIFF (its first page) with libvips, and BMP, upright by the EXIF
/// orientation, as 8-bit RGB. Grey becomes three equal channels, 16 bits are scaled to 8, CMYK is converted, and alpha is
/// dropped without blending, as Pillow's <c>convert("RGB")</c> does.
/// </summary>
public static class ImageDecoder
{
    /// <summary>The file extensions that are taken for images, lower case with the dot.</summary>
    public static IReadOnlySet<string> Extensions { get; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
    {
        ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp",
    };

    static ImageDecoder()
    {
        // Images are decoded side by side on all cores; threads inside one image would only get in each other's way.
        NetVips.NetVips.Concurrency = 1;
        Cache.Max = 0;

        // What is wrong with a file is said by exceptions; the library's own lines on stderr would come twice and unexplained.
        Log.SetLogHandler("VIPS", Enums.LogLevelFlags.Warning, static (_, _, _) => { });
    }

    /// <summary>Decodes a file.</summary>
    /// <exception cref="ImageException">The file is missing, empty, truncated or not an image.</exception>
    public static PixelImage DecodeFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(exception is FileNotFoundException or DirectoryNotFoundException ? "no such file" : exception.Message, exception);
        }

        return Decode(bytes);
    }

    /// <summary>Decodes the bytes of an image file.</summary>
    /// <param name="bytes">A whole image file.</param>
    /// <param name="maximumPixels">More pixels than this are refused before decoding; null for no limit.</param>
    /// <exception cref="ImageException">The bytes are empty, truncated, too large or not an image.</exception>
    public static PixelImage Decode(byte[] bytes, long? maximumPixels = null)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        if (BmpDecoder.IsBmp(bytes))
        {
            (int width, int height, byte[] rgba) = BmpDecoder.Decode(bytes, maximumPixels);
            byte[] pixels = new byte[width * height * 3];
            for (int i = 0, from = 0; i < pixels.Length; i += 3, from += 4)
            {
                rgba.AsSpan(from, 3).CopyTo(pixels.AsSpan(i));
            }

            return new PixelImage(width, height, 3, pixels);
        }

        return Load(bytes, maximumPixels, image =>
        {
            using Image rgb = ToRgb(image);
            return ReadPixels(rgb);
        });
    }

    /// <summary>
    /// Decodes an image for looking at, scaled down so that its longer side has at most the given size. Much faster than
    /// decoding it whole, because JPEG is decoded at a fraction of its size; the pixels are not those that a network sees, and
    /// of a truncated file there may be as much as is left.
    /// </summary>
    /// <param name="bytes">A whole image file.</param>
    /// <param name="size">Pixels of the longer side.</param>
    /// <exception cref="ImageException">The bytes are empty or not an image.</exception>
    public static PixelImage DecodeSmall(byte[] bytes, int size)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        if (BmpDecoder.IsBmp(bytes) || bytes.Length == 0)
        {
            PixelImage whole = Decode(bytes);
            double scale = Math.Min(1, (double)size / Math.Max(whole.Width, whole.Height));
            return Resampler.Resize(whole, Math.Max(1, (int)Math.Round(whole.Width * scale)), Math.Max(1, (int)Math.Round(whole.Height * scale)));
        }

        try
        {
            using Image image = Image.ThumbnailBuffer(bytes, size, height: size, size: Enums.Size.Down);
            using Image rgb = ToRgb(image);
            return ReadPixels(rgb);
        }
        catch (VipsException exception)
        {
            throw new ImageException(Explain(exception.Message), exception);
        }
    }

    /// <summary>The media type of an image file, told by how it begins; <c>application/octet-stream</c> where it is none of the known formats.</summary>
    /// <param name="bytes">The file, or its beginning.</param>
    public static string MediaType(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) ? "image/jpeg"
        : bytes.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']) ? "image/png"
        : bytes.StartsWith("GIF8"u8) ? "image/gif"
        : bytes.StartsWith("BM"u8) ? "image/bmp"
        : bytes.StartsWith("II*\0"u8) || bytes.StartsWith("MM\0*"u8) ? "image/tiff"
        : bytes.StartsWith("RIFF"u8) && bytes.Length >= 12 && bytes[8..12].SequenceEqual("WEBP"u8) ? "image/webp"
        : "application/octet-stream";

    /// <summary>Decodes only the alpha channel of an image file, 0 (transparent) to 255.</summary>
    /// <param name="bytes">A whole image file.</param>
    /// <param name="maximumPixels">More pixels than this are refused before decoding; null for no limit.</param>
    /// <exception cref="ImageException">The bytes are not an image, or the image has no alpha channel.</exception>
    public static PixelImage DecodeAlpha(byte[] bytes, long? maximumPixels = null) =>
        Load(bytes, maximumPixels, image =>
        {
            if (!image.HasAlpha())
            {
                throw new ImageException("it has no alpha channel: paint the region as opaque on a transparent background and save as PNG");
            }

            using Image last = image[image.Bands - 1];
            using Image alpha = last.Format == Enums.BandFormat.Ushort ? (last >> 8).Cast(Enums.BandFormat.Uchar) : last.Cast(Enums.BandFormat.Uchar);
            return ReadPixels(alpha);
        });

    internal static void EnsureSize(long width, long height, long? maximumPixels)
    {
        if (width < 1 || height < 1)
        {
            throw new ImageException("it has no pixels");
        }

        if (width * height > maximumPixels)
        {
            throw new ImageException($"it has {width} x {height} pixels: at most {maximumPixels / 1_000_000} megapixels are taken");
        }
    }

    private static T Load<T>(byte[] bytes, long? maximumPixels, Func<Image, T> use)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        if (bytes.Length == 0)
        {
            throw new ImageException("the file is empty");
        }

        try
        {
            using Image image = Image.NewFromBuffer(bytes, access: Enums.Access.Sequential, failOn: Enums.FailOn.Truncated);
            EnsureSize(image.Width, image.Height, maximumPixels);
            int orientation = image.Contains("orientation") ? Convert.ToInt32(image.Get("orientation")) : 1;
            if (orientation is < 2 or > 8)
            {
                return use(image);
            }

            // Turning needs pixels out of order, which a sequential image cannot give.
            using Image whole = image.CopyMemory();
            using Image upright = whole.Autorot();
            return use(upright);
        }
        catch (VipsException exception)
        {
            throw new ImageException(Explain(exception.Message), exception);
        }
    }

    /// <summary>
    /// Pulls the pixels strip by strip on the calling thread. libvips' own way to memory hands every image to a thread of
    /// its pool, which for photographs of a few hundred pixels costs as much as decoding them.
    /// </summary>
    private static PixelImage ReadPixels(Image image)
    {
        const int StripRows = 32;
        int stride = image.Width * image.Bands;
        byte[] pixels = GC.AllocateUninitializedArray<byte>(checked(stride * image.Height));
        using Region region = Region.New(image);
        for (int y = 0; y < image.Height; y += StripRows)
        {
            region.Fetch(0, y, image.Width, Math.Min(StripRows, image.Height - y)).CopyTo(pixels, y * stride);
        }

        return new PixelImage(image.Width, image.Height, image.Bands, pixels);
    }

    private static Image ToRgb(Image image)
    {
        Image colour = image.Interpretation == Enums.Interpretation.Srgb && image.Format == Enums.BandFormat.Uchar
            ? image.Copy()
            : image.Colourspace(Enums.Interpretation.Srgb);
        if (colour.Bands > 3)
        {
            using Image all = colour;
            colour = all.ExtractBand(0, 3);
        }

        if (colour.Format != Enums.BandFormat.Uchar)
        {
            using Image deep = colour;
            colour = deep.Cast(Enums.BandFormat.Uchar);
        }

        return colour;
    }

    /// <summary>libvips speaks of loaders and buffers; a person wants to know what is wrong with the file.</summary>
    private static string Explain(string message)
    {
        if (message.Contains("not in a known format", StringComparison.Ordinal))
        {
            return "it is not an image in a known format";
        }

        string[] lines = message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string detail = lines.Length == 0 ? "unknown failure" : lines[^1];
        return $"it cannot be decoded: {detail}";
    }
}
