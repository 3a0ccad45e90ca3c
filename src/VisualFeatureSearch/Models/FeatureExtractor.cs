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
    private readonly Dictionary<string, int> _places = [];

    internal FeatureExtractor(byte[] model, ModelInput input, IReadOnlyList<string> layers, ImageTransform transform, int threads, int batch)
    {
        Layers = layers;
        Transform = transform;
        _runner = new TensorRunner(model, input, transform, threads, batch);
        for (int i = 0; i < layers.Count; i++)
        {
            _places[layers[i]] = i;
        }

        LayerShape[] shapes = new LayerShape[layers.Count];
        int images = _runner.Batch;
        _runner.Run(new float[images * _runner.ImageElements], (name, shape, _) =>
        {
            if (shape.Length != 4 || shape[0] != images)
            {
                throw new ModelException($"the tensor '{name}' has the shape [{string.Join(", ", shape.ToArray())}]: a layer needs [batch, channels, height, width]");
            }

            shapes[_places[name]] = new LayerShape((int)shape[1], (int)shape[2], (int)shape[3]);
        });
        int missing = Array.FindIndex(shapes, shape => shape.Elements == 0);
        Shapes = missing < 0 ? shapes : throw new ModelException($"the tensor '{layers[missing]}' does not hold float32 numbers, so it cannot be a layer");
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
        _runner.Run(batch, (name, _, elements) => handle(_places[name], elements));

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
