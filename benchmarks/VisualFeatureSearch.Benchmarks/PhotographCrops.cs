using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;

namespace VisualFeatureSearch.Benchmarks;

/// <summary>Features of random crops of the gallery's photographs through a bundled network.</summary>
internal sealed class PhotographCrops : IMapSource
{
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
        _extractor = ModelLocator.Load("ssd-mobilenet-v2-oid").OpenExtractor([layer], ImageTransform.Parse($"tensorflow:{GalleryCrops.Size}"), threads: 1);
        _input = new float[_extractor.ImageElements];
        _map = new float[channels * grid * grid];
        if (_extractor.Shapes[0].Channels < channels)
        {
            throw new ArgumentException($"The layer '{layer}' has {_extractor.Shapes[0].Channels} channels.");
        }
    }

    public void Fill(Random random, Span<float> map)
    {
        _extractor.Transform.Normalise(GalleryCrops.Next(random), _input);
        _extractor.Run(_input, (_, features) => features[.._map.Length].CopyTo(_map));
        _map.CopyTo(map);
    }

    public void Dispose() => _extractor.Dispose();
}
