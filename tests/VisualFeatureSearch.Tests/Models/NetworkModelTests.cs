using Microsoft.ML.OnnxRuntime;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Tests.Models;

public sealed class NetworkModelTests
{
    private const string Ssd = "ssd-mobilenet-v2-oid.onnx";
    private const string CenterNet = "centernet-mobilenet-v3-coco.onnx";

    [Theory]
    [InlineData(Ssd, "Conv_1", "tensorflow:224", 1280, 7)]
    [InlineData(Ssd, "expanded_conv_5/add", "tensorflow:224", 32, 28)]
    [InlineData(Ssd, "expanded_conv_13/expand", "tensorflow:224", 576, 14)]
    [InlineData(Ssd, "expanded_conv_9/depthwise", "tensorflow:224", 384, 14)]
    [InlineData(CenterNet, "expanded_conv_11/add", "raw:256", 88, 16)]
    [InlineData(CenterNet, "extern1/hard_swish/mul_1", "raw:256", 480, 8)]
    public void A_layer_of_the_cut_network_is_the_whole_networks_tensor(string file, string layer, string transformText, int channels, int side)
    {
        NetworkModel model = NetworkModel.Load(Repository.Model(file));
        ImageTransform transform = ImageTransform.Parse(transformText);
        PixelImage crop = transform.Cut(ImageDecoder.DecodeFile(Path.Combine(Repository.Gallery, "cat", "kitten.jpg")));
        float[] input = new float[3 * transform.InputHeight * transform.InputWidth];
        transform.Normalise(crop, input);

        using FeatureExtractor extractor = model.OpenExtractor([layer], transform);
        float[] cut = extractor.Extract(crop)[0];

        using InferenceSession whole = model.OpenWhole([layer]);
        using OrtValue value = OrtValue.CreateTensorValueFromMemory(input, [1, 3, transform.InputHeight, transform.InputWidth]);
        using RunOptions options = new();
        using IDisposableReadOnlyCollection<OrtValue> outputs = whole.Run(options, [model.Inputs[0].Name], [value], [layer]);
        Assert.Equal(new LayerShape(channels, side, side), extractor.Shapes[0]);
        Assert.Equal(outputs[0].GetTensorDataAsSpan<float>().ToArray(), cut, (a, b) => Math.Abs(a - b) <= 1e-5f);
    }

    [Fact]
    public void Cutting_leaves_out_the_nodes_behind_the_layer()
    {
        NetworkModel model = NetworkModel.Load(Repository.Model(Ssd));
        Assert.True(model.TapForTest(["expanded_conv_5/add"]).Length < new FileInfo(model.FilePath).Length / 4);
    }

    [Fact]
    public void Several_layers_come_from_one_pass_in_the_order_asked_for()
    {
        NetworkModel model = NetworkModel.Load(Repository.Model(Ssd));
        ImageTransform transform = ImageTransform.TensorFlow(96);
        PixelImage crop = transform.Cut(ImageDecoder.DecodeFile(Path.Combine(Repository.Gallery, "cat", "kitten.jpg")));
        using FeatureExtractor both = model.OpenExtractor(["Conv_1", "expanded_conv_5/add"], transform);
        using FeatureExtractor one = model.OpenExtractor(["expanded_conv_5/add"], transform);
        Assert.Equal(one.Extract(crop)[0], both.Extract(crop)[1]);
    }

    [Fact]
    public void A_batch_gives_each_image_what_it_gets_alone()
    {
        NetworkModel model = NetworkModel.Load(Repository.Model(Ssd));
        ImageTransform transform = ImageTransform.TensorFlow(96);
        string[] files = ["cat/kitten.jpg", "hoofed-animal/calf.jpg", "bird/owl.jpg"];
        PixelImage[] crops = [.. files.Select(file => transform.Cut(ImageDecoder.DecodeFile(Path.Combine(Repository.Gallery, file))))];
        using FeatureExtractor single = model.OpenExtractor(["Conv_1"], transform);
        using FeatureExtractor triple = model.OpenExtractor(["Conv_1"], transform, batch: 3);
        float[] batch = new float[3 * triple.ImageElements];
        for (int i = 0; i < 3; i++)
        {
            transform.Normalise(crops[i], batch.AsSpan(i * triple.ImageElements, triple.ImageElements));
        }

        float[] together = [];
        triple.Run(batch, (_, features) => together = features.ToArray());
        Assert.Equal(crops.SelectMany(crop => single.Extract(crop)[0]), together, (a, b) => Math.Abs(a - b) <= 1e-4f);
    }

    [Fact]
    public void Layers_are_listed_with_shapes_kinds_and_first_choices()
    {
        NetworkModel model = NetworkModel.Load(Repository.Model(Ssd));
        IReadOnlyList<LayerInfo> layers = model.ListLayers(ImageTransform.TensorFlow(224));
        Assert.Contains(new LayerInfo("Conv_1", "Clip", 1280, 7, 7, true), layers);
        Assert.Contains(layers, layer => layer is { Name: "expanded_conv_5/add", NodeKind: "Add", Channels: 32, Height: 28, Width: 28, IsSuggested: true });
        Assert.True(layers.Count > 80);
    }

    [Fact]
    public void What_cannot_be_a_model_or_a_layer_is_named()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["text.onnx"], "this is no network");
        AssertSays("text.onnx", () => NetworkModel.Load(folder["text.onnx"]));
        AssertSays("no such file", () => NetworkModel.Load(folder["missing.onnx"]));
        NetworkModel model = NetworkModel.Load(Repository.Model(Ssd));
        AssertSays("'conv5'", () => model.OpenExtractor(["conv5"], ImageTransform.TensorFlow(96)));
        AssertSays("Conv_1", () => model.OpenExtractor(["conv_1"], ImageTransform.TensorFlow(96)));

        static void AssertSays(string words, Action action) => Assert.Contains(words, Assert.Throws<ModelException>(action).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_network_than_the_stores_is_refused_with_both_hashes()
    {
        string recorded = new('a', 64);
        ModelException exception = Assert.Throws<ModelException>(() => ModelLocator.LoadSame("net", recorded, "/nowhere/net.onnx", Repository.Model(Ssd)));
        Assert.Contains(recorded, exception.Message, StringComparison.Ordinal);
        Assert.Contains(NetworkModel.Load(Repository.Model(Ssd)).Sha256, exception.Message, StringComparison.Ordinal);
    }
}
