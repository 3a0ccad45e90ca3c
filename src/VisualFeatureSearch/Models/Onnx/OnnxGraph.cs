using System.Text.RegularExpressions;
using Google.Protobuf;

namespace VisualFeatureSearch.Models.Onnx;

/// <summary>A tensor that a node of the graph makes.</summary>
internal sealed record OnnxTensor(string Name, string NodeKind);

/// <summary>An ONNX graph, and the surgery on it: exposing tensors as outputs and cutting away what they do not need.</summary>
internal sealed partial class OnnxGraph
{
    private readonly ModelProto _model;
    private readonly Dictionary<string, NodeProto> _makers = [];
    private readonly QuantizedTensors _quantized;

    private OnnxGraph(ModelProto model, IReadOnlyList<ModelInput> inputs, ModelInput imageInput)
    {
        _model = model;
        Inputs = inputs;
        ImageInput = imageInput;
        Tensors = [.. model.Graph.Node.SelectMany(node => node.Output.Where(name => name.Length > 0).Select(name => new OnnxTensor(name, node.OpType)))];
        foreach (NodeProto node in model.Graph.Node)
        {
            foreach (string output in node.Output)
            {
                _makers[output] = node;
            }
        }

        _quantized = new QuantizedTensors(_makers);
        ExternalFiles = [.. TensorsOf(model.Graph).SelectMany(tensor => tensor.ExternalData).Where(entry => entry.Key == "location").Select(entry => entry.Value).Distinct()];
    }

    public IReadOnlyList<ModelInput> Inputs { get; }

    /// <summary>The files that hold weights outside of the model, relative to it.</summary>
    public IReadOnlyList<string> ExternalFiles { get; }

    /// <summary>The input that takes images: the first of four axes, one of them of channels.</summary>
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
        ModelInput image = Array.Find(inputs, input => input.TakesImages)
            ?? throw new ModelException($"it has no input for images, of four axes [batch, channels, height, width] or [batch, height, width, channels]; its inputs are {string.Join(", ", inputs.Select(input => $"{input.Name} [{string.Join(", ", input.Shape)}]"))}");
        return new OnnxGraph(model, inputs, image);
    }

    public bool Contains(string tensor) => Tensors.Any(known => known.Name == tensor);

    /// <summary>The output that <see cref="Expose"/> and <see cref="Tap"/> give for a tensor: of a quantised one its real numbers.</summary>
    public string OutputOf(string tensor) => _quantized.Find(tensor) is null ? tensor : tensor + QuantizedTensors.Suffix;

    /// <summary>The whole model with these tensors as its outputs, in place of its own.</summary>
    public byte[] Expose(IReadOnlyList<string> tensors) => WithOutputs(_model.Clone(), tensors).ToByteArray();

    /// <summary>The model with these tensors as its outputs and only the nodes, weights and inputs that they need.</summary>
    public byte[] Tap(IReadOnlyList<string> tensors)
    {
        (HashSet<NodeProto> needed, HashSet<string> used) = Ancestors(tensors);
        ModelProto cut = _model.Clone();
        GraphProto graph = cut.Graph;
        NodeProto[] nodes = [.. _model.Graph.Node.Where(needed.Contains).Select(node => node.Clone())];
        graph.Node.Clear();
        graph.Node.AddRange(nodes);
        KeepOnly(graph.Initializer, initializer => used.Contains(initializer.Name));
        KeepOnly(graph.ValueInfo, value => used.Contains(value.Name));
        KeepOnly(graph.Input, input => input.Name == ImageInput.Name || used.Contains(input.Name));
        return WithOutputs(cut, tensors).ToByteArray();
    }

    /// <summary>The outputs of the convolutions that tensors are computed from, which tell the network's grids.</summary>
    public IReadOnlyList<string> ConvolutionsBefore(IReadOnlyList<string> tensors) =>
        [.. Ancestors(tensors).Nodes.Where(node => IsConvolution(node.OpType)).Select(node => node.Output[0])];

    /// <summary>Whether a kind of node is a convolution.</summary>
    public static bool IsConvolution(string kind) => kind.Contains("Conv", StringComparison.Ordinal) && !kind.Contains("Transpose", StringComparison.Ordinal);

    /// <summary>Adds to the runtime's message which node it speaks of, where it names only the operator.</summary>
    public string NameNodes(string message)
    {
        string text = message.Trim();
        if (OperatorPattern().Match(text) is { Success: true } match
            && _model.Graph.Node.FirstOrDefault(node => node.OpType == match.Groups["kind"].Value && (node.Domain.Length == 0 ? "ai.onnx" : node.Domain) == match.Groups["domain"].Value) is { } node)
        {
            string opset = _model.OpsetImport.FirstOrDefault(import => import.Domain == node.Domain)?.Version.ToString() ?? "none";
            text += $" (the node '{node.Name}', operator {node.OpType} of {match.Groups["domain"].Value} opset {opset}, makes '{node.Output.FirstOrDefault()}')";
        }

        return text;
    }

    private (HashSet<NodeProto> Nodes, HashSet<string> Used) Ancestors(IReadOnlyList<string> tensors)
    {
        HashSet<NodeProto> needed = new(ReferenceEqualityComparer.Instance);
        HashSet<string> used = [];
        Stack<string> open = new(tensors.Concat(tensors.SelectMany(tensor => _quantized.Find(tensor)?.Parameters ?? [])));
        while (open.TryPop(out string? tensor))
        {
            if (used.Add(tensor) && _makers.TryGetValue(tensor, out NodeProto? node) && needed.Add(node))
            {
                foreach (string input in InputsOf(node))
                {
                    open.Push(input);
                }
            }
        }

        return (needed, used);
    }

    /// <summary>A node's inputs, and what the graphs inside of it (of If, Loop, Scan) take from outside.</summary>
    private static IEnumerable<string> InputsOf(NodeProto node)
    {
        IEnumerable<GraphProto> inner = node.Attribute.SelectMany(attribute => attribute.G is null ? attribute.Graphs : attribute.Graphs.Append(attribute.G));
        return node.Input.Where(name => name.Length > 0)
            .Concat(inner.SelectMany(graph => graph.Node.SelectMany(InputsOf).Concat(graph.Output.Select(output => output.Name))));
    }

    private ModelProto WithOutputs(ModelProto model, IReadOnlyList<string> tensors)
    {
        GraphProto graph = model.Graph;
        Dictionary<string, ValueInfoProto> known = [];
        foreach (ValueInfoProto value in graph.ValueInfo.Concat(graph.Output))
        {
            known[value.Name] = value;
        }

        // An output without a type is allowed: the runtime infers it.
        string[] distinct = [.. tensors.Distinct()];
        ValueInfoProto[] outputs = [.. distinct.Select(OutputOf).Select(name => known.TryGetValue(name, out ValueInfoProto? value) ? value.Clone() : new ValueInfoProto { Name = name })];
        graph.Node.AddRange(distinct.Select(_quantized.Dequantize).OfType<NodeProto>());
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
        return new ModelInput(input.Name, shape, TypeName(tensor?.ElemType ?? 0));
    }

    /// <summary>ONNX's numbers of element types (TensorProto.DataType).</summary>
    public static string TypeName(int type) => type switch
    {
        1 => "float32",
        2 => "uint8",
        3 => "int8",
        6 => "int32",
        7 => "int64",
        9 => "bool",
        10 => "float16",
        11 => "float64",
        16 => "bfloat16",
        _ => $"type {type}",
    };

    /// <summary>The tensors whose numbers are part of the model: weights and constants, also those of graphs inside.</summary>
    public static IEnumerable<TensorProto> TensorsOf(GraphProto graph) =>
        graph.Initializer.Concat(graph.Node.SelectMany(node => node.Attribute).SelectMany(attribute =>
            (attribute.T is null ? [] : (IEnumerable<TensorProto>)[attribute.T])
            .Concat((attribute.G is null ? attribute.Graphs : attribute.Graphs.Append(attribute.G)).SelectMany(TensorsOf))));

    [GeneratedRegex(@"(?<domain>[\w.]+)[:.](?<kind>\w+)\(-?\d+\)")]
    private static partial Regex OperatorPattern();
}
