using Google.Protobuf;

namespace VisualFeatureSearch.Models.Onnx;

/// <summary>A tensor that a node of the graph makes.</summary>
internal sealed record OnnxTensor(string Name, string NodeKind);

/// <summary>An ONNX graph, and the surgery on it: exposing tensors as outputs and cutting away what they do not need.</summary>
internal sealed class OnnxGraph
{
    private const int FloatElements = 1;

    private readonly ModelProto _model;

    private OnnxGraph(ModelProto model, IReadOnlyList<ModelInput> inputs, ModelInput imageInput)
    {
        _model = model;
        Inputs = inputs;
        ImageInput = imageInput;
        Tensors = [.. model.Graph.Node.SelectMany(node => node.Output.Where(name => name.Length > 0).Select(name => new OnnxTensor(name, node.OpType)))];
    }

    public IReadOnlyList<ModelInput> Inputs { get; }

    /// <summary>The input that takes images: the first of four axes.</summary>
    public ModelInput ImageInput { get; }

    /// <summary>The tensors in the order in which they are computed.</summary>
    public IReadOnlyList<OnnxTensor> Tensors { get; }

    public static OnnxGraph Parse(byte[] bytes)
    {
        ModelProto model = ModelProto.Parser.ParseFrom(bytes);
        if (model.Graph is null || model.Graph.Node.Count == 0)
        {
            throw new ModelException("it is not an ONNX model: it has no graph");
        }

        HashSet<string> initializers = [.. model.Graph.Initializer.Select(initializer => initializer.Name)];
        ModelInput[] inputs = [.. model.Graph.Input.Where(input => !initializers.Contains(input.Name)).Select(Describe)];
        ModelInput image = Array.Find(inputs, input => input.Shape.Count == 4)
            ?? throw new ModelException($"it has no input for images, of four axes [batch, channels, height, width]; its inputs are {string.Join(", ", inputs.Select(input => input.Name))}");
        return new OnnxGraph(model, inputs, image);
    }

    public bool Contains(string tensor) => Tensors.Any(known => known.Name == tensor);

    /// <summary>The whole model with these tensors as its outputs, in place of its own.</summary>
    public byte[] Expose(IReadOnlyList<string> tensors) => WithOutputs(_model.Clone(), tensors).ToByteArray();

    /// <summary>The model with these tensors as its outputs and only the nodes and weights that they need.</summary>
    public byte[] Tap(IReadOnlyList<string> tensors)
    {
        Dictionary<string, NodeProto> makers = [];
        foreach (NodeProto node in _model.Graph.Node)
        {
            foreach (string output in node.Output)
            {
                makers[output] = node;
            }
        }

        HashSet<NodeProto> needed = new(ReferenceEqualityComparer.Instance);
        HashSet<string> used = [];
        Stack<string> open = new(tensors);
        while (open.TryPop(out string? tensor))
        {
            if (used.Add(tensor) && makers.TryGetValue(tensor, out NodeProto? node) && needed.Add(node))
            {
                foreach (string input in InputsOf(node))
                {
                    open.Push(input);
                }
            }
        }

        ModelProto cut = _model.Clone();
        GraphProto graph = cut.Graph;
        NodeProto[] nodes = [.. _model.Graph.Node.Where(needed.Contains).Select(node => node.Clone())];
        graph.Node.Clear();
        graph.Node.AddRange(nodes);
        KeepOnly(graph.Initializer, initializer => used.Contains(initializer.Name));
        KeepOnly(graph.ValueInfo, value => used.Contains(value.Name));
        return WithOutputs(cut, tensors).ToByteArray();
    }

    /// <summary>A node's inputs, and what the graphs inside of it (of If, Loop, Scan) take from outside.</summary>
    private static IEnumerable<string> InputsOf(NodeProto node)
    {
        IEnumerable<GraphProto> inner = node.Attribute.SelectMany(attribute => attribute.G is null ? attribute.Graphs : attribute.Graphs.Append(attribute.G));
        return node.Input.Where(name => name.Length > 0)
            .Concat(inner.SelectMany(graph => graph.Node.SelectMany(InputsOf).Concat(graph.Output.Select(output => output.Name))));
    }

    private static ModelProto WithOutputs(ModelProto model, IReadOnlyList<string> tensors)
    {
        GraphProto graph = model.Graph;
        Dictionary<string, ValueInfoProto> known = [];
        foreach (ValueInfoProto value in graph.ValueInfo.Concat(graph.Output))
        {
            known[value.Name] = value;
        }

        // An output without a type is allowed: the runtime infers it.
        ValueInfoProto[] outputs = [.. tensors.Distinct().Select(name => known.TryGetValue(name, out ValueInfoProto? value) ? value.Clone() : new ValueInfoProto { Name = name })];
        graph.Output.Clear();
        graph.Output.AddRange(outputs);
        return model;
    }

    private static void KeepOnly<T>(Google.Protobuf.Collections.RepeatedField<T> items, Func<T, bool> keep)
    {
        T[] kept = [.. items.Where(keep)];
        items.Clear();
        items.AddRange(kept);
    }

    private static ModelInput Describe(ValueInfoProto input)
    {
        TensorTypeProto? tensor = input.Type?.TensorType;
        int[] shape = [.. (tensor?.Shape?.Dim ?? []).Select(dim => dim.ValueCase == DimensionProto.ValueOneofCase.DimValue && dim.DimValue is > 0 and <= int.MaxValue ? (int)dim.DimValue : -1)];
        int type = tensor?.ElemType ?? 0;
        return new ModelInput(input.Name, shape, type switch { FloatElements => "float32", 10 => "float16", 2 => "uint8", 7 => "int64", _ => $"type {type}" });
    }
}
