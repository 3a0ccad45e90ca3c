using System.Runtime.InteropServices;
using Google.Protobuf;
using VisualFeatureSearch.Models.Onnx;

namespace VisualFeatureSearch.Tests.Models;

/// <summary>Writes small ONNX networks with random weights, node by node; every method returns the tensor that it makes.</summary>
internal sealed class NetworkBuilder
{
    private const int Float = 1;
    private const int Float16 = 10;

    private readonly ModelProto _model = new() { IrVersion = 9, ProducerName = "tests", Graph = new GraphProto { Name = "net" } };
    private readonly Random _random = new(1);
    private readonly bool _isHalf;
    private int _count;

    public NetworkBuilder(bool isHalf = false, int opset = 17)
    {
        _isHalf = isHalf;
        _model.OpsetImport.Add(new OperatorSetIdProto { Version = opset });
    }

    /// <summary>Adds an input; an extent of 0 is any.</summary>
    public string Input(string name, int[] shape, int? type = null)
    {
        _model.Graph.Input.Add(Value(name, shape, type ?? (_isHalf ? Float16 : Float)));
        return name;
    }

    public string Node(string kind, string[] inputs, string? output = null, string domain = "", params (string Name, object Value)[] attributes)
    {
        NodeProto node = new() { OpType = kind, Name = output is null ? $"{kind}_{_count}" : $"node_{output}", Domain = domain };
        node.Input.Add(inputs);
        node.Output.Add(output ?? $"{kind}_{_count++}_out");
        node.Attribute.Add(attributes.Select(Attribute));
        _model.Graph.Node.Add(node);
        return node.Output[0];
    }

    public string Weights(params int[] shape) => Tensor(shape, [.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => (float)(((_random.NextDouble() * 2) - 1) / Math.Sqrt(shape[^1] * (shape.Length == 4 ? shape[1] * shape[2] : 1))))]);

    public string Tensor(int[] shape, float[] values)
    {
        byte[] bytes = _isHalf ? MemoryMarshal.AsBytes(values.Select(value => (Half)value).ToArray().AsSpan()).ToArray() : MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
        return Initializer(shape, _isHalf ? Float16 : Float, bytes);
    }

    public string Float32(int[] shape, params float[] values) => Initializer(shape, Float, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    public string Int64(params long[] values) => Initializer([values.Length], 7, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    public string Bytes(int[] shape, int type, byte[] values) => Initializer(shape, type, values);

    public string Conv(string input, int from, int to, int size = 3, int stride = 1, int? pad = null, string? output = null, int dilation = 1) => Node(
        "Conv", [input, Weights(to, from, size, size), Weights(to)], output, "",
        ("strides", (long[])[stride, stride]), ("pads", Enumerable.Repeat((long)(pad ?? size / 2), 4).ToArray()), ("dilations", (long[])[dilation, dilation]));

    public string Relu(string input, string? output = null) => Node("Relu", [input], output);

    public string Pool(string input, string? output = null) =>
        Node("MaxPool", [input], output, "", ("kernel_shape", (long[])[2, 2]), ("strides", (long[])[2, 2]));

    public string Dense(string input, int from, int to) => Node("Add", [Node("MatMul", [input, Weights(from, to)]), Weights(to)]);

    public string Transpose(string input, params long[] order) => Node("Transpose", [input], null, "", ("perm", order));

    public string Reshape(string input, params long[] shape) => Node("Reshape", [input, Int64(shape)]);

    public string Norm(string input, int channels) => Node("LayerNormalization", [input, Weights(channels), Weights(channels)]);

    public byte[] Build(string output)
    {
        _model.Graph.Output.Clear();
        _model.Graph.Output.Add(new ValueInfoProto { Name = output });
        return _model.ToByteArray();
    }

    /// <summary>Writes the network with all weights of any size in a file of their own.</summary>
    public void SaveWithExternalWeights(string output, string path, string weightsFile)
    {
        Build(output);
        using FileStream weights = File.Create(Path.Combine(Path.GetDirectoryName(path)!, weightsFile));
        ModelProto model = _model.Clone();
        foreach (TensorProto tensor in model.Graph.Initializer.Where(tensor => tensor.RawData.Length > 64))
        {
            tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = weightsFile });
            tensor.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = $"{weights.Position}" });
            tensor.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = $"{tensor.RawData.Length}" });
            tensor.DataLocation = 1;
            weights.Write(tensor.RawData.Span);
            tensor.RawData = ByteString.Empty;
        }

        File.WriteAllBytes(path, model.ToByteArray());
    }

    private static ValueInfoProto Value(string name, int[] shape, int type)
    {
        TensorTypeProto tensor = new() { ElemType = type, Shape = new TensorShapeProto() };
        tensor.Shape.Dim.Add(shape.Select((extent, axis) => extent == 0 ? new DimensionProto { DimParam = $"{name}_{axis}" } : new DimensionProto { DimValue = extent }));
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }

    /// <summary>The numbers of attribute types are ONNX's (AttributeProto.AttributeType).</summary>
    private static AttributeProto Attribute((string Name, object Value) attribute)
    {
        AttributeProto proto = new() { Name = attribute.Name };
        switch (attribute.Value)
        {
            case long[] numbers:
                proto.Ints.Add(numbers);
                proto.Type = 7;
                break;
            case long number:
                proto.I = number;
                proto.Type = 2;
                break;
            default:
                proto.F = Convert.ToSingle(attribute.Value, System.Globalization.CultureInfo.InvariantCulture);
                proto.Type = 1;
                break;
        }

        return proto;
    }

    private string Initializer(int[] shape, int type, byte[] bytes)
    {
        TensorProto tensor = new() { Name = $"weights_{_count++}", DataType = type, RawData = ByteString.CopyFrom(bytes) };
        tensor.Dims.Add(shape.Select(extent => (long)extent));
        _model.Graph.Initializer.Add(tensor);
        return tensor.Name;
    }
}
