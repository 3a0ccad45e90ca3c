namespace VisualFeatureSearch.Imaging;

public sealed partial record ImageTransform
{
    /// <summary>
    /// Where the crop lies. The longer side is truncated and the crop's corner rounded half to even, as torchvision does.
    /// </summary>
    /// <param name="width">The photograph's width in pixels.</param>
    /// <param name="height">The photograph's height in pixels.</param>
    /// <returns>The size after resizing, and the crop inside of it.</returns>
    public (int Width, int Height, PixelBox Crop) Place(int width, int height)
    {
        int resizedHeight = Size;
        int resizedWidth = InputWidth == InputHeight ? Size : (int)Math.Round((double)Size * InputWidth / InputHeight);
        if (Resize == ResizeMode.ShorterSide)
        {
            if ((long)width * resizedHeight <= (long)height * resizedWidth)
            {
                resizedHeight = (int)((double)resizedWidth * height / width);
            }
            else
            {
                resizedWidth = (int)((double)resizedHeight * width / height);
            }
        }

        int x = (int)Math.Round((resizedWidth - InputWidth) / 2.0, MidpointRounding.ToEven);
        int y = (int)Math.Round((resizedHeight - InputHeight) / 2.0, MidpointRounding.ToEven);
        return (resizedWidth, resizedHeight, new PixelBox(x, y, InputWidth, InputHeight));
    }

    /// <summary>The crop that the network sees, still as pixels. Works for a brush mask over the photograph as well.</summary>
    public PixelImage Cut(PixelImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        (int width, int height, PixelBox crop) = Place(image.Width, image.Height);
        return Resampler.Resize(image, width, height, crop, Filter);
    }

    /// <summary>The same part of the photograph with more pixels, for looking at it.</summary>
    /// <param name="factor">How many times as many pixels across and down, at least 1.</param>
    public ImageTransform Enlarge(int factor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        return this with { Size = Size * factor, Crop = Crop * factor, Width = Width * factor };
    }

    /// <summary>The numbers of a crop: <c>[ChannelCount, InputHeight, InputWidth]</c>.</summary>
    /// <param name="crop">What <see cref="Cut"/> gave, RGB.</param>
    /// <param name="destination">Room for exactly the result.</param>
    public void Normalise(PixelImage crop, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(crop);
        int plane = InputHeight * InputWidth;
        if (crop.Width != InputWidth || crop.Height != InputHeight || crop.Channels != 3)
        {
            throw new ArgumentException($"The crop is {crop.Width} x {crop.Height} x {crop.Channels}, not {InputWidth} x {InputHeight} x 3.", nameof(crop));
        }

        if (destination.Length != plane * ChannelCount)
        {
            throw new ArgumentException($"{plane * ChannelCount} numbers are needed, not {destination.Length}.", nameof(destination));
        }

        Span<float> values = stackalloc float[256];
        for (int channel = 0; channel < ChannelCount; channel++)
        {
            FillTable(channel, values);
            Span<float> target = destination.Slice(channel * plane, plane);
            ReadOnlySpan<byte> pixels = crop.Pixels;
            if (Channels == ChannelOrder.Grey)
            {
                // Pillow's luma: 299/587/114 thousandths in 16 fractional bits, rounded.
                for (int i = 0; i < target.Length; i++)
                {
                    int luma = (pixels[3 * i] * 19595) + (pixels[(3 * i) + 1] * 38470) + (pixels[(3 * i) + 2] * 7471) + 0x8000;
                    target[i] = values[luma >> 16];
                }
            }
            else
            {
                int from = Channels == ChannelOrder.Bgr ? 2 - channel : channel;
                for (int i = 0; i < target.Length; i++, from += 3)
                {
                    target[i] = values[pixels[from]];
                }
            }
        }
    }

    /// <summary>Every value a pixel can become in one channel; in float32 steps, as torchvision computes them.</summary>
    private void FillTable(int channel, Span<float> values)
    {
        float mean = Mean.Count == 0 ? 0 : (float)Mean[channel];
        float std = Std.Count == 0 ? 1 : (float)Std[channel];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = ((float)((i * Scale) + Offset) - mean) / std;
        }
    }
}
