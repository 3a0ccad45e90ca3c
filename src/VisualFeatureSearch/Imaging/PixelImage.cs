namespace VisualFeatureSearch.Imaging;

/// <summary>Decoded pixels, 8 bits a channel, rows from the top, channels interleaved.</summary>
public sealed class PixelImage
{
    /// <summary>Wraps pixels.</summary>
    /// <param name="width">Pixels across, at least 1.</param>
    /// <param name="height">Pixels down, at least 1.</param>
    /// <param name="channels">1 (grey or alpha) or 3 (RGB).</param>
    /// <param name="pixels">Exactly <c>width * height * channels</c> bytes.</param>
    public PixelImage(int width, int height, int channels, byte[] pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (channels is not (1 or 3))
        {
            throw new ArgumentOutOfRangeException(nameof(channels), channels, "An image has 1 or 3 channels.");
        }

        if (pixels.LongLength != (long)width * height * channels)
        {
            throw new ArgumentException($"{width} x {height} x {channels} pixels have {(long)width * height * channels} bytes, not {pixels.Length}.", nameof(pixels));
        }

        Width = width;
        Height = height;
        Channels = channels;
        Pixels = pixels;
    }

    /// <summary>Pixels across.</summary>
    public int Width { get; }

    /// <summary>Pixels down.</summary>
    public int Height { get; }

    /// <summary>1 (grey or alpha) or 3 (RGB).</summary>
    public int Channels { get; }

    /// <summary>The bytes, <c>[Height, Width, Channels]</c>.</summary>
    public byte[] Pixels { get; }
}
