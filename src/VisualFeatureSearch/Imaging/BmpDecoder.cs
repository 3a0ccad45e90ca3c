using System.Buffers.Binary;
using StbImageSharp;

namespace VisualFeatureSearch.Imaging;

/// <summary>BMP, which the usual builds of libvips leave out.</summary>
internal static class BmpDecoder
{
    private const int HeaderLength = 30;

    public static bool IsBmp(ReadOnlySpan<byte> bytes) => bytes.Length >= HeaderLength && bytes.StartsWith("BM"u8);

    /// <summary>Decodes with alpha where the file has it, else opaque: RGBA, interleaved.</summary>
    public static (int Width, int Height, byte[] Rgba) Decode(byte[] bytes, long? maximumPixels)
    {
        long width = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(18));
        long height = Math.Abs((long)BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(22)));
        ImageDecoder.EnsureSize(width, height, maximumPixels);

        // The decoder fills what is missing with zeros; a half picture must not pass for a whole one.
        long dataStart = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(10));
        long stride = ((width * BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(28))) + 31) / 32 * 4;
        if (dataStart + (stride * height) > bytes.Length)
        {
            throw new ImageException("it cannot be decoded: the file is truncated");
        }

        try
        {
            ImageResult image = ImageResult.FromMemory(bytes, ColorComponents.RedGreenBlueAlpha);
            return (image.Width, image.Height, image.Data);
        }
        catch (Exception exception) when (exception is InvalidOperationException or IOException or ArgumentException or IndexOutOfRangeException)
        {
            throw new ImageException($"it cannot be decoded: {exception.Message}", exception);
        }
    }
}
