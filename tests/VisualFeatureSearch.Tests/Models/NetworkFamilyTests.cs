using Microsoft.ML.OnnxRuntime;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Tests.Models;

/// <summary>Every family of networks: each of its layers, cut out, against the tensor of the untruncated network.</summary>
public sealed class NetworkFamilyTests
{
    public static TheoryData<string> Families => [.. NetworkFamilies.Names];

    public static TheoryData<string, string, int> Bundled => new()
    {
        { "ssd-mobilenet-v2-oid.onnx", "tensorflow:96", 12 },
        { "centernet-mobilenet-v3-coco.onnx", "raw:128", 12 },
    };

    [Theory]
    [MemberData(nameof(Families))]
    public void Every_layer_of_a_family_equals_the_whole_networks_tensor(string family)
    {
        using TemporaryFolder folder = new();
        (string path, string transform) = NetworkFamilies.Write(family, folder.Path);
        NetworkModel model = NetworkModel.Load(path);
        Assert.True(AssertLayers(model, ImageTransform.Parse(transform), every: 1) >= 3, "a family has three layers at least");
    }

    [Theory]
    [MemberData(nameof(Bundled))]
    public void Layers_all_over_a_bundled_network_equal_the_whole_networks_tensors(string file, string transform, int every) =>
        Assert.True(AssertLayers(NetworkModel.Load(Repository.Model(file)), ImageTransform.Parse(transform), every) >= 3);

    [Theory]
    [InlineData("vit", "block1", 24, 8, 8, FeatureLayout.Tokens)]
    [InlineData("vit-registers", "block1", 24, 8, 8, FeatureLayout.Tokens)]
    [InlineData("vit-rectangular", "block0", 24, 6, 12, FeatureLayout.Tokens)]
    [InlineData("clip", "block1", 24, 8, 8, FeatureLayout.TokensFirst)]
    [InlineData("vit", "patches", 24, 8, 8, FeatureLayout.Nchw)]
    [InlineData("nhwc", "block2", 24, 16, 16, FeatureLayout.Nhwc)]
    [InlineData("residual", "layer1", 16, 16, 16, FeatureLayout.Nchw)]
    [InlineData("quantized", "qconv2", 24, 16, 16, FeatureLayout.Nchw)]
    public void The_layout_of_a_layer_is_found_from_its_shape(string family, string layer, int channels, int height, int width, FeatureLayout layout)
    {
        using TemporaryFolder folder = new();
        (string path, string transform) = NetworkFamilies.Write(family, folder.Path);
        LayerInfo found = Assert.Single(NetworkModel.Load(path).ListLayers(ImageTransform.Parse(transform)), info => info.Name == layer);
        Assert.Equal((channels, height, width, layout), (found.Channels, found.Height, found.Width, found.Layout));
    }

    [Theory]
    [InlineData(new long[] { 1, 64, 14, 14 }, 224, 224, false, FeatureLayout.Nchw, 64, 14, 14, 0)]
    [InlineData(new long[] { 1, 14, 14, 64 }, 224, 224, false, FeatureLayout.Nhwc, 64, 14, 14, 0)]
    [InlineData(new long[] { 1, 14, 14, 14 }, 224, 224, false, FeatureLayout.Nchw, 14, 14, 14, 0)]
    [InlineData(new long[] { 1, 14, 14, 14 }, 224, 224, true, FeatureLayout.Nhwc, 14, 14, 14, 0)]
    [InlineData(new long[] { 1, 8, 6, 12 }, 48, 96, false, FeatureLayout.Nchw, 8, 6, 12, 0)]
    [InlineData(new long[] { 1, 6, 12, 8 }, 48, 96, false, FeatureLayout.Nhwc, 8, 6, 12, 0)]
    [InlineData(new long[] { 1, 197, 768 }, 224, 224, false, FeatureLayout.Tokens, 768, 14, 14, 1)]
    [InlineData(new long[] { 1, 261, 384 }, 224, 224, false, FeatureLayout.Tokens, 384, 16, 16, 5)]
    [InlineData(new long[] { 50, 1, 768 }, 224, 224, false, FeatureLayout.TokensFirst, 768, 7, 7, 1)]
    [InlineData(new long[] { 1, 73, 24 }, 48, 96, false, FeatureLayout.Tokens, 24, 6, 12, 1)]
    public void A_shape_alone_tells_the_layout_where_no_convolution_tells_the_grid(
        long[] shape, int height, int width, bool isChannelsLast, FeatureLayout layout, int channels, int rows, int columns, int skipped) =>
        Assert.Equal(
            new LayerReader(layout, new LayerShape(channels, rows, columns), skipped),
            LayerReader.Find(shape, 1, new GridSize(height, width), isChannelsLast, [], ModelOptions.Default));

    [Theory]
    [InlineData(new long[] { 1, 1000 })]
    [InlineData(new long[] { 1, 768, 196 })]
    [InlineData(new long[] { 12, 197, 197 })]
    [InlineData(new long[] { 1, 3, 8, 7, 7 })]
    public void A_tensor_that_is_no_feature_map_is_not_taken_for_one(long[] shape) =>
        Assert.Null(LayerReader.Find(shape, 1, new GridSize(224, 224), false, [], ModelOptions.Default));

    [Theory]
    [InlineData("vit")]
    [InlineData("clip")]
    public void Attention_between_tokens_is_no_feature_map(string family)
    {
        using TemporaryFolder folder = new();
        (string path, string transform) = NetworkFamilies.Write(family, folder.Path);
        IReadOnlyList<LayerInfo> layers = NetworkModel.Load(path).ListLayers(ImageTransform.Parse(transform));
        Assert.DoesNotContain(layers, layer => layer.Name.StartsWith("attention", StringComparison.Ordinal));
        Assert.All(layers, layer => Assert.Equal((8, 8), (layer.Height, layer.Width)));
    }

    [Fact]
    public void A_person_can_say_the_layout_and_the_grid()
    {
        using TemporaryFolder folder = new();
        (string path, string transform) = NetworkFamilies.Write("vit", folder.Path);
        ImageTransform images = ImageTransform.Parse(transform);
        using FeatureExtractor folded = NetworkModel.Load(path, new ModelOptions { Grid = new GridSize(4, 16) }).OpenExtractor(["block1"], images);
        Assert.Equal(new LayerShape(24, 4, 16), folded.Shapes[0]);
        using FeatureExtractor last = NetworkModel.Load(path, new ModelOptions { Layout = FeatureLayout.Nhwc }).OpenExtractor(["patches"], images);
        Assert.Equal(new LayerShape(8, 24, 8), last.Shapes[0]);
        ModelException exception = Assert.Throws<ModelException>(() => NetworkModel.Load(path, new ModelOptions { Grid = new GridSize(40, 16) }).OpenExtractor(["block1"], images));
        Assert.Contains("[1, 65, 24]", exception.Message, StringComparison.Ordinal);
        Assert.Contains("--grid", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_in_a_file_of_their_own_count_in_the_hash_and_are_missed()
    {
        using TemporaryFolder folder = new();
        (string path, _) = NetworkFamilies.Write("external-weights", folder.Path);
        string before = NetworkModel.Load(path).Sha256;
        byte[] weights = File.ReadAllBytes(folder["weights.bin"]);
        weights[100] ^= 1;
        File.WriteAllBytes(folder["weights.bin"], weights);
        Assert.NotEqual(before, NetworkModel.Load(path).Sha256);
        File.Delete(folder["weights.bin"]);
        Assert.Contains("weights.bin", Assert.Throws<ModelException>(() => NetworkModel.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_further_input_needs_a_value_only_where_the_layer_needs_it()
    {
        using TemporaryFolder folder = new();
        NetworkBuilder net = new();
        string x = net.Relu(net.Conv(net.Input("image", [0, 3, 32, 32]), 3, 16, stride: 2), "early");
        net.Input("strength", [0, 1, 1, 1]);
        File.WriteAllBytes(folder["net.onnx"], net.Build(net.Node("Mul", [x, "strength"], "late")));
        ImageTransform transform = ImageTransform.Raw(32);
        PixelImage crop = Crop(transform);
        NetworkModel plain = NetworkModel.Load(folder["net.onnx"]);
        using FeatureExtractor early = plain.OpenExtractor(["early"], transform);
        Assert.Contains("--input strength=", Assert.Throws<ModelException>(() => plain.OpenExtractor(["late"], transform)).Message, StringComparison.Ordinal);
        using FeatureExtractor late = NetworkModel.Load(folder["net.onnx"], new ModelOptions { Inputs = new Dictionary<string, double> { ["strength"] = 3 } }).OpenExtractor(["late"], transform);
        Assert.Equal(early.Extract(crop)[0].Select(value => value * 3), late.Extract(crop)[0], (a, b) => Math.Abs(a - b) <= 1e-3f);
        Assert.Contains("'strenght'", Assert.Throws<ModelException>(() => NetworkModel.Load(folder["net.onnx"], new ModelOptions { Inputs = new Dictionary<string, double> { ["strenght"] = 3 } })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_that_cannot_be_run_is_named()
    {
        using TemporaryFolder folder = new();
        NetworkBuilder unknown = new();
        File.WriteAllBytes(folder["unknown.onnx"], unknown.Build(unknown.Node("Sharpen", [unknown.Input("image", [0, 3, 32, 32])], "sharp")));
        AssertNames("unknown.onnx", "node_sharp", "sharp");

        NetworkBuilder mismatch = new();
        string conv = mismatch.Conv(mismatch.Input("image", [0, 3, 0, 0]), 3, 8, output: "eight");
        File.WriteAllBytes(folder["mismatch.onnx"], mismatch.Build(mismatch.Node("Add", [conv, mismatch.Weights(1, 7, 1, 1)], "sum")));
        AssertNames("mismatch.onnx", "node_sum", "sum");

        NetworkBuilder future = new(opset: 99);
        File.WriteAllBytes(folder["future.onnx"], future.Build(future.Relu(future.Input("image", [0, 3, 32, 32]), "later")));
        AssertNames("future.onnx", "99", "later");

        void AssertNames(string file, string named, string layer)
        {
            ModelException exception = Assert.Throws<ModelException>(() => NetworkModel.Load(folder[file]).OpenExtractor([layer], ImageTransform.Raw(32)));
            Assert.Contains(named, exception.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(ExecutionProvider.Cuda)]
    [InlineData(ExecutionProvider.CoreMl)]
    [InlineData(ExecutionProvider.DirectMl)]
    [InlineData(ExecutionProvider.OpenVino)]
    public void A_provider_that_the_runtime_lacks_is_named_with_those_it_has(ExecutionProvider provider)
    {
        Assert.SkipWhen(OrtEnv.Instance().GetAvailableProviders().Length > 1, "this runtime has more than the processor");
        NetworkModel model = NetworkModel.Load(Repository.Model("ssd-mobilenet-v2-oid.onnx"), new ModelOptions { Provider = provider });
        string message = Assert.Throws<ModelException>(() => model.OpenExtractor(["Conv_1"], ImageTransform.TensorFlow(96))).Message;
        Assert.Contains(provider.ToString(), message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("CPUExecutionProvider", message, StringComparison.Ordinal);
    }

    private static PixelImage Crop(ImageTransform transform) => transform.Cut(ImageDecoder.DecodeFile(Path.Combine(Repository.Gallery, "cat", "kitten.jpg")));

    /// <summary>Compares every n-th layer; returns how many were compared.</summary>
    private static int AssertLayers(NetworkModel model, ImageTransform transform, int every)
    {
        PixelImage crop = Crop(transform);
        LayerInfo[] layers = [.. model.ListLayers(transform).Where((_, i) => i % every == 0)];
        foreach (LayerInfo layer in layers)
        {
            using FeatureExtractor cut = model.OpenExtractor([layer.Name], transform);
            float[] map = cut.Extract(crop)[0];
            float[] whole = WholeNetwork(model, layer, transform, crop, cut.Batch);
            Assert.Equal(new LayerShape(layer.Channels, layer.Height, layer.Width), cut.Shapes[0]);
            double scale = Math.Max(1, whole.Max(Math.Abs));
            Assert.Equal(whole, map, (a, b) => Math.Abs(a - b) <= 1e-5 * scale);
        }

        return layers.Length;
    }

    /// <summary>The same tensor by ONNX Runtime alone, with nothing cut away, brought to C x H x W cell by cell.</summary>
    private static float[] WholeNetwork(NetworkModel model, LayerInfo layer, ImageTransform transform, PixelImage crop, int batch)
    {
        float[] input = new float[batch * 3 * transform.InputHeight * transform.InputWidth];
        transform.Normalise(crop, input.AsSpan(0, input.Length / batch));
        ModelInput image = model.ImageInput;
        long[] shape = [batch, 3, transform.InputHeight, transform.InputWidth];
        if (image.IsChannelsLast)
        {
            int pixels = transform.InputHeight * transform.InputWidth;
            input = [.. Enumerable.Range(0, pixels * 3).Select(i => input[(i % 3 * pixels) + (i / 3)])];
            shape = [1, transform.InputHeight, transform.InputWidth, 3];
        }

        using InferenceSession session = model.OpenWhole([layer.Name]);
        using OrtValue value = image.ElementType switch
        {
            "float16" => OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(input, x => (Float16)x), shape),
            "uint8" => OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(input, x => (byte)x), shape),
            _ => OrtValue.CreateTensorValueFromMemory(input, shape),
        };
        using RunOptions options = new();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, [image.Name], [value], session.OutputNames);
        OrtValue output = outputs.Single();
        long[] extents = output.GetTensorTypeAndShape().Shape;
        float[] tensor = output.GetTensorTypeAndShape().ElementDataType == Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float16
            ? [.. output.GetTensorDataAsSpan<Float16>().ToArray().Select(x => (float)x)]
            : output.GetTensorDataAsSpan<float>().ToArray();
        long[] strides = [.. extents.Select((_, axis) => extents.Skip(axis + 1).Aggregate(1L, (a, b) => a * b))];
        int extra = layer.Layout switch
        {
            FeatureLayout.Tokens => (int)extents[1] - (layer.Height * layer.Width),
            FeatureLayout.TokensFirst => (int)extents[0] - (layer.Height * layer.Width),
            _ => 0,
        };
        float[] map = new float[layer.Channels * layer.Height * layer.Width];
        for (int i = 0; i < map.Length; i++)
        {
            int channel = i / (layer.Height * layer.Width);
            int y = i / layer.Width % layer.Height;
            int x = i % layer.Width;
            map[i] = tensor[layer.Layout switch
            {
                FeatureLayout.Nchw => (channel * strides[1]) + (y * strides[2]) + x,
                FeatureLayout.Nhwc => (y * strides[1]) + (x * strides[2]) + channel,
                FeatureLayout.Tokens => ((extra + (y * layer.Width) + x) * strides[1]) + channel,
                _ => ((extra + (y * layer.Width) + x) * strides[0]) + channel,
            }];
        }

        return map;
    }
}
