namespace VisualFeatureSearch.Models.Onnx;

/// <summary>
/// Tensors of 8-bit integers, and the scale and zero point that make real numbers of them: x = (q - zero point) * scale. The
/// node that makes a tensor names both.
/// </summary>
/// <param name="makers">The node that makes each tensor.</param>
internal sealed class QuantizedTensors(IReadOnlyDictionary<string, NodeProto> makers)
{
    /// <summary>What the name of a tensor's real numbers ends with.</summary>
    public const string Suffix = "/dequantized";

    /// <summary>Longer chains of nodes that only rearrange are not followed.</summary>
    private const int LongestChain = 64;

    /// <summary>The scale and zero point of a tensor; null where it is not one of quantised numbers.</summary>
    public Quantization? Find(string tensor)
    {
        for (int steps = 0; steps < LongestChain && makers.TryGetValue(tensor, out NodeProto? node); steps++)
        {
            switch (node.OpType)
            {
                case "QuantizeLinear":
                    return At(node, 1);
                case "QLinearConv" or "QLinearMatMul" or "QLinearAdd" or "QLinearMul":
                    return At(node, 6);
                case "QGemm":
                    return At(node, 7);
                case "QLinearSigmoid" or "QLinearLeakyRelu" or "QLinearGlobalAveragePool" or "QLinearAveragePool" or "QLinearSoftmax" or "QLinearReduceMean":
                    return At(node, 3);
                case "QLinearConcat":
                    return At(node, 0);
                case "MaxPool" or "Transpose" or "Reshape" or "Squeeze" or "Unsqueeze" or "Flatten" or "Slice" or "Identity" or "Pad" or "Gather" when node.Input.Count > 0:
                    tensor = node.Input[0];
                    break;
                default:
                    return null;
            }
        }

        return null;
    }

    /// <summary>The node that makes a tensor's real numbers; null where it is not quantised.</summary>
    public NodeProto? Dequantize(string tensor)
    {
        if (Find(tensor) is not { } quantization)
        {
            return null;
        }

        NodeProto node = new() { Name = tensor + Suffix, OpType = "DequantizeLinear" };
        node.Input.Add([tensor, .. quantization.Parameters]);
        node.Output.Add(tensor + Suffix);
        return node;
    }

    private static Quantization? At(NodeProto node, int place) => node.Input.Count > place && node.Input[place].Length > 0
        ? new Quantization(node.Input.Count > place + 1 && node.Input[place + 1].Length > 0 ? [node.Input[place], node.Input[place + 1]] : [node.Input[place]])
        : null;

    /// <summary>How a tensor is quantised.</summary>
    /// <param name="Parameters">The tensors of its scale and, where there is one, its zero point.</param>
    internal sealed record Quantization(IReadOnlyList<string> Parameters);
}
