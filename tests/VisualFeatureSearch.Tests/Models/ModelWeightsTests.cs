using System.Runtime.InteropServices;
using Google.Protobuf;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Models.Onnx;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Tests.Models;

public sealed class ModelWeightsTests
{
    private const string Layer = "expanded_conv_15/project";

    [Fact]
    public void A_real_networks_weights_have_names_shapes_and_layers()
    {
        ModelWeights weights = ModelWeights.Load(Repository.Model("ssd-mobilenet-v2-oid.onnx"));
        WeightInfo project = weights.Find(Layer);
        Assert.Equal([160, 960, 1, 1], project.Shape);
        Assert.Equal(("float32", "Conv", Layer), (project.ElementType, project.UsedBy, project.Output));
        Assert.Equal(project, weights.Find(project.Name));
        Assert.Contains(weights.Weights, weight => weight.Output == Layer && weight.Shape.Count == 1);
    }

    [Fact]
    public void An_edited_channel_changes_its_feature_map_and_no_other_and_the_card_says_what_was_edited()
    {
        using TemporaryFolder folder = new();
        string original = Repository.Model("ssd-mobilenet-v2-oid.onnx");
        ModelWeights weights = ModelWeights.Load(original);
        float[] values = weights.Read(Layer);
        values.AsSpan(3 * 960, 960).Clear();
        weights.Replace(Layer, values);
        weights.Save(folder["edited.onnx"]);

        Assert.Equal(values, ModelWeights.Load(folder["edited.onnx"]).Read(Layer));
        NetworkModel edited = NetworkModel.Load(folder["edited.onnx"]);
        Assert.Contains("edited: " + weights.Find(Layer).Name, edited.Card.Title, StringComparison.Ordinal);
        Assert.Equal("tensorflow:320", edited.Card.Transform);
        Assert.Equal("Apache-2.0", edited.Card.Licence);
        float[][] before = Channels(NetworkModel.Load(original));
        float[][] after = Channels(edited);
        Assert.Equal(before[2], after[2]);
        Assert.True(before[3].Distinct().Count() > 1);
        Assert.Single(after[3].Distinct());

        static float[][] Channels(NetworkModel model)
        {
            ImageTransform transform = ImageTransform.TensorFlow(96);
            using FeatureExtractor extractor = model.OpenExtractor([Layer], transform);
            PixelImage crop = transform.Cut(ImageDecoder.DecodeFile(Path.Combine(Repository.Gallery, "cat", "kitten.jpg")));
            return [.. extractor.Extract(crop)[0].Chunk(9)];
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(16)]
    public void Every_floating_type_keeps_its_numbers_in_the_file_or_in_fields_of_their_own(int type)
    {
        // All of these are exact in each type, bfloat16's 8 bits included.
        float[] values = [0, 1, -2.5f, 0.375f, 96, -0.0078125f];
        TensorProto tensor = new() { Name = "w", DataType = type };
        TensorNumbers.Write(tensor, values);
        Assert.Equal(values, TensorNumbers.Read(tensor, 6, "."));
        tensor.RawData = ByteString.Empty;
        switch (type)
        {
            case 1:
                tensor.FloatData.Add(values);
                break;
            case 11:
                tensor.DoubleData.Add(values.Select(value => (double)value));
                break;
            case 10:
                tensor.Int32Data.Add(values.Select(value => (int)BitConverter.HalfToUInt16Bits((Half)value)));
                break;
            default:
                tensor.Int32Data.Add(values.Select(value => (int)(BitConverter.SingleToUInt32Bits(value) >> 16)));
                break;
        }

        Assert.Equal(values, TensorNumbers.Read(tensor, 6, "."));
        Assert.Contains("has 6 numbers where its shape needs 7", Assert.Throws<ModelException>(() => TensorNumbers.Read(tensor, 7, ".")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_between_two_of_the_type_go_to_the_nearest_ties_to_even()
    {
        TensorProto tensor = new() { Name = "w", DataType = 16 };
        TensorNumbers.Write(tensor, [1 + (1f / 256), 1 + (3f / 256), 1 + (1.01f / 256)]);
        Assert.Equal([1, 1 + (1f / 64), 1 + (1f / 128)], TensorNumbers.Read(tensor, 3, "."));
    }

    [Fact]
    public void Weights_in_a_file_of_their_own_are_read_and_stay_there_but_for_the_edited_one()
    {
        using TemporaryFolder folder = new();
        NetworkBuilder net = new();
        net.Conv(net.Input("image", [1, 3, 32, 32]), 3, 16, output: "conv");
        net.SaveWithExternalWeights("conv", folder["net.onnx"], "net.bin");
        ModelWeights weights = ModelWeights.Load(folder["net.onnx"]);
        float[] values = weights.Read("conv");
        Assert.Equal(MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(folder["net.bin"]))[..values.Length].ToArray(), values);
        weights.Replace("conv", [.. values.Select(value => 2 * value)]);
        Directory.CreateDirectory(folder["elsewhere"]);
        Assert.Contains("into the same folder", Assert.Throws<ModelException>(() =>
        {
            // The edited weight is in the model now; the bias is small enough to have been there always.
            ModelWeights other = ModelWeights.Load(folder["net.onnx"]);
            other.Save(Path.Combine(folder["elsewhere"], "net.onnx"));
        }).Message, StringComparison.Ordinal);
        weights.Save(folder["edited.onnx"]);
        Assert.Equal(values.Select(value => 2 * value), ModelWeights.Load(folder["edited.onnx"]).Read("conv"));
        Assert.NotEqual(NetworkModel.Load(folder["net.onnx"]).Sha256, NetworkModel.Load(folder["edited.onnx"]).Sha256);
    }

    [Fact]
    public void A_copy_that_would_take_the_originals_card_is_refused()
    {
        using TemporaryFolder folder = new();
        File.Copy(Repository.Model("ssd-mobilenet-v2-oid.onnx"), folder["net.bin"]);
        File.WriteAllText(folder["net.json"], """{ "title": "the original" }""");
        ModelWeights weights = ModelWeights.Load(folder["net.bin"]);
        Assert.Contains("the same card", Assert.Throws<ModelException>(() => weights.Save(folder["net.onnx"])).Message, StringComparison.Ordinal);
        Directory.CreateDirectory(folder["taken.onnx"]);
        Assert.ThrowsAny<Exception>(() => weights.Save(folder["taken.onnx"]));
        Assert.Equal(["net.bin", "net.json", "taken.onnx"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName).Order());
        Assert.Contains("the original", File.ReadAllText(folder["net.json"]), StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_edited_is_said_and_nothing_is_left_behind()
    {
        using TemporaryFolder folder = new();
        string copy = folder["net.onnx"];
        File.Copy(Repository.Model("ssd-mobilenet-v2-oid.onnx"), copy);
        ModelWeights weights = ModelWeights.Load(copy);
        AssertSays("has no weight 'expanded_conv_15/proj' (near: expanded_conv_15/project", () => weights.Read("expanded_conv_15/proj"));
        AssertSays("153600 numbers, shape [160, 960, 1, 1]: 2 cannot replace them", () => weights.Replace(Layer, [1, 2]));
        AssertSays("write the edited one to another file", () => weights.Save(copy));
        AssertSays("write the edited one to another file", () => weights.Save(folder["NET.onnx"]));
        AssertSays("must end in .onnx", () => weights.Save(folder["edited.bin"]));
        Assert.Throws<DirectoryNotFoundException>(() => weights.Save(folder["missing/edited.onnx"]));
        AssertSays("no such file", () => ModelWeights.Load(folder["missing.onnx"]));
        File.WriteAllText(folder["text.onnx"], "this is no network");
        AssertSays("is not an ONNX model", () => ModelWeights.Load(folder["text.onnx"]));
        Assert.Equal(["net.onnx", "text.onnx"], Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(copy)!).Select(Path.GetFileName).Order());

        static void AssertSays(string words, Action action) => Assert.Contains(words, Assert.Throws<ModelException>(action).Message, StringComparison.Ordinal);
    }
}
