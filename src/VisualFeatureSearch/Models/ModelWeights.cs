using Google.Protobuf;
using VisualFeatureSearch.Models.Onnx;

namespace VisualFeatureSearch.Models;

/// <summary>
/// The weights of an ONNX file, to look at and to edit: what a network computes before and after an edit can then be compared as
/// that of two networks. Not safe to use from several threads.
/// </summary>
public sealed class ModelWeights
{
    private readonly ModelProto _model;
    private readonly Dictionary<string, TensorProto> _tensors;
    private readonly List<string> _edited = [];

    private ModelWeights(string path, ModelProto model)
    {
        FilePath = path;
        _model = model;
        Dictionary<string, NodeProto> users = [];
        foreach (NodeProto node in model.Graph.Node)
        {
            foreach (string input in node.Input)
            {
                users.TryAdd(input, node);
            }
        }

        // A constant that a node makes is a weight as well, under the name of what the node makes.
        (string Name, TensorProto Tensor)[] tensors =
        [
            .. model.Graph.Initializer.Select(tensor => (tensor.Name, tensor)),
            .. model.Graph.Node.Where(node => node.OpType == "Constant")
                .SelectMany(node => node.Attribute.Where(attribute => attribute is { Name: "value", T: not null }).Select(attribute => (node.Output[0], attribute.T))),
        ];
        _tensors = tensors.Where(weight => TensorNumbers.AreFloating(weight.Tensor)).DistinctBy(weight => weight.Name).ToDictionary(weight => weight.Name, weight => weight.Tensor);
        Weights =
        [
            .. _tensors.Select(weight => new WeightInfo(
                weight.Key,
                [.. weight.Value.Dims.Select(extent => (int)Math.Clamp(extent, -1, int.MaxValue))],
                OnnxGraph.TypeName(weight.Value.DataType),
                users.GetValueOrDefault(weight.Key)?.OpType ?? "",
                users.GetValueOrDefault(weight.Key)?.Output.FirstOrDefault() ?? "")),
        ];
    }

    /// <summary>The file that was read, as an absolute path.</summary>
    public string FilePath { get; }

    /// <summary>The weights of floating point numbers, in the order of the file.</summary>
    public IReadOnlyList<WeightInfo> Weights { get; }

    /// <summary>Reads an ONNX file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ModelException">The file is missing or not ONNX.</exception>
    public static ModelWeights Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            ModelProto model = ModelProto.Parser.ParseFrom(NetworkModel.ReadFile(path));
            return model.Graph is { Node.Count: > 0 }
                ? new ModelWeights(Path.GetFullPath(path), model)
                : throw new ModelException($"{path} is not an ONNX model: it has no graph");
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new ModelException($"{path} is not an ONNX model: {exception.Message}", exception);
        }
    }

    /// <summary>Finds a weight.</summary>
    /// <param name="name">Its name, or the name of the layer that it is of where that has only one of more than one axis.</param>
    /// <exception cref="ModelException">The network has no such weight.</exception>
    public WeightInfo Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (Weights.FirstOrDefault(weight => weight.Name == name) is { } found)
        {
            return found;
        }

        WeightInfo[] ofLayer = [.. Weights.Where(weight => weight.Output == name && weight.Shape.Count > 1)];
        string[] near = [.. Weights.SelectMany(weight => (string[])[weight.Name, weight.Output]).Where(known => known.Contains(name, StringComparison.OrdinalIgnoreCase)).Distinct().Take(3)];
        return ofLayer.Length == 1
            ? ofLayer[0]
            : throw new ModelException($"{FilePath} has no weight '{name}'{(near.Length == 0 ? "" : $" (near: {string.Join(", ", near)})")}: 'vissearch model weights' lists them");
    }

    /// <summary>Reads a weight's numbers in C order, rounded to float32, with the edits.</summary>
    /// <param name="name">As in <see cref="Find"/>.</param>
    /// <exception cref="ModelException">There is no such weight, or its numbers cannot be read.</exception>
    public float[] Read(string name)
    {
        WeightInfo weight = Find(name);
        return weight.Elements is >= 0 && weight.Elements <= Array.MaxLength / sizeof(double) && weight.Shape.All(extent => extent >= 0)
            ? TensorNumbers.Read(_tensors[weight.Name], (int)weight.Elements, Path.GetDirectoryName(FilePath)!)
            : throw new ModelException($"the weight '{weight.Name}' has the shape [{string.Join(", ", weight.Shape)}], which is no shape or too large to be edited");
    }

    /// <summary>Replaces a weight's numbers; <see cref="Save"/> writes them.</summary>
    /// <param name="name">As in <see cref="Find"/>.</param>
    /// <param name="values">All numbers of the weight in C order; each is rounded to the weight's own element type.</param>
    /// <exception cref="ModelException">There is no such weight, or it has another number of elements.</exception>
    public void Replace(string name, ReadOnlySpan<float> values)
    {
        WeightInfo weight = Find(name);
        if (values.Length != weight.Elements)
        {
            throw new ModelException($"the weight '{weight.Name}' has {weight.Elements} numbers, shape [{string.Join(", ", weight.Shape)}]: {values.Length} cannot replace them");
        }

        TensorNumbers.Write(_tensors[weight.Name], values);
        if (!_edited.Contains(weight.Name))
        {
            _edited.Add(weight.Name);
        }
    }

    /// <summary>
    /// Writes the edited network to a file, and its card beside it, which says what was edited. Weights that lie in files of their
    /// own stay there, so the new file must go into the same folder.
    /// </summary>
    /// <param name="path">The new file.</param>
    /// <exception cref="ModelException">It is the file that was read or has the same card, or its external weights would not be found from there.</exception>
    /// <exception cref="IOException">The file cannot be written; then there is none.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string target = Path.GetFullPath(path);
        if (string.Equals(target, FilePath, StringComparison.OrdinalIgnoreCase))
        {
            throw new ModelException($"{path} is the network that was read: write the edited one to another file, so that both can be compared");
        }

        if (!string.Equals(Path.GetExtension(target), ".onnx", StringComparison.OrdinalIgnoreCase))
        {
            throw new ModelException($"{path} must end in .onnx, as every network: its card is kept beside it with the ending .json");
        }

        string cardPath = Path.ChangeExtension(target, ".json");
        if (string.Equals(cardPath, Path.ChangeExtension(FilePath, ".json"), StringComparison.OrdinalIgnoreCase))
        {
            throw new ModelException($"{path} would have the same card as the network that was read, {cardPath}: give it another name");
        }

        if (Path.GetDirectoryName(target) != Path.GetDirectoryName(FilePath) && OnnxGraph.TensorsOf(_model.Graph).Any(TensorNumbers.AreExternal))
        {
            throw new ModelException($"{FilePath} keeps weights in files beside it: write {Path.GetFileName(path)} into the same folder, {Path.GetDirectoryName(FilePath)}");
        }

        ModelCard card = ModelCard.ForModel(FilePath);
        card = card with { Title = $"{card.Title ?? Path.GetFileNameWithoutExtension(FilePath)}, edited: {string.Join(", ", _edited)}", Sha256 = null };
        string partial = target + ".partial";
        string partialCard = cardPath + ".partial";
        try
        {
            using (FileStream stream = File.Create(partial))
            {
                _model.WriteTo(stream);
                stream.Flush(flushToDisk: true);
            }

            File.WriteAllBytes(partialCard, card.ToJson());
            File.Move(partial, target, overwrite: true);
            File.Move(partialCard, cardPath, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
            File.Delete(partialCard);
        }
    }
}
