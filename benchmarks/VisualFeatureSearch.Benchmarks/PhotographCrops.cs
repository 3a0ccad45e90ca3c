using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;

namespace VisualFeatureSearch.Benchmarks;

/// <summary>
/// Features of random crops of the gallery's photographs through a bundled network: real ones, in any number. A crop covers
/// a fifth to all of a side, anywhere in the photograph, and every second one is mirrored.
/// </summary>
internal sealed class PhotographCrops : IMapSource
{
    private const string Gallery = "assets/gallery";
    private const int InputSize = 224;

    private static readonly PixelImage[] Photographs =
        [.. Directory.EnumerateFiles(Gallery, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(file => ImageDecoder.DecodeFile(file))];

    private readonly FeatureExtractor _extractor;
    private readonly float[] _input;
    private readonly float[] _map;

    /// <summary>Opens one thread's session of the network.</summary>
    /// <param name="channels">How many of the layer's channels are wanted, the first of them.</param>
    /// <param name="grid">The width of the feature map wanted: 7, 14 or 28.</param>
    public PhotographCrops(int channels, int grid)
    {
        string layer = grid switch
        {
            7 => "Conv_1",
            14 => "expanded_conv_13/expand",
            28 => "expanded_conv_5/add",
            _ => throw new ArgumentException($"The bundled network has no layer of {grid} x {grid} cells."),
        };
        _extractor = ModelLocator.Load("ssd-mobilenet-v2-oid").OpenExtractor([layer], ImageTransform.Parse($"tensorflow:{InputSize}"), threads: 1);
        _input = new float[_extractor.ImageElements];
        _map = new float[channels * grid * grid];
        if (_extractor.Shapes[0].Channels < channels)
        {
            throw new ArgumentException($"The layer '{layer}' has {_extractor.Shapes[0].Channels} channels.");
        }
    }

    public void Fill(Random random, Span<float> map)
    {
        PixelImage photograph = Photographs[random.Next(Photographs.Length)];
        double side = Math.Min(photograph.Width, photograph.Height) * (0.2 + (0.8 * random.NextDouble()));
        int width = (int)Math.Ceiling(photograph.Width * InputSize / side);
        int height = (int)Math.Ceiling(photograph.Height * InputSize / side);
        PixelBox part = new(random.Next(width - InputSize + 1), random.Next(height - InputSize + 1), InputSize, InputSize);
        PixelImage crop = Resampler.Resize(photograph, width, height, part, ResizeFilter.Bilinear);
        if (random.Next(2) == 1)
        {
            Mirror(crop);
        }

        _extractor.Transform.Normalise(crop, _input);
        _extractor.Run(_input, (_, features) => features[.._map.Length].CopyTo(_map));
        _map.CopyTo(map);
    }

    public void Dispose() => _extractor.Dispose();

    private static void Mirror(PixelImage image)
    {
        for (int y = 0; y < image.Height; y++)
        {
            Span<byte> row = image.Pixels.AsSpan(y * image.Width * image.Channels, image.Width * image.Channels);
            for (int left = 0, right = image.Width - 1; left < right; left++, right--)
            {
                for (int channel = 0; channel < image.Channels; channel++)
                {
                    (row[(left * image.Channels) + channel], row[(right * image.Channels) + channel]) =
                        (row[(right * image.Channels) + channel], row[(left * image.Channels) + channel]);
                }
            }
        }
    }
}
