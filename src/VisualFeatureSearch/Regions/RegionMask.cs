using System.Globalization;
using VisualFeatureSearch.Imaging;

namespace VisualFeatureSearch.Regions;

/// <summary>A brush mask at the resolution of a layer: one weight a cell, usually in [0, 1].</summary>
public sealed class RegionMask
{
    /// <summary>Far beyond what any mask means, and far below where squares of weights overflow.</summary>
    private const float LargestWeight = 1e6f;

    /// <summary>Smaller weights count as 0: their squares would vanish, and features would count that the norm does not know of.</summary>
    private const float SmallestWeight = 1e-18f;

    private readonly float[] _weights;

    /// <summary>Wraps weights.</summary>
    /// <param name="height">Cells down, H.</param>
    /// <param name="width">Cells across, W.</param>
    /// <param name="weights">Finite weights, at most a million in size, row by row, exactly H x W.</param>
    /// <exception cref="RegionException">A weight is NaN or beyond a million.</exception>
    public RegionMask(int height, int width, ReadOnlySpan<float> weights)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        if (weights.Length != height * width)
        {
            throw new ArgumentException($"{height} x {width} cells need {height * width} weights, not {weights.Length}.", nameof(weights));
        }

        _weights = new float[weights.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            float weight = weights[i];
            if (!float.IsFinite(weight))
            {
                throw new RegionException("the mask contains an infinity or NaN: every weight must be a finite number");
            }

            if (Math.Abs(weight) > LargestWeight)
            {
                throw new RegionException(string.Create(CultureInfo.InvariantCulture, $"the mask has a weight of {weight}: weights are usually from 0 to 1, and at most a million"));
            }

            _weights[i] = Math.Abs(weight) < SmallestWeight ? 0 : weight;
        }

        Height = height;
        Width = width;
    }

    /// <summary>Cells down, H.</summary>
    public int Height { get; }

    /// <summary>Cells across, W.</summary>
    public int Width { get; }

    /// <summary>The weights, row by row.</summary>
    public ReadOnlySpan<float> Weights => _weights;

    /// <summary>The weight of a cell.</summary>
    public float this[int y, int x] => _weights[(y * Width) + x];

    /// <summary>
    /// Resizes a brush mask to the layer's grid with Pillow's antialiased bilinear filter and divides by 255.
    /// </summary>
    /// <param name="brush">The alpha that was painted on the crop that the network sees, one channel.</param>
    /// <param name="height">Cells down, H.</param>
    /// <param name="width">Cells across, W.</param>
    public static RegionMask FromBrush(PixelImage brush, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(brush);
        if (brush.Channels != 1)
        {
            throw new ArgumentException("A brush mask has one channel, its alpha.", nameof(brush));
        }

        PixelImage resized = Resampler.Resize(brush, width, height);
        float[] weights = new float[height * width];
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = resized.Pixels[i] / 255f;
        }

        return new RegionMask(height, width, weights);
    }
}
