using System.Security.Cryptography;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models.Onnx;

namespace VisualFeatureSearch.Models;

/// <summary>A network from an ONNX file: its inputs, its tensors, and feature extractors for any of them.</summary>
public sealed class NetworkModel
{
    private readonly byte[] _bytes;
    private readonly OnnxGraph _graph;

    private NetworkModel(string path, byte[] bytes, OnnxGraph graph, ModelCard card)
    {
        FilePath = path;
        _bytes = bytes;
        _graph = graph;
        Card = card;
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
    }

    /// <summary>The file, as an absolute path.</summary>
    public string FilePath { get; }

    /// <summary>The file's name without its ending.</summary>
    public string Name => Path.GetFileNameWithoutExtension(FilePath);

    /// <summary>SHA-256 of the file, lower-case hexadecimal.</summary>
    public string Sha256 { get; }

    /// <summary>What is known of the network beside its file.</summary>
    public ModelCard Card { get; }

    /// <summary>The network's inputs.</summary>
    public IReadOnlyList<ModelInput> Inputs => _graph.Inputs;

    /// <summary>Loads an ONNX file and the card beside it.</summary>
    /// <exception cref="ModelException">The file is missing, not ONNX, or has no image input.</exception>
    public static NetworkModel Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ModelException(
                exception is FileNotFoundException or DirectoryNotFoundException ? $"{path}: no such file" : $"{path} cannot be read: {exception.Message}",
                exception);
        }

        try
        {
            return new NetworkModel(Path.GetFullPath(path), bytes, OnnxGraph.Parse(bytes), ModelCard.ForModel(path));
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new ModelException($"{path} is not an ONNX model: {exception.Message}", exception);
        }
        catch (ModelException exception) when (exception.InnerException is null)
        {
            throw new ModelException($"{path}: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// The transform to use where none is given: the card's, else torchvision's with the input's own size where the
    /// network fixes it.
    /// </summary>
    /// <exception cref="ModelException">The card's transform cannot be read.</exception>
    public ImageTransform DefaultTransform()
    {
        if (Card.Transform is not { } text)
        {
            return ImageTransform.TorchvisionImageNet(_graph.ImageInput.Shape[^1] is > 0 and int size ? size : 224);
        }

        try
        {
            return ImageTransform.Parse(text);
        }
        catch (FormatException exception)
        {
            throw new ModelException($"the model card of {Name}: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// Every tensor that is a feature map, in the order in which the network computes them, with its shape for images
    /// of the transform's size. The network runs once to find the shapes.
    /// </summary>
    /// <param name="transform">The image transform.</param>
    /// <exception cref="ModelException">The network does not run at this size.</exception>
    public IReadOnlyList<LayerInfo> ListLayers(ImageTransform transform)
    {
        IReadOnlyList<OnnxTensor> tensors = _graph.Tensors;
        Dictionary<string, long[]> shapes = [];
        using (TensorRunner runner = new(_graph.Expose([.. tensors.Select(tensor => tensor.Name)]), _graph.ImageInput, transform, threads: 0))
        {
            float[] grey = new float[runner.Batch * runner.ImageElements];
            runner.Run(grey, (name, shape, _) => shapes[name] = shape.ToArray());
        }

        List<LayerInfo> layers = [];
        foreach (OnnxTensor tensor in tensors)
        {
            if (shapes.TryGetValue(tensor.Name, out long[]? shape) && shape.Length == 4 && shape[2] > 1 && shape[3] > 1)
            {
                layers.Add(new LayerInfo(tensor.Name, tensor.NodeKind, (int)shape[1], (int)shape[2], (int)shape[3], false));
            }
        }

        HashSet<string> suggested = Suggest(layers);
        return [.. layers.Select(layer => layer with { IsSuggested = suggested.Contains(layer.Name) })];
    }

    /// <summary>Opens an extractor of one or more layers. The nodes behind the last of them are cut away.</summary>
    /// <param name="layers">Names of tensors.</param>
    /// <param name="transform">The image transform.</param>
    /// <param name="threads">Threads of one run of the network; 0 for all cores.</param>
    /// <param name="batch">Images a run; a network that fixes its batch decides itself.</param>
    /// <exception cref="ModelException">The network has no such tensor, or it is not a feature map, or the network does not run at this size.</exception>
    public FeatureExtractor OpenExtractor(IReadOnlyList<string> layers, ImageTransform transform, int threads = 0, int batch = 1)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(transform);
        foreach (string layer in layers)
        {
            if (!_graph.Contains(layer))
            {
                throw new ModelException($"the model {Name} has no tensor '{layer}'{NearestNames(layer)}: 'vissearch layers' lists them");
            }
        }

        return new FeatureExtractor(_graph.Tap(layers), _graph.ImageInput, layers, transform, threads, batch);
    }

    internal byte[] TapForTest(IReadOnlyList<string> layers) => _graph.Tap(layers);

    internal InferenceSession OpenWhole(IReadOnlyList<string> exposed) => new(exposed.Count == 0 ? _bytes : _graph.Expose(exposed));

    /// <summary>The card's layers; else the last tensor of each resolution from 5 to 40 cells that has at least 16 channels.</summary>
    private HashSet<string> Suggest(List<LayerInfo> layers)
    {
        HashSet<string> known = [.. (Card.Layers ?? []).Where(name => layers.Any(layer => layer.Name == name))];
        return known.Count > 0
            ? known
            : [.. layers
                .Where(layer => layer.Channels >= 16 && Math.Min(layer.Height, layer.Width) >= 5 && Math.Max(layer.Height, layer.Width) <= 40)
                .GroupBy(layer => (layer.Height, layer.Width))
                .Select(group => group.Last().Name)];
    }

    private string NearestNames(string wanted)
    {
        string[] near = [.. _graph.Tensors.Select(tensor => tensor.Name)
            .Where(name => name.Contains(wanted, StringComparison.OrdinalIgnoreCase) || wanted.Contains(name, StringComparison.OrdinalIgnoreCase))
            .OrderBy(name => Math.Abs(name.Length - wanted.Length))
            .Take(3)];
        return near.Length == 0 ? "" : $" (near: {string.Join(", ", near)})";
    }
}
