using System.Diagnostics;
using System.IO.Compression;
using System.Text.Json.Nodes;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Cli.Tests;

/// <summary>Verifying, repairing and exporting stores, and searching without one, as a person does.</summary>
public sealed class StoreCommandTests(GalleryStore gallery) : IClassFixture<GalleryStore>
{
    [Fact]
    public async Task A_damaged_store_is_verified_named_repaired_and_verified_again()
    {
        using TemporaryFolder folder = new();
        string store = folder["s.zarr"];
        Outcome made = await Vissearch.RunAsync(
            "precompute", Path.Combine(Repository.Gallery, "ATTRIBUTION.csv"), "--where", "label = 'cat'", "--model", "ssd-mobilenet-v2-oid", "--layer", "Conv_1", "--transform", "tensorflow:96", "--out", store);
        Assert.True(made.ExitCode == 0, made.Error);
        Assert.Contains("all right", (await Vissearch.RunAsync("verify", store)).Out, StringComparison.Ordinal);

        byte[] chunk = File.ReadAllBytes(Path.Combine(store, "Conv_1", "0.0.0.0"));
        File.WriteAllBytes(Path.Combine(store, "Conv_1", "0.0.0.0"), [.. chunk.Select((value, i) => i == 77 ? (byte)~value : value)]);
        Outcome damaged = await Vissearch.RunAsync("verify", store);
        Assert.Equal(1, damaged.ExitCode);
        Assert.Contains("Conv_1/0.0.0.0: its SHA-256 is", damaged.Error, StringComparison.Ordinal);
        Assert.Contains("--repair", damaged.Error, StringComparison.Ordinal);

        Outcome repaired = await Vissearch.RunAsync("verify", store, "--repair");
        Assert.True(repaired.ExitCode == 0, repaired.Error);
        Assert.Contains("computed anew, as it was", repaired.Error, StringComparison.Ordinal);
        Assert.Equal(chunk, File.ReadAllBytes(Path.Combine(store, "Conv_1", "0.0.0.0")));
        Assert.Equal(0, (await Vissearch.RunAsync("verify", store)).ExitCode);

        // As a copy that was stopped: told at a glance, and whoever reads it says what to do.
        Assert.Contains(": complete, ", (await Vissearch.RunAsync("info", store)).Out, StringComparison.Ordinal);
        File.WriteAllBytes(Path.Combine(store, "Conv_1", "0.0.0.0"), chunk[..^1]);
        Outcome cut = await Vissearch.RunAsync("info", store);
        Assert.Equal(1, cut.ExitCode);
        Assert.Contains("damaged: 1 file of it is not there or cut short, such as Conv_1/0.0.0.0. Mend it with: vissearch verify", cut.Out, StringComparison.Ordinal);
        File.Delete(Path.Combine(store, "skipped.csv"));
        Assert.Contains("\"status\": \"damaged\"", (await Vissearch.RunAsync("info", store, "--json")).Out, StringComparison.Ordinal);
        Outcome compared = await Vissearch.RunAsync("export", store, "--out", folder["cache"]);
        Assert.Equal(1, compared.ExitCode);
        Assert.Contains("vissearch verify STORE, which mends it with --repair", compared.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_export_is_a_cache_of_the_original_bit_for_bit()
    {
        using TemporaryFolder folder = new();
        Outcome outcome = await Vissearch.RunAsync("export", gallery.Store, "--to", "original", "--out", folder["cache"], "--layer", "expanded_conv_15/add=conv5", "--layer", "expanded_conv_5/add");
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        const string Compare = """
            import sys, numpy as np, zarr
            ours, cache = zarr.open_group(sys.argv[1], mode="r"), zarr.open_group(sys.argv[2], mode="r")
            for name, of in (("conv5", "expanded_conv_15_add"), ("expanded_conv_5_add", "expanded_conv_5_add")):
                a, b = cache[name], ours[of]
                print(name, a.chunks[0], a.compressor.cname, a.dtype, np.array_equal(a[:].view(np.uint16), b[:].view(np.uint16)))
            """;
        Assert.Equal(["conv5 500 lz4 float16 True", "expanded_conv_5_add 500 lz4 float16 True"], Peer.RunPython("-c", Compare, gallery.Store, folder["cache"]));

        Outcome again = await Vissearch.RunAsync("export", gallery.Store, "--out", folder["cache"]);
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("already exists", again.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await Vissearch.RunAsync("export", gallery.Store, "--out", folder["x"], "--layer", "conv5")).ExitCode);
    }

    [Theory]
    [InlineData("feats/.zarray", "{", "feats/.zarray")]
    [InlineData("feats/.zarray", """{"zarr_format": 2, "shape": [300, 64, 7, 7], "chunks": [2000000000, 64, 7, 7], "dtype": "<f2"}""", "\"chunks\"")]
    [InlineData("feats/0.0.0.0", "cut short", "feats/0.0.0.0")]
    public async Task A_search_over_a_damaged_cache_names_the_file_and_ends_with_1(string file, string content, string named)
    {
        using TemporaryFolder folder = new();
        ZipFile.CreateFromDirectory(Repository.Golden("zarr/g7"), folder["g7.zip"]);
        ZipFile.ExtractToDirectory(folder["g7.zip"], folder["g7"]);
        File.WriteAllText(folder[$"g7/{file}"], content);
        string query = Repository.Golden("queries/01_single");
        Outcome outcome = await Vissearch.RunAsync("search", folder["g7"], "--query-features", Path.Combine(query, "query.npy"), "--mask-array", Path.Combine(query, "mask.npy"));
        Assert.True(outcome.ExitCode == 1, outcome.Error);
        Assert.Contains(named, outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_zipped_cache_gives_the_answer_of_its_folder()
    {
        using TemporaryFolder folder = new();
        ZipFile.CreateFromDirectory(Repository.Golden("zarr/g7"), folder["g7.zip"], CompressionLevel.NoCompression, includeBaseDirectory: false);
        string query = Repository.Golden("queries/01_single");
        string[] answers = new string[2];
        for (int i = 0; i < 2; i++)
        {
            Outcome outcome = await Vissearch.RunAsync(
                "search", i == 0 ? Repository.Golden("zarr/g7") : folder["g7.zip"], "--query-features", Path.Combine(query, "query.npy"), "--mask-array", Path.Combine(query, "mask.npy"), "--json");
            Assert.True(outcome.ExitCode == 0, outcome.Error);
            answers[i] = JsonNode.Parse(outcome.Out)!["results"]!.ToJsonString();
        }

        Assert.Equal(answers[0], answers[1]);
    }

    [Fact]
    public async Task Serve_live_computes_into_memory_and_answers()
    {
        using Process process = Vissearch.Start(
            "serve", "--live", "--images", Path.Combine(Repository.Gallery, "cat"), "--model", "ssd-mobilenet-v2-oid", "--layer", "Conv_1", "--transform", "tensorflow:96", "--port", "0", "--no-browser");
        try
        {
            string? line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            Assert.NotNull(line);
            string address = line.Split(' ').First(word => word.StartsWith("http", StringComparison.Ordinal));
            using HttpClient client = new();
            JsonNode stores = JsonNode.Parse(await client.GetStringAsync(new Uri($"{address}/api/stores"), TestContext.Current.CancellationToken))!;
            Assert.Equal("live: cat", stores[0]!["id"]!.GetValue<string>());
            Assert.True(stores[0]!["images"]!.GetValue<int>() >= 3);
            Assert.Equal("Conv_1", stores[0]!["layers"]![0]!["name"]!.GetValue<string>());
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task Serve_says_at_its_start_that_the_photographs_of_a_store_are_gone()
    {
        using TemporaryFolder folder = new();
        string photographs = folder["photographs"], store = folder["store.zarr"];
        Directory.CreateDirectory(photographs);
        foreach (string file in Directory.GetFiles(Path.Combine(Repository.Gallery, "cat"), "*.jpg").Take(2))
        {
            File.Copy(file, Path.Combine(photographs, Path.GetFileName(file)));
        }

        Outcome made = await Vissearch.RunAsync(
            "precompute", photographs, "--model", "ssd-mobilenet-v2-oid", "--layer", "Conv_1", "--transform", "tensorflow:96", "--out", store);
        Assert.True(made.ExitCode == 0, made.Error);
        Directory.Delete(photographs, recursive: true);

        using Process process = Vissearch.Start("serve", store, "--port", "0", "--no-browser");
        try
        {
            using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            patience.CancelAfter(TimeSpan.FromMinutes(1));
            string? warning = await process.StandardError.ReadLineAsync(patience.Token);
            Assert.Contains($"{photographs}, which is not there", warning, StringComparison.Ordinal);
            Assert.Contains("--images-root", warning, StringComparison.Ordinal);
            Assert.Contains("http://127.0.0.1:", await process.StandardOutput.ReadLineAsync(patience.Token), StringComparison.Ordinal);
        }
        finally
        {
            process.Kill();
        }

        Outcome wrong = await Vissearch.RunAsync("serve", store, "--port", "0", "--no-browser", "--images-root", photographs);
        Assert.Equal(1, wrong.ExitCode);
        Assert.Contains("no such folder (--images-root)", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_index_is_built_anew_by_the_command_that_builds_a_missing_one()
    {
        using TemporaryFolder folder = new();
        Outcome made = await Vissearch.RunAsync(
            "precompute", Path.Combine(Repository.Gallery, "cat"), "--model", "ssd-mobilenet-v2-oid", "--layer", "Conv_1", "--transform", "tensorflow:96", "--out", folder["s.zarr"]);
        Assert.True(made.ExitCode == 0, made.Error);
        Assert.Equal(0, (await Vissearch.RunAsync("index", folder["s.zarr"])).ExitCode);
        string stage = Assert.Single(Directory.GetFiles(folder["s.zarr"], "stage0.bin", SearchOption.AllDirectories));
        byte[] whole = await File.ReadAllBytesAsync(stage, TestContext.Current.CancellationToken);
        byte[] damaged = [.. whole];
        damaged[whole.Length / 2] ^= 0xFF;
        await File.WriteAllBytesAsync(stage, damaged, TestContext.Current.CancellationToken);

        Assert.Equal(0, (await Vissearch.RunAsync("index", folder["s.zarr"])).ExitCode);
        stage = Assert.Single(Directory.GetFiles(folder["s.zarr"], "stage0.bin", SearchOption.AllDirectories));
        Assert.Equal(whole, await File.ReadAllBytesAsync(stage, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Serve_live_names_what_cannot_be_read_and_does_not_serve_nothing()
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["broken.jpg"], "no photograph", TestContext.Current.CancellationToken);
        Outcome outcome = await Vissearch.RunAsync(
            "serve", "--live", "--images", folder.Path, "--model", "ssd-mobilenet-v2-oid", "--layer", "Conv_1", "--transform", "tensorflow:96", "--port", "0", "--no-browser");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("left out: broken.jpg: ", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("none of its images could be read", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "--live needs", "serve", "--live", "--images", "x")]
    [InlineData(2, "need --live", "serve", "--images", "x")]
    [InlineData(1, "/nowhere: no such folder (--images-root)", "serve", "--live", "--images", "not looked at", "--model", "nor this", "--layer", "x", "--images-root", "/nowhere")]
    [InlineData(2, "--port is 70000", "demo", "--port", "70000")]
    [InlineData(2, "--image is empty", "search", "not looked at", "--image", "", "--mask", "m.png")]
    [InlineData(2, "STORE is empty", "info", " ")]
    [InlineData(1, "/nowhere: no such folder (--images-root)", "compare", "not looked at", "nor this", "--images-root", "/nowhere")]
    [InlineData(2, "--exclude-self needs --batch", "search", "not looked at", "--image", "q.jpg", "--mask", "m.png", "--exclude-self")]
    [InlineData(2, "--out needs --batch", "search", "not looked at", "--image", "q.jpg", "--mask", "m.png", "--out", "x.csv")]
    [InlineData(1, "make the batch smaller", "precompute", ".", "--model", "ssd-mobilenet-v2-oid", "--layer", "Conv_1", "--batch", "100000", "--out", "/nowhere/x.zarr")]
    [InlineData(2, "give a STORE", "serve")]
    [InlineData(2, "--grid", "layers", "ssd-mobilenet-v2-oid", "--grid", "7")]
    [InlineData(2, "--input", "layers", "ssd-mobilenet-v2-oid", "--input", "x")]
    [InlineData(1, "cuda", "layers", "ssd-mobilenet-v2-oid", "--provider", "cuda")]
    [InlineData(1, "catalogue", "model", "pull", "nothing")]
    [InlineData(1, "no such directory", "verify", "/nowhere")]
    [InlineData(1, "no such directory", "export", "/nowhere", "--out", "x")]
    public async Task Mistakes_are_told_on_stderr_with_the_exit_code(int exitCode, string words, params string[] arguments)
    {
        Outcome outcome = await Vissearch.RunAsync(arguments);
        Assert.True(exitCode == outcome.ExitCode, outcome.Error);
        Assert.Contains(words, outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", outcome.Error, StringComparison.Ordinal);
    }
}
