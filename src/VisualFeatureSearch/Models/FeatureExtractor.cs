using System.Buffers;
using VisualFeatureSearch.Imaging;

namespace VisualFeatureSearch.Models;

/// <summary>The shape of a layer's feature map.</summary>
/// <param name="Channels">C.</param>
/// <param name="Height">H, cells down.</param>
/// <param name="Width">W, cells across.</param>
public readonly record struct LayerShape(int Channels, int Height, int Width)
{
    /// <summary>Numbers of one feature map.</summary>
    public int Elements => Channels * Height * Width;
}

/// <summary>
/// A network cut off behind the wanted layers, ready to turn images into feature maps. Safe to use from several threads.
/// </summary>
public sealed class FeatureExtractor : IDisposable
{
    private readonly TensorRunner _runner;
    private readonly Dictionary<string, int> _places;
    private readonly LayerReader[] _readers;

    /// <summary>Takes a runner over, of a network whose outputs are the layers.</summary>
    /// <param name="runner">Runs the network; disposed with the extractor.</param>
    /// <param name="layers">The layers, in the order asked for.</param>
    /// <param name="outputs">The output of each layer.</param>
    /// <param name="readers">How each output becomes feature maps.</param>
    /// <param name="transform">The image transform.</param>
    internal FeatureExtractor(TensorRunner runner, IReadOnlyList<string> layers, IReadOnlyList<string> outputs, LayerReader[] readers, ImageTransform transform)
    {
        _runner = runner;
        _readers = readers;
        _places = Enumerable.Range(0, outputs.Count).ToDictionary(i => outputs[i]);
        Layers = layers;
        Transform = transform;
        Shapes = [.. readers.Select(reader => reader.Shape)];
    }

    /// <summary>The layers, in the order asked for.</summary>
    public IReadOnlyList<string> Layers { get; }

    /// <summary>The shape of each layer's feature map.</summary>
    public IReadOnlyList<LayerShape> Shapes { get; }

    /// <summary>The image transform.</summary>
    public ImageTransform Transform { get; }

    /// <summary>Images a run.</summary>
    public int Batch => _runner.Batch;

    /// <summary>Numbers of one image's input.</summary>
    public int ImageElements => _runner.ImageElements;

    /// <summary>Runs a full batch of normalised images.</summary>
    /// <param name="batch">Exactly <see cref="Batch"/> * <see cref="ImageElements"/> numbers.</param>
    /// <param name="handle">Called once a layer with the layer's place and its <c>[Batch, C, H, W]</c> features.</param>
    public void Run(float[] batch, Action<int, ReadOnlySpan<float>> handle) =>
        _runner.Run(batch, (name, _, elements) =>
        {
            int place = _places[name];
            LayerReader reader = _readers[place];
            if (reader.IsPlain)
            {
                handle(place, elements);
                return;
            }

            int mapElements = reader.Shape.Elements;
            float[] maps = ArrayPool<float>.Shared.Rent(Batch * mapElements);
            for (int image = 0; image < Batch; image++)
            {
                reader.Copy(elements, image, Batch, maps.AsSpan(image * mapElements, mapElements));
            }

            handle(place, maps.AsSpan(0, Batch * mapElements));
            ArrayPool<float>.Shared.Return(maps);
        });

    /// <summary>The feature maps of one crop, one a layer, each <c>[C, H, W]</c>.</summary>
    /// <param name="crop">What the transform cut from a photograph.</param>
    public IReadOnlyList<float[]> Extract(PixelImage crop)
    {
        float[] input = new float[Batch * ImageElements];
        Transform.Normalise(crop, input.AsSpan(0, ImageElements));
        float[][] maps = new float[Layers.Count][];
        Run(input, (layer, features) => maps[layer] = features[..Shapes[layer].Elements].ToArray());
        return maps;
    }

    /// <inheritdoc />
    public void Dispose() => _runner.Dispose();
}
