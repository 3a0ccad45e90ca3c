namespace VisualFeatureSearch.Tests.Models;

/// <summary>A small network of each family that researchers bring, written to a file.</summary>
internal static class NetworkFamilies
{
    public static readonly string[] Names =
        ["residual", "vgg", "dense", "vit", "vit-registers", "vit-rectangular", "clip", "nhwc", "half", "quantized", "qdq", "uint8-input", "fixed-batch", "external-weights", "swin-like"];

    /// <summary>Writes a family's network.</summary>
    /// <returns>Its file, and the transform of its images.</returns>
    public static (string Path, string Transform) Write(string family, string folder)
    {
        string path = System.IO.Path.Combine(folder, family + ".onnx");
        NetworkBuilder net = new(isHalf: family == "half");
        byte[] bytes = [];
        string transform = "torchvision-imagenet:64";
        switch (family)
        {
            case "residual":
                bytes = net.Build(Residual(net, net.Input("image", [0, 3, 0, 0])));
                break;
            case "half":
                bytes = net.Build(Residual(net, net.Input("image", [0, 3, 0, 0])));
                break;
            case "fixed-batch":
                bytes = net.Build(Residual(net, net.Input("image", [2, 3, 64, 64])));
                break;
            case "external-weights":
                net.SaveWithExternalWeights(Residual(net, net.Input("image", [0, 3, 0, 0])), path, "weights.bin");
                return (path, transform);
            case "vgg":
                string x = net.Input("image", [0, 3, 64, 64]);
                for (int i = 0, from = 3; i < 3; i++, from = 8 << (i - 1))
                {
                    x = net.Pool(net.Relu(net.Conv(net.Relu(net.Conv(x, from, 8 << i)), 8 << i, 8 << i), $"relu{i}_2"));
                }

                bytes = net.Build(net.Dense(net.Reshape(x, -1, 32 * 8 * 8), 32 * 8 * 8, 10));
                break;
            case "dense":
                string d = net.Pool(net.Conv(net.Input("image", [0, 3, 0, 0]), 3, 16));
                for (int i = 0; i < 3; i++)
                {
                    d = net.Node("Concat", [d, net.Conv(net.Relu(d), 16 + (8 * i), 8)], $"concat{i}", "", ("axis", 1L));
                }

                bytes = net.Build(net.Node("GlobalAveragePool", [net.Pool(d)]));
                break;
            case "vit":
                bytes = net.Build(Transformer(net, net.Input("pixel_values", [0, 3, 64, 64]), new(8, 8), extraTokens: 1));
                break;
            case "vit-registers":
                bytes = net.Build(Transformer(net, net.Input("pixel_values", [0, 3, 64, 64]), new(8, 8), extraTokens: 5));
                break;
            case "vit-rectangular":
                bytes = net.Build(Transformer(net, net.Input("pixel_values", [0, 3, 48, 96]), new(6, 12), extraTokens: 1));
                transform = "torchvision-imagenet:48x96";
                break;
            case "clip":
                bytes = net.Build(Transformer(net, net.Input("pixel_values", [0, 3, 64, 64]), new(8, 8), extraTokens: 1, tokensFirst: true));
                break;
            case "nhwc":
                string n = ChannelsLast(net, net.Input("image", [0, 64, 64, 3]), 3, 16, 2, "block1");
                bytes = net.Build(ChannelsLast(net, n, 16, 24, 2, "block2"));
                transform = "tensorflow:64";
                break;
            case "swin-like":
                string s = net.Transpose(net.Conv(net.Input("image", [0, 3, 64, 64]), 3, 24, 4, 4, 0), 0, 2, 3, 1);
                bytes = net.Build(net.Dense(net.Norm(s, 24), 24, 48));
                break;
            case "quantized":
                string q = net.Node("QuantizeLinear", [net.Input("image", [0, 3, 64, 64]), net.Float32([], 0.02f), net.Bytes([], 2, [128])], "quantized_image");
                q = QuantizedConv(net, q, 3, 16, 2, 0.02f, 128, 0.03f, 110, "qconv1");
                bytes = net.Build(net.Node("DequantizeLinear", [QuantizedConv(net, net.Pool(q, "qpool"), 16, 24, 1, 0.03f, 110, 0.05f, 120, "qconv2"), net.Float32([], 0.05f), net.Bytes([], 2, [120])]));
                transform = "tensorflow:64";
                break;
            case "qdq":
                string r = net.Input("image", [0, 3, 64, 64]);
                for (int i = 0; i < 2; i++)
                {
                    string scale = net.Float32([], 0.02f);
                    string zero = net.Bytes([], 2, [100]);
                    r = net.Conv(net.Node("DequantizeLinear", [net.Node("QuantizeLinear", [r, scale, zero], $"q{i}"), scale, zero]), i == 0 ? 3 : 16, 16, stride: 2);
                }

                bytes = net.Build(net.Relu(r));
                transform = "tensorflow:64";
                break;
            case "uint8-input":
                string u = net.Node("Cast", [net.Input("image", [0, 3, 64, 64], type: 2)], null, "", ("to", 1L));
                bytes = net.Build(net.Relu(net.Conv(net.Node("Mul", [u, net.Float32([], 1 / 255f)]), 3, 16, stride: 4)));
                transform = "raw:64";
                break;
            default:
                throw new ArgumentException($"There is no family '{family}'.", nameof(family));
        }

        File.WriteAllBytes(path, bytes);
        return (path, transform);
    }

    private static string Residual(NetworkBuilder net, string image)
    {
        string x = net.Pool(net.Relu(net.Conv(image, 3, 16, 7, 2)));
        for (int i = 0; i < 2; i++)
        {
            string inner = net.Conv(net.Relu(net.Conv(x, 16, 16)), 16, 16);
            x = net.Relu(net.Node("Add", [x, inner], $"layer{i}/add"), $"layer{i}");
        }

        return net.Node("GlobalAveragePool", [net.Relu(net.Conv(x, 16, 32, 3, 2), "layer2")]);
    }

    /// <summary>Patches by a convolution, class and register tokens before them, positions, two blocks of attention and perceptron.</summary>
    private static string Transformer(NetworkBuilder net, string image, VisualFeatureSearch.Models.GridSize grid, int extraTokens, bool tokensFirst = false)
    {
        const int Width = 24;
        const int Heads = 3;
        int cells = grid.Height * grid.Width;
        int tokens = cells + extraTokens;
        string x = net.Transpose(net.Reshape(net.Conv(image, 3, Width, 8, 8, 0, "patches"), 0, Width, cells), 0, 2, 1);
        string batch = net.Node("Slice", [net.Node("Shape", [x]), net.Int64(0), net.Int64(1)]);
        string extra = net.Node("Expand", [net.Weights(1, extraTokens, Width), net.Node("Concat", [batch, net.Int64(extraTokens, Width)], null, "", ("axis", 0L))]);
        x = net.Node("Add", [net.Node("Concat", [extra, x], null, "", ("axis", 1L)), net.Weights(1, tokens, Width)], "embedded");
        if (tokensFirst)
        {
            x = net.Transpose(x, 1, 0, 2);
        }

        for (int block = 0; block < 2; block++)
        {
            string inner = net.Norm(x, Width);
            string[] parts = [.. Enumerable.Range(0, 3).Select(part => tokensFirst
                ? net.Transpose(net.Reshape(net.Dense(inner, Width, Width), tokens, -1, Heads, Width / Heads), 1, 2, part == 1 ? 3 : 0, part == 1 ? 0 : 3)
                : net.Transpose(net.Reshape(net.Dense(inner, Width, Width), -1, tokens, Heads, Width / Heads), 0, 2, part == 1 ? 3 : 1, part == 1 ? 1 : 3))];
            string attention = net.Node("Softmax", [net.Node("MatMul", [parts[0], parts[1]])], $"attention{block}", "", ("axis", -1L));
            string mixed = net.Node("MatMul", [attention, parts[2]]);
            mixed = tokensFirst ? net.Reshape(net.Transpose(mixed, 2, 0, 1, 3), tokens, -1, Width) : net.Reshape(net.Transpose(mixed, 0, 2, 1, 3), -1, tokens, Width);
            x = net.Node("Add", [x, net.Dense(mixed, Width, Width)]);
            x = net.Node("Add", [x, net.Dense(net.Relu(net.Dense(net.Norm(x, Width), Width, 2 * Width)), 2 * Width, Width)], $"block{block}");
        }

        return net.Norm(x, Width);
    }

    private static string ChannelsLast(NetworkBuilder net, string x, int from, int to, int stride, string name) =>
        net.Relu(net.Transpose(net.Conv(net.Transpose(x, 0, 3, 1, 2), from, to, 3, stride), 0, 2, 3, 1), name);

    private static string QuantizedConv(NetworkBuilder net, string x, int from, int to, int stride, float scale, byte zero, float outScale, byte outZero, string output)
    {
        byte[] weights = new byte[to * from * 9];
        new Random(from).NextBytes(weights);
        return net.Node(
            "QLinearConv",
            [
                x, net.Float32([], scale), net.Bytes([], 2, [zero]),
                net.Bytes([to, from, 3, 3], 2, weights), net.Float32([], 0.001f), net.Bytes([], 2, [128]),
                net.Float32([], outScale), net.Bytes([], 2, [outZero]),
            ],
            output, "", ("pads", (long[])[1, 1, 1, 1]), ("strides", (long[])[stride, stride]));
    }
}
