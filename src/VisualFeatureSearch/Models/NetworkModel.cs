using System.Security.Cryptography;
using System.Text;
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

    private NetworkModel(string path, byte[] bytes, OnnxGraph graph, ModelCard card, ModelOptions options)
    {
        FilePath = path;
        _bytes = bytes;
        _graph = graph;
        Card = card;
        Options = options;
        Sha256 = ComputeSha256();
    }

    /// <summary>The file, as an absolute path.</summary>
    public string FilePath { get; }

    /// <summary>The file's name without its ending.</summary>
    public string Name => Path.GetFileNameWithoutExtension(FilePath);

    /// <summary>
    /// SHA-256 of the file, lower-case hexadecimal. Where weights lie in files of their own: of the text that has the file's
    /// hash on the first line and then a line <c>HASH  NAME</c> for each of those.
    /// </summary>
    public string Sha256 { get; }

    /// <summary>What is known of the network beside its file.</summary>
    public ModelCard Card { get; }

    /// <summary>What a person says of the network.</summary>
    public ModelOptions Options { get; }

    /// <summary>The network's inputs.</summary>
    public IReadOnlyList<ModelInput> Inputs => _graph.Inputs;

    /// <summary>The input that takes images.</summary>
    public ModelInput ImageInput => _graph.ImageInput;

    private string Folder => Path.GetDirectoryName(FilePath)!;

    /// <summary>Loads an ONNX file and the card beside it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What a person says of the network; null for nothing.</param>
    /// <exception cref="ModelException">The file is missing, not ONNX, or has no image input.</exception>
    public static NetworkModel Load(string path, ModelOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] bytes = ReadFile(path);
        try
        {
            OnnxGraph graph = OnnxGraph.Parse(bytes);
            options ??= ModelOptions.Default;
            string[] unknown = [.. options.Inputs.Keys.Where(name => graph.Inputs.All(input => input.Name != name) || name == graph.ImageInput.Name)];
            return unknown.Length == 0
                ? new NetworkModel(Path.GetFullPath(path), bytes, graph, ModelCard.ForModel(path), options)
                : throw new ModelException($"it has no further input '{unknown[0]}': its inputs are {string.Join(", ", graph.Inputs.Select(input => input.Name))}, of which {graph.ImageInput.Name} takes the images");
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
            ModelInput input = ImageInput;
            ImageTransform transform = ImageTransform.TorchvisionImageNet(input.Height > 0 ? input.Height : 224);
            return input.Width > 0 && input.Width != transform.InputHeight ? transform with { Width = input.Width } : transform;
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
        ArgumentNullException.ThrowIfNull(transform);
        string[] names = [.. _graph.Tensors.Select(tensor => tensor.Name)];
        Dictionary<string, long[]> shapes = RunOnce(_graph.Expose(names), transform, out int batch);
        HashSet<GridSize> grids = GridsOf(_graph.Tensors.Where(tensor => OnnxGraph.IsConvolution(tensor.NodeKind)).Select(tensor => tensor.Name), shapes, batch);
        List<(OnnxTensor Tensor, long[] Shape, LayerReader Reader)> found = [];
        foreach (OnnxTensor tensor in _graph.Tensors)
        {
            if (shapes.TryGetValue(_graph.OutputOf(tensor.Name), out long[]? shape)
                && LayerReader.Find(shape, batch, new GridSize(transform.InputHeight, transform.InputWidth), ImageInput.IsChannelsLast, grids, Options) is { Shape: { Height: > 1, Width: > 1 } } reader)
            {
                found.Add((tensor, shape, reader));
            }
        }

        // Inside of attention, tokens stand beside heads and beside each other: no feature maps, though they have four axes.
        HashSet<long> tokens = [.. found.Where(layer => layer.Shape.Length == 3).Select(layer => layer.Shape[layer.Reader.Layout == FeatureLayout.Tokens ? 1 : 0])];
        LayerInfo[] layers =
        [
            .. found.Where(layer => layer.Shape.Length == 3 || OnnxGraph.IsConvolution(layer.Tensor.NodeKind) || !layer.Shape.Skip(1).Any(tokens.Contains))
                .Select(layer => new LayerInfo(
                    layer.Tensor.Name, layer.Tensor.NodeKind, layer.Reader.Shape.Channels, layer.Reader.Shape.Height, layer.Reader.Shape.Width, false, layer.Reader.Layout)),
        ];
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

        if (3L * transform.InputHeight * transform.InputWidth * batch > Array.MaxLength)
        {
            throw new ModelException($"a run of {batch:N0} images of {transform.InputWidth} x {transform.InputHeight} pixels does not fit into memory: make the batch smaller");
        }

        string[] outputs = [.. layers.Select(_graph.OutputOf)];
        TensorRunner runner = new(_graph, _graph.Tap(layers), FilePath, transform, Options, threads, batch);
        try
        {
            return new FeatureExtractor(runner, layers, outputs, FindReaders(runner, layers, outputs, transform), transform);
        }
        catch
        {
            runner.Dispose();
            throw;
        }
    }

    /// <summary>Looks whether a file is an ONNX model, without its card and its weights' own files.</summary>
    /// <exception cref="ModelException">It is not.</exception>
    internal static void EnsureIsModel(string path)
    {
        try
        {
            OnnxGraph.Parse(ReadFile(path));
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new ModelException(exception.Message, exception);
        }
    }

    internal byte[] TapForTest(IReadOnlyList<string> layers) => _graph.Tap(layers);

    internal InferenceSession OpenWhole(IReadOnlyList<string> exposed)
    {
        using SessionOptions options = new();
        options.AddSessionConfigEntry(TensorRunner.WeightsFolder, Folder);
        options.AddSessionConfigEntry(TensorRunner.NoQuantizedFusion, "1");
        return new(exposed.Count == 0 ? _bytes : _graph.Expose(exposed), options);
    }

    internal static byte[] ReadFile(string path)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: > int.MaxValue }
                ? throw new ModelException($"{path} is larger than 2 GB, more than an ONNX file can hold: save its weights beside it (onnx.save_model(model, path, save_as_external_data=True))")
                : File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ModelException(
                exception is FileNotFoundException or DirectoryNotFoundException ? $"{path}: no such file" : $"{path} cannot be read: {exception.Message}",
                exception);
        }
    }

    private static HashSet<GridSize> GridsOf(IEnumerable<string> convolutions, Dictionary<string, long[]> shapes, int batch)
    {
        HashSet<GridSize> grids = [];
        foreach (string name in convolutions)
        {
            if (shapes.TryGetValue(name, out long[]? shape) && shape.Length == 4 && shape[0] == batch && shape[2] > 1 && shape[3] > 1)
            {
                grids.Add(new GridSize((int)shape[2], (int)shape[3]));
            }
        }

        return grids;
    }

    private string ComputeSha256()
    {
        string own = Convert.ToHexStringLower(SHA256.HashData(_bytes));
        if (_graph.ExternalFiles.Count == 0)
        {
            return own;
        }

        StringBuilder text = new(own + "\n");
        foreach (string name in _graph.ExternalFiles.Order(StringComparer.Ordinal))
        {
            string path = Path.Combine(Folder, name);
            try
            {
                using FileStream stream = File.OpenRead(path);
                text.Append($"{Convert.ToHexStringLower(SHA256.HashData(stream))}  {name}\n");
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw new ModelException($"{FilePath} keeps its weights in {path}, which cannot be read: both files belong in one folder", exception);
            }
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>The shapes of a model's outputs for a grey image.</summary>
    private Dictionary<string, long[]> RunOnce(byte[] model, ImageTransform transform, out int batch)
    {
        Dictionary<string, long[]> shapes = [];
        using TensorRunner runner = new(_graph, model, FilePath, transform, Options, threads: 0);
        runner.Run(new float[runner.Batch * runner.ImageElements], (name, shape, _) => shapes[name] = shape.ToArray());
        batch = runner.Batch;
        return shapes;
    }

    private LayerReader[] FindReaders(TensorRunner runner, IReadOnlyList<string> layers, string[] outputs, ImageTransform transform)
    {
        Dictionary<string, long[]> shapes = [];
        runner.Run(new float[runner.Batch * runner.ImageElements], (name, shape, _) => shapes[name] = shape.ToArray());
        HashSet<GridSize> grids = [];
        if (shapes.Values.Any(shape => shape.Length == 3) && Options.Grid is null && _graph.ConvolutionsBefore(layers) is { Count: > 0 } convolutions)
        {
            grids = GridsOf(convolutions, RunOnce(_graph.Tap(convolutions), transform, out int batch), batch);
        }

        LayerReader[] readers = new LayerReader[layers.Count];
        for (int i = 0; i < readers.Length; i++)
        {
            if (!shapes.TryGetValue(outputs[i], out long[]? shape))
            {
                throw new ModelException($"the tensor '{layers[i]}' does not hold floating point numbers, so it cannot be a layer");
            }

            readers[i] = LayerReader.Find(shape, runner.Batch, new GridSize(transform.InputHeight, transform.InputWidth), ImageInput.IsChannelsLast, grids, Options)
                ?? throw new ModelException(
                    $"the tensor '{layers[i]}' has the shape [{string.Join(", ", shape)}], which is no feature map{(Options.Layout is { } layout ? $" of the layout {layout.ToString().ToLowerInvariant()}" : "")}: a layer needs [batch, channels, height, width], [batch, height, width, channels] or [batch, tokens, channels]{(shape.Length == 3 ? "; how many tokens the grid has can be said with --grid HEIGHTxWIDTH" : "")}");
        }

        return readers;
    }

    /// <summary>The card's layers; else the last tensor of each resolution from 5 to 40 cells that has at least 16 channels.</summary>
    private HashSet<string> Suggest(LayerInfo[] layers)
    {
        HashSet<string> known = [.. (Card.Layers ?? []).Where(name => layers.Any(layer => layer.Name == name))];
        return known.Count > 0
            ? known
            : [.. layers
                .Where(layer => layer.Channels >= 16 && Math.Min(layer.Height, layer.Width) >= 5 && Math.Max(layer.Height, layer.Width) <= 40)
                .GroupBy(layer => (layer.Height, layer.Width, IsTokens: layer.Layout >= FeatureLayout.Tokens))
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
