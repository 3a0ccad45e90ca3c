using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Search.Index;
using VisualFeatureSearch.Tests.Support;
using VisualFeatureSearch.Zarr;

namespace VisualFeatureSearch.Tests.Features;

public sealed class StoreVerifierTests
{
    private static readonly string[] Layers = ["expanded_conv_5/add", "Conv_1"];

    [Fact]
    public async Task A_store_as_it_was_written_is_all_right_and_every_file_has_a_checksum()
    {
        using TemporaryFolder folder = new();
        FeatureStore store = await PrecomputeAsync(folder);
        StoreVerification found = Verify(store);
        Assert.Empty(found.Problems);
        Assert.True(found.HasChecksums);
        Assert.Equal(6, found.Chunks);
        string[] lines = File.ReadAllLines(folder["s.zarr/SHA256SUMS"]);
        Assert.Equal(8, lines.Length);
        Assert.All(lines, line => Assert.Equal(
            line[..64], Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(folder[$"s.zarr/{line[66..]}"])))));
    }

    [Fact]
    public async Task Damaged_chunks_are_named_and_only_they_are_computed_again_as_they_were()
    {
        using TemporaryFolder folder = new();
        FeatureStore store = await PrecomputeAsync(folder);
        string[] chunks = ["s.zarr/Conv_1/1.0.0.0", "s.zarr/Conv_1/2.0.0.0", "s.zarr/expanded_conv_5_add/0.0.0.0"];
        byte[][] before = [.. chunks.Select(chunk => File.ReadAllBytes(folder[chunk]))];
        byte[] flipped = [.. before[0]];
        flipped[1234] ^= 1;
        File.WriteAllBytes(folder[chunks[0]], flipped);
        File.Delete(folder[chunks[1]]);
        File.WriteAllBytes(folder[chunks[2]], before[2][..100]);
        DateTime untouched = File.GetLastWriteTimeUtc(folder["s.zarr/Conv_1/0.0.0.0"]);

        IReadOnlyList<StoreProblem> problems = Verify(FeatureStore.Open(folder["s.zarr"])).Problems;
        Assert.Equal(["expanded_conv_5_add/0.0.0.0", "Conv_1/1.0.0.0", "Conv_1/2.0.0.0"], problems.Select(problem => problem.File));
        List<string> reports = [];
        Assert.Equal(0, new StoreRepairer(store, DateTimeOffset.UnixEpoch).Repair(problems, (problem, done) => reports.Add($"{problem.File}: {done}"), TestContext.Current.CancellationToken));

        Assert.Equal(before, chunks.Select(chunk => File.ReadAllBytes(folder[chunk])));
        Assert.Equal(untouched, File.GetLastWriteTimeUtc(folder["s.zarr/Conv_1/0.0.0.0"]));
        Assert.All(reports, report => Assert.EndsWith("as it was", report, StringComparison.Ordinal));
        Assert.Empty(Verify(FeatureStore.Open(folder["s.zarr"])).Problems);
    }

    [Fact]
    public async Task A_store_that_no_longer_says_whose_it_is_is_not_all_right()
    {
        using TemporaryFolder folder = new();
        _ = await PrecomputeAsync(folder);
        File.Delete(folder["s.zarr/.zattrs"]);
        StoreProblem problem = Assert.Single(Verify(FeatureStore.Open(folder["s.zarr"])).Problems);
        Assert.Equal(".zattrs", problem.File);
        Assert.Contains("has lost its .zattrs", Assert.Throws<FeatureStoreException>(() => new PhotographSearch(FeatureStore.Open(folder["s.zarr"]))).Message, StringComparison.Ordinal);
        Assert.Contains("it is missing", problem.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chunk_whose_photographs_are_gone_is_left_as_it_is_and_said()
    {
        using TemporaryFolder folder = new();
        FeatureStore store = await PrecomputeAsync(folder);
        File.Delete(folder["s.zarr/Conv_1/1.0.0.0"]);
        List<string> reports = [];
        StoreRepairer repairer = new(store, DateTimeOffset.UnixEpoch) { ImagesRoot = folder["nowhere"] };
        Assert.Equal(1, repairer.Repair(Verify(store).Problems, (_, done) => reports.Add(done), TestContext.Current.CancellationToken));
        Assert.Contains("--images-root", Assert.Single(reports), StringComparison.Ordinal);
        Assert.False(File.Exists(folder["s.zarr/Conv_1/1.0.0.0"]));
    }

    [Fact]
    public async Task A_chunk_that_is_gone_is_named_by_whoever_reads_it_and_not_taken_for_images_without_features()
    {
        using TemporaryFolder folder = new();
        _ = await PrecomputeAsync(folder);
        File.Delete(folder["s.zarr/Conv_1/1.0.0.0"]);
        FeatureArray layer = FeatureStore.Open(folder["s.zarr"]).FindLayer("Conv_1");
        Assert.NotEmpty(layer.ReadMap(0));
        Assert.Contains("chunk Conv_1/1.0.0.0 is missing", Assert.Throws<ZarrException>(() => layer.ReadMap(layer.Count / 2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_manifest_is_written_again_from_the_dataset_and_from_no_other()
    {
        using TemporaryFolder folder = new();
        FeatureStore store = await PrecomputeAsync(folder);
        byte[] before = File.ReadAllBytes(folder["s.zarr/manifest.csv"]);
        File.WriteAllText(folder["s.zarr/manifest.csv"], File.ReadAllText(folder["s.zarr/manifest.csv"]).Replace("bird", "brid", StringComparison.Ordinal));
        IReadOnlyList<StoreProblem> problems = Verify(store).Problems;
        Assert.Equal("manifest.csv", Assert.Single(problems).File);
        Assert.Equal(1, new StoreRepairer(store, DateTimeOffset.UnixEpoch).Repair(problems, (_, done) => Assert.Contains("--images", done, StringComparison.Ordinal), TestContext.Current.CancellationToken));
        Assert.Equal(1, new StoreRepairer(store, DateTimeOffset.UnixEpoch) { Images = ImageList.Open(Repository.Gallery) }.Repair(problems, (_, done) => Assert.Contains("another list", done, StringComparison.Ordinal), TestContext.Current.CancellationToken));
        Assert.Equal(0, new StoreRepairer(store, DateTimeOffset.UnixEpoch) { Images = Birds() }.Repair(problems, (_, _) => { }, TestContext.Current.CancellationToken));
        Assert.Equal(before, File.ReadAllBytes(folder["s.zarr/manifest.csv"]));
    }

    [Fact]
    public async Task A_damaged_index_is_named_and_built_anew()
    {
        using TemporaryFolder folder = new();
        FeatureStore store = await PrecomputeAsync(folder);
        IndexBuilder.Build(store, store.FindLayer("Conv_1"), DateTimeOffset.UnixEpoch, cancellationToken: TestContext.Current.CancellationToken);
        string stage = Directory.GetFiles(folder["s.zarr"], "stage0.bin", SearchOption.AllDirectories).Single();
        byte[] bytes = File.ReadAllBytes(stage);
        bytes[10] ^= 1;
        File.WriteAllBytes(stage, bytes);
        IReadOnlyList<StoreProblem> problems = Verify(store).Problems;
        Assert.Equal("Conv_1", Assert.Single(problems).IndexedLayer);
        Assert.Equal(0, new StoreRepairer(store, DateTimeOffset.UnixEpoch).Repair(problems, (_, _) => { }, TestContext.Current.CancellationToken));
        Assert.Empty(Verify(store).Problems);
    }

    [Fact]
    public void A_cache_of_the_original_without_checksums_is_checked_by_decoding_it()
    {
        using TemporaryFolder folder = new();
        CopyFolder(Repository.Golden("zarr/g7"), folder["g7"]);
        FeatureStore store = FeatureStore.Open(folder["g7"]);
        StoreVerification whole = Verify(store);
        Assert.False(whole.HasChecksums);
        Assert.Empty(whole.Problems);
        byte[] chunk = File.ReadAllBytes(folder["g7/feats/0.0.0.0"]);
        File.WriteAllBytes(folder["g7/feats/0.0.0.0"], chunk[..(chunk.Length / 2)]);
        Assert.Contains("feats/0.0.0.0", Assert.Single(Verify(store).Problems).File, StringComparison.Ordinal);
    }

    private static StoreVerification Verify(FeatureStore store) => StoreVerifier.Verify(store, null, TestContext.Current.CancellationToken);

    private static void CopyFolder(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private static ImageList Birds() => ImageList.Open(Path.Combine(Repository.Gallery, "ATTRIBUTION.csv"), new DatasetOptions { Where = "label = 'bird'" });

    private static async Task<FeatureStore> PrecomputeAsync(TemporaryFolder folder)
    {
        ImageList images = Birds();
        await FeaturePrecomputer.RunAsync(
            new PrecomputeJob
            {
                Images = images,
                Model = NetworkModel.Load(Repository.Model("ssd-mobilenet-v2-oid.onnx")),
                Layers = Layers,
                Transform = ImageTransform.TensorFlow(96),
                StorePath = folder["s.zarr"],
                Created = DateTimeOffset.UnixEpoch,
                MaximumChunkBytes = 1280 * 9 * 2 * ((images.Entries.Count + 2) / 3),
            },
            cancellationToken: TestContext.Current.CancellationToken);
        return FeatureStore.Open(folder["s.zarr"]);
    }
}
