using System.Diagnostics;
using System.Text.Json.Nodes;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Cli.Tests;

/// <summary>Every command over the bundled gallery, end to end.</summary>
public sealed class CommandTests(GalleryStore gallery) : IClassFixture<GalleryStore>
{
    private const string Layer = "expanded_conv_15/add";

    [Fact]
    public async Task Layers_lists_inputs_and_tensors_with_first_choices()
    {
        Outcome text = await Vissearch.RunAsync("layers", "ssd-mobilenet-v2-oid", "--transform", "tensorflow:224");
        Assert.Equal(0, text.ExitCode);
        Assert.Matches(@"\*\s+Conv_1\s+Clip\s+1280\s+7 x 7", text.Out);
        JsonNode json = JsonNode.Parse((await Vissearch.RunAsync("layers", Repository.Model("centernet-mobilenet-v3-coco.onnx"), "--suggested", "--json")).Out)!;
        Assert.Equal(["expanded_conv_11/add", "extern1/hard_swish/mul_1"], json["layers"]!.AsArray().Select(layer => layer!["name"]!.GetValue<string>()));
        Assert.Equal("image", json["inputs"]![0]!["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task Info_says_that_the_gallerys_store_is_complete()
    {
        Outcome text = await Vissearch.RunAsync("info", gallery.Store);
        Assert.Contains("complete, 212 images", text.Out, StringComparison.Ordinal);
        JsonNode json = JsonNode.Parse((await Vissearch.RunAsync("info", gallery.Store, "--json")).Out)!;
        Assert.Equal("complete", json["status"]!.GetValue<string>());
        Assert.Equal("[212,160,10,10]", json["layers"]![1]!["shape"]!.ToJsonString());
    }

    [Fact]
    public async Task A_painted_animals_head_brings_animals_heads()
    {
        string mask = gallery.Head(0.47, 0.45, 0.2, 0.25);
        string photograph = Path.Combine(Repository.Gallery, "primate", "mountain-gorilla.jpg");
        Outcome outcome = await Vissearch.RunAsync("search", gallery.Store, "--image", photograph, "--mask", mask, "--layer", Layer, "--top", "10", "--json");
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        JsonArray results = JsonNode.Parse(outcome.Out)!["results"]!.AsArray();
        Assert.Equal(Enumerable.Range(1, 10), results.Select(result => result!["rank"]!.GetValue<int>()));
        Assert.Equal("primate/mountain-gorilla.jpg", results[0]!["path"]!.GetValue<string>());
        string[] furry = ["primate", "small-mammal", "hoofed-animal", "cat", "dog-or-bear", "marsupial"];
        Assert.True(results.Count(result => furry.Contains(result!["label"]!.GetValue<string>())) >= 8, outcome.Out);

        Outcome table = await Vissearch.RunAsync("search", gallery.Store, "--image", photograph, "--mask", mask, "--top", "3");
        Assert.Contains("primate/mountain-gorilla.jpg", table.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_search_is_narrowed_by_columns_values_rows_similarity_and_a_second_mask()
    {
        string mask = gallery.Head(0.47, 0.45, 0.2, 0.25);
        string photograph = Path.Combine(Repository.Gallery, "primate", "mountain-gorilla.jpg");
        string[] search = ["search", gallery.Store, "--image", photograph, "--mask", mask, "--layer", Layer, "--json"];
        JsonArray all = await Results([.. search, "--top", "212"]);
        long self = all[0]!["index"]!.GetValue<long>();

        JsonArray narrowed = await Results([.. search, "--where", "label <> 'primate' and path not like 'hoofed%'", "--unique", "label", "--leave-out", $"{self}"]);
        string[] labels = [.. narrowed.Select(result => result!["label"]!.GetValue<string>())];
        Assert.Equal(labels.Distinct(), labels);
        Assert.Empty(labels.Intersect(["primate", "hoofed-animal"]));
        string small = gallery.Head(0.47, 0.45, 0.06, 0.06);
        JsonArray several = await Results(["search", gallery.Store, "--image", photograph, "--mask", small, "--windows", "3", "--json"]);
        Assert.All(several, result => Assert.Equal(3, result!["windows"]!.AsArray().Count));
        Assert.All(several, result => Assert.Equal(result!["window"]!.ToJsonString(), result["windows"]![0]!["window"]!.ToJsonString()));

        JsonArray near = await Results([.. search, "--threshold", "0.7"]);
        Assert.Equal(all.Count(result => result!["similarity"]!.GetValue<double>() >= 0.7), near.Count);
        JsonArray others = await Results([.. search, "--near-duplicates", "0.99"]);
        Assert.DoesNotContain(others, result => result!["index"]!.GetValue<long>() == self);
        JsonArray contrast = await Results([.. search, "--negative", gallery.Head(0.1, 0.1, 0.2, 0.2)]);
        Assert.All(contrast, result => Assert.Equal(
            result!["positive"]!.GetValue<double>() - Math.Max(0, result["negative"]!.GetValue<double>()), result["similarity"]!.GetValue<double>(), 1e-5));

        async Task<JsonArray> Results(string[] arguments)
        {
            Outcome outcome = await Vissearch.RunAsync(arguments);
            Assert.True(outcome.ExitCode == 0, outcome.Error);
            return JsonNode.Parse(outcome.Out)!["results"]!.AsArray();
        }
    }

    [Fact]
    public async Task An_index_gives_the_same_answer_and_a_damaged_one_is_named()
    {
        using TemporaryFolder folder = new();
        string store = folder["gallery.zarr"];
        Outcome made = await Vissearch.RunAsync("precompute", Repository.Gallery, "--model", "ssd-mobilenet-v2-oid", "--layer", Layer, "--transform", $"tensorflow:{GalleryStore.Side}", "--out", store);
        Assert.True(made.ExitCode == 0, made.Error);
        string[] search = ["search", store, "--image", Path.Combine(Repository.Gallery, "primate", "mountain-gorilla.jpg"), "--mask", gallery.Head(0.47, 0.45, 0.2, 0.25), "--json"];
        JsonNode plain = JsonNode.Parse((await Vissearch.RunAsync(search)).Out)!;
        Outcome indexed = await Vissearch.RunAsync("index", store);
        Assert.True(indexed.ExitCode == 0, indexed.Error);
        Assert.Contains("212 images indexed", indexed.Out, StringComparison.Ordinal);
        JsonNode staged = JsonNode.Parse((await Vissearch.RunAsync(search)).Out)!;
        Assert.Equal(plain["results"]!.ToJsonString(), staged["results"]!.ToJsonString());
        Assert.NotNull(staged["stats"]!["stages"]);
        Assert.Null(JsonNode.Parse((await Vissearch.RunAsync([.. search, "--plain"])).Out)!["stats"]!["stages"]);

        // A flipped byte is found while searching, a broken basis before.
        string stage = IndexFile("stage0.bin");
        byte[] bytes = File.ReadAllBytes(stage);
        bytes[300] ^= 1;
        File.WriteAllBytes(stage, bytes);
        await AssertNamed("the index is damaged: stage0.bin at images 0 to 63");
        File.WriteAllText(IndexFile("basis.bin"), "x");
        await AssertNamed("its files are damaged");

        string IndexFile(string name) => Directory.GetFiles(Path.Combine(store, ".vissearch-index"), name, SearchOption.AllDirectories)[0];

        async Task AssertNamed(string problem)
        {
            Outcome damaged = await Vissearch.RunAsync(search);
            Assert.Equal(0, damaged.ExitCode);
            Assert.Contains(problem, damaged.Error, StringComparison.Ordinal);
            Assert.Contains("Build it anew with 'vissearch index", damaged.Error, StringComparison.Ordinal);
            Assert.Equal(plain["results"]!.ToJsonString(), JsonNode.Parse(damaged.Out)!["results"]!.ToJsonString());
        }
    }

    [Fact]
    public async Task A_cache_of_the_original_tool_is_searched_by_features()
    {
        string query = Repository.Golden("queries/03_soft3x3");
        Outcome outcome = await Vissearch.RunAsync(
            "search", Repository.Golden("zarr/g7"), "--array", "feats", "--query-features", Path.Combine(query, "query.npy"),
            "--mask-array", Path.Combine(query, "mask.npy"), "--top", "5", "--json");
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        JsonNode report = JsonNode.Parse(outcome.Out)!;
        Assert.Equal([17, 56, 10, 86, 114], report["results"]!.AsArray().Select(result => result!["index"]!.GetValue<int>()));
        Assert.Null(report["results"]![0]!["path"]);
        Assert.Equal(300, report["stats"]!["images"]!.GetValue<int>());
    }

    [Fact]
    public async Task Serve_answers_at_the_address_it_prints()
    {
        using Process process = Vissearch.Start("serve", gallery.Store, "--port", "0", "--no-browser");
        try
        {
            string line = (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!;
            string address = line.Split(' ').First(word => word.StartsWith("http://127.0.0.1:", StringComparison.Ordinal));
            using HttpClient client = new();
            Assert.Contains("\"gallery\"", await client.GetStringAsync(new Uri(address + "/api/stores"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task The_demo_computes_once_and_serves()
    {
        using TemporaryFolder folder = new();
        foreach (string expected in (string[])["Computed the features of 212 photographs", "The features of 212 photographs are in"])
        {
            using Process process = Vissearch.Start("demo", "--out", folder["demo"], "--port", "0", "--no-browser");
            try
            {
                Assert.Contains("http://127.0.0.1:", (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!, StringComparison.Ordinal);

                // On a slow machine lines of progress come first.
                string? line;
                do
                {
                    line = await process.StandardError.ReadLineAsync(TestContext.Current.CancellationToken);
                }
                while (line?.Contains("images/s", StringComparison.Ordinal) == true);

                Assert.Contains(expected, line!, StringComparison.Ordinal);
            }
            finally
            {
                process.Kill();
                await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            }
        }
    }

    [Fact]
    public async Task Broken_files_are_listed_and_only_fail_a_strict_run()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["images/x.png"]);
        File.WriteAllText(folder["images/text.jpg"], "text");
        File.WriteAllBytes(folder["images/zero.png"], []);
        byte[] kitten = File.ReadAllBytes(Path.Combine(Repository.Gallery, "cat", "kitten.jpg"));
        File.WriteAllBytes(folder["images/cut.jpg"], kitten[..(kitten.Length / 2)]);
        File.WriteAllBytes(folder["images/whole.jpg"], kitten);
        string[] command = ["precompute", folder["images"], "--model", "ssd-mobilenet-v2-oid", "--layer", Layer, "--transform", "tensorflow:96", "--out", folder["store"]];

        Outcome outcome = await Vissearch.RunAsync(command);
        Assert.Equal(0, outcome.ExitCode);
        foreach (string file in (string[])["x.png", "text.jpg", "zero.png", "cut.jpg"])
        {
            Assert.Contains($"left out: {file}: ", outcome.Error, StringComparison.Ordinal);
        }

        Assert.Contains("1 image complete, 4 left out", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await Vissearch.RunAsync([.. command, "--strict"])).ExitCode);

        File.Delete(folder["images/whole.jpg"]);
        command[^1] = folder["nothing"];
        Outcome nothing = await Vissearch.RunAsync(command);
        Assert.Equal(1, nothing.ExitCode);
        Assert.Contains("none of the images could be read", nothing.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("99999999999999")]
    [InlineData("yesterday")]
    public async Task A_time_of_the_environment_that_is_none_is_told(string epoch)
    {
        Outcome outcome = await Vissearch.RunAtAsync(epoch, "precompute", Repository.Gallery, "--model", "ssd-mobilenet-v2-oid", "--layer", Layer, "--out", "/nowhere/store");
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains($"SOURCE_DATE_EPOCH is '{epoch}': it must be a number of seconds since 1970", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("model")]
    public async Task Who_asks_for_nothing_is_told_what_there_is(params string[] arguments)
    {
        Outcome outcome = await Vissearch.RunAsync(arguments);
        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("Commands:", outcome.Out, StringComparison.Ordinal);
        Assert.Empty(outcome.Error);
    }

    [Fact]
    public async Task A_killed_precompute_goes_on_to_the_same_store()
    {
        using TemporaryFolder folder = new();
        string[] Command(string store) =>
            ["precompute", Repository.Gallery, "--model", "ssd-mobilenet-v2-oid", "--layer", Layer, "--transform", "tensorflow:160", "--out", folder[store], "--workers", "1"];
        Assert.Equal(0, (await Vissearch.RunAsync(Command("whole"))).ExitCode);
        foreach (int milliseconds in (int[])[350, 700, 1100])
        {
            using (Process process = Vissearch.Start(Command("killed")))
            {
                await Task.Delay(milliseconds, TestContext.Current.CancellationToken);
                process.Kill();
                await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            }

            Outcome info = await Vissearch.RunAsync("info", folder["killed"]);
            Assert.True(info.ExitCode == 1 || info.Out.Contains("unfinished", StringComparison.Ordinal) || info.Out.Contains("complete, 212 images", StringComparison.Ordinal), info.Out);
        }

        Assert.Equal(0, (await Vissearch.RunAsync(Command("killed"))).ExitCode);
        string[] files = [.. Directory.GetFiles(folder["whole"], "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder["whole"], file)).Order()];
        Assert.Equal(files, Directory.GetFiles(folder["killed"], "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder["killed"], file)).Order());
        Assert.All(files, file => Assert.Equal(File.ReadAllBytes(Path.Combine(folder["whole"], file)), File.ReadAllBytes(Path.Combine(folder["killed"], file))));
    }

    [Theory]
    [InlineData(2, "--model' is required", "precompute", "images")]
    [InlineData(2, "there is no command 'serch': the commands are demo, model, ", "serch")]
    [InlineData(2, "there is no command 'fetch': the commands are ", "model", "fetch")]
    [InlineData(2, "--top is 'ten': a whole number is expected", "search", "STORE", "--top", "ten")]
    [InlineData(2, "--top is '99999999999': a smaller number is expected", "search", "STORE", "--top", "99999999999")]
    [InlineData(2, "--image needs a value", "search", "STORE", "--image", "--mask", "b.png")]
    [InlineData(2, "--provider: Argument 'gpu' not recognized", "layers", "m", "--provider", "gpu")]
    [InlineData(2, "Response file not found", "@/nowhere")]
    [InlineData(2, "'--bogus'", "--bogus")]
    [InlineData(2, "there is no field 'sizee': the fields are resize, size, ", "layers", "ssd-mobilenet-v2-oid", "--transform", "{\"sizee\":3}")]
    [InlineData(2, "'size' has a value of another kind: a whole number is expected", "layers", "ssd-mobilenet-v2-oid", "--transform", "{\"size\":\"x\"}")]
    [InlineData(2, "it is not JSON at line 1, byte 9", "layers", "ssd-mobilenet-v2-oid", "--transform", "{\"size\":")]
    [InlineData(2, "--leave-out is '1.5': a whole number is expected", "search", "STORE", "--leave-out", "3", "--leave-out", "1.5")]
    [InlineData(2, "--threshold is '0,5': a number such as 0.5 is expected", "search", "STORE", "--threshold", "0,5")]
    [InlineData(2, "--sha256 is 'abc': a SHA-256 has 64 digits", "model", "pull", "resnet50", "--sha256", "abc")]
    [InlineData(2, "'imagenet' is neither a preset", "model", "pull", "resnet50", "--transform", "imagenet")]
    [InlineData(2, "--image and --mask belong together", "compare", "/nowhere", "/nowhere", "--image", "a.png")]
    [InlineData(1, "/nowhere: no such directory", "serve", "/nowhere", "--live", "--images", "/", "--model", "ssd-mobilenet-v2-oid", "--layer", "Conv_1")]
    [InlineData(2, "--image and --mask", "search", "STORE")]
    [InlineData(2, "--top", "search", "STORE", "--image", "a.png", "--mask", "b.png", "--top", "0")]
    [InlineData(2, "--budget", "search", "STORE", "--image", "a.png", "--mask", "b.png", "--budget", "5")]
    [InlineData(2, "'--threshold' is 5", "search", "STORE", "--image", "a.png", "--mask", "b.png", "--threshold", "5")]
    [InlineData(2, "'--near-duplicates' is 2", "search", "STORE", "--image", "a.png", "--mask", "b.png", "--near-duplicates", "2")]
    [InlineData(1, "no such directory", "index", "/nowhere")]
    [InlineData(2, "float64", "precompute", "x", "--model", "m", "--layer", "l", "--out", "o", "--dtype", "float64")]
    [InlineData(2, "transform", "layers", "ssd-mobilenet-v2-oid", "--transform", "imagenet")]
    [InlineData(1, "no such directory", "info", "/nowhere")]
    [InlineData(1, "vissearch model pull resnet50", "layers", "resnet50")]
    [InlineData(1, "no such folder", "precompute", "/nowhere", "--model", "ssd-mobilenet-v2-oid", "--layer", "Conv_1", "--out", "o")]
    public async Task Mistakes_are_told_on_stderr_with_the_exit_code(int exitCode, string words, params string[] arguments)
    {
        Outcome outcome = await Vissearch.RunAsync(arguments);
        Assert.True(exitCode == outcome.ExitCode, outcome.Error);
        Assert.Contains(words, outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Queries_that_do_not_fit_are_explained()
    {
        string photograph = Path.Combine(Repository.Gallery, "cat", "kitten.jpg");
        await AssertSaysAsync("the mask is empty", "--image", photograph, "--mask", gallery.Head(0.5, 0.5, 0, 0));
        await AssertSaysAsync("the negative mask: the mask is empty", "--image", photograph, "--mask", gallery.Head(0.5, 0.5, 0.2, 0.2), "--negative", gallery.Head(0.5, 0.5, 0, 0));
        await AssertSaysAsync("it is a folder: give an image file", "--image", Repository.Gallery, "--mask", photograph);
        await AssertSaysAsync("no alpha channel", "--image", photograph, "--mask", photograph);
        await AssertSaysAsync("no layer 'conv5'", "--image", photograph, "--mask", gallery.Head(0.5, 0.5, 0.2, 0.2), "--layer", "conv5");
        await AssertSaysAsync("no such file", "--image", "/nowhere.jpg", "--mask", photograph);
        string query = Repository.Golden("queries/17_10x6_soft");
        await AssertSaysAsync("channels", "--array", "expanded_conv_15_add", "--query-features", Path.Combine(query, "query.npy"), "--mask-array", Path.Combine(query, "mask.npy"));
        await AssertSaysAsync("need a mask of (10, 6)", "--array", "expanded_conv_15_add", "--query-features", Path.Combine(query, "query.npy"), "--mask-array", Repository.Golden("queries/01_single/mask.npy"));

        async Task AssertSaysAsync(string words, params string[] arguments)
        {
            Outcome outcome = await Vissearch.RunAsync(["search", gallery.Store, .. arguments]);
            Assert.True(outcome.ExitCode == 1, outcome.Error + outcome.Out);
            Assert.Contains(words, outcome.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("layers")]
    [InlineData("precompute")]
    [InlineData("search")]
    [InlineData("serve")]
    [InlineData("info")]
    [InlineData("demo")]
    public async Task Every_command_has_help_that_describes_its_options(string command)
    {
        Outcome outcome = await Vissearch.RunAsync(command, "--help");
        Assert.Equal(0, outcome.ExitCode);
        Assert.True(outcome.Out.Split('\n').Length > 8, outcome.Out);
    }
}
