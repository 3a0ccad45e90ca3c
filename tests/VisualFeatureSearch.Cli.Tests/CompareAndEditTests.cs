using System.Text.Json.Nodes;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Cli.Tests;

/// <summary>Editing a network's weights, and comparing layers and networks, as a person does.</summary>
public sealed class CompareAndEditTests(GalleryStore gallery) : IClassFixture<GalleryStore>
{
    private const string Layer = "expanded_conv_15/add";

    [Fact]
    public async Task A_weight_goes_out_as_a_NumPy_file_and_comes_back_into_a_network_that_differs()
    {
        Peer.RequirePython("numpy");
        using TemporaryFolder folder = new();
        Outcome listed = await Vissearch.RunAsync("model", "weights", "ssd-mobilenet-v2-oid", "--json");
        JsonNode weight = Assert.Single(JsonNode.Parse(listed.Out)!.AsArray(), node => node!["layer"]!.GetValue<string>() == "expanded_conv_15/project" && node["shape"]!.AsArray().Count == 4)!;
        Outcome written = await Vissearch.RunAsync("model", "weights", "ssd-mobilenet-v2-oid", "--weight", weight["name"]!.GetValue<string>(), "--out", folder["w.npy"]);
        Assert.True(written.ExitCode == 0, written.Error);
        string[] shape = Peer.RunPython("-c", $"import numpy; w = numpy.load({Quote(folder["w.npy"])}); print(w.shape, w.dtype); w[:80] = 0; numpy.save({Quote(folder["half.npy"])}, w)");
        Assert.Equal("(160, 960, 1, 1) float32", shape[0]);

        Outcome edited = await Vissearch.RunAsync("model", "edit", "ssd-mobilenet-v2-oid", "--weight", $"expanded_conv_15/project={folder["half.npy"]}", "--out", folder["by-file.onnx"]);
        Assert.True(edited.ExitCode == 0, edited.Error);
        Outcome scaled = await Vissearch.RunAsync("model", "edit", "ssd-mobilenet-v2-oid", "--scale", "expanded_conv_15/project[0-39,40,41-79]=0", "--out", folder["by-scale.onnx"]);
        Assert.True(scaled.ExitCode == 0, scaled.Error);
        Assert.Equal(File.ReadAllBytes(folder["by-file.onnx"]), File.ReadAllBytes(folder["by-scale.onnx"]));

        await Vissearch.RunAsync("precompute", Repository.Gallery, "--model", folder["by-file.onnx"], "--layer", Layer, "--transform", "tensorflow:320", "--out", folder["edited"]);
        Outcome compared = await Vissearch.RunAsync("compare", gallery.Store, folder["edited"], "--layer", Layer, "--json");
        double alike = JsonNode.Parse(compared.Out)!["linearCka"]![0]![1]!.GetValue<double>();
        Assert.InRange(alike, 0.5, 0.9999);
    }

    [Fact]
    public async Task Layers_are_compared_over_the_dataset_and_for_a_highlight()
    {
        string photograph = Path.Combine(Repository.Gallery, "primate", "mountain-gorilla.jpg");
        string[] compare = ["compare", gallery.Store, gallery.Store, "--image", photograph, "--mask", gallery.Head(0.47, 0.45, 0.2, 0.25)];
        JsonNode json = JsonNode.Parse((await Vissearch.RunAsync([.. compare, "--json"])).Out)!;
        Assert.Equal(212, json["images"]!.GetValue<int>());
        Assert.Equal(4, json["rows"]!.AsArray().Count);
        Assert.Equal(1, json["linearCka"]![0]![2]!.GetValue<double>(), 1e-9);
        JsonNode[] agreements = [.. json["agreements"]!.AsArray().Select(node => node!)];
        Assert.Equal(6, agreements.Length);
        JsonNode same = Assert.Single(agreements, node => node["first"]!.GetValue<int>() == 1 && node["second"]!.GetValue<int>() == 3);
        Assert.Equal((1, 1, 1), (same["atDepth"]!.GetValue<double>(), Math.Round(same["rankBiased"]!.GetValue<double>(), 9), Math.Round(same["rankCorrelation"]!.GetValue<double>(), 9)));
        Assert.All(agreements.Where(node => node["first"]!.GetValue<int>() % 2 != node["second"]!.GetValue<int>() % 2), node => Assert.True(node["rankCorrelation"]!.GetValue<double>() < 0.9));

        Outcome text = await Vissearch.RunAsync([.. compare, "--images", "50", "--top", "5"]);
        Assert.Contains("Linear CKA (unbiased) over 50 images", text.Out, StringComparison.Ordinal);
        Assert.Matches(@"1\s+3\s+5 of 5\s+1\.000\s+1\.000", text.Out);
        Assert.Matches(@"1\s+2\s+\d of 5\s", text.Out);
    }

    [Theory]
    [InlineData("--layer: no store has a layer 'conv9'", "compare", "STORE", "--layer", "conv9")]
    [InlineData("there is only one layer", "compare", "STORE", "--layer", Layer)]
    [InlineData("--images is 3: it must be from 4 to 2000", "compare", "STORE", "--images", "3")]
    [InlineData("--image and --mask belong together", "compare", "STORE", "--mask", "m.png")]
    [InlineData("--image missing.jpg: no such file", "compare", "STORE", "--image", "missing.jpg", "--mask", "m.png")]
    [InlineData("there is nothing to edit", "model", "edit", "ssd-mobilenet-v2-oid", "--out", "x.onnx")]
    [InlineData("'0-160' is not a channel of 'w160': they are 0 to 159", "model", "edit", "ssd-mobilenet-v2-oid", "--scale", "w160[0-160]=0", "--out", "x.onnx")]
    [InlineData("--scale is 'w160=much'", "model", "edit", "ssd-mobilenet-v2-oid", "--scale", "w160=much", "--out", "x.onnx")]
    [InlineData("has no weight 'w9999'", "model", "edit", "ssd-mobilenet-v2-oid", "--scale", "w9999=0", "--out", "x.onnx")]
    [InlineData("--weight is 'w160'", "model", "edit", "ssd-mobilenet-v2-oid", "--weight", "w160", "--out", "x.onnx")]
    [InlineData("missing.npy: no such file", "model", "edit", "ssd-mobilenet-v2-oid", "--weight", "w160=missing.npy", "--out", "x.onnx")]
    [InlineData("--weight and --out belong together", "model", "weights", "ssd-mobilenet-v2-oid", "--weight", "w160")]
    public async Task What_makes_no_sense_is_named_with_its_option(string words, params string[] arguments)
    {
        Outcome outcome = await Vissearch.RunAsync([.. arguments.Select(argument => argument == "STORE" ? gallery.Store : argument)]);
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.Contains(words, outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", outcome.Error, StringComparison.Ordinal);
    }

    private static string Quote(string path) => $"'{path}'";
}
