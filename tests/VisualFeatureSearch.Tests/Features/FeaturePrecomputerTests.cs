using System.Runtime.InteropServices;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Tests.Support;
using VisualFeatureSearch.Zarr;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Tests.Features;

public sealed class FeaturePrecomputerTests
{
    private const string Early = "expanded_conv_5/add";
    private const string Late = "expanded_conv_15/add";

    private static readonly NetworkModel Model = NetworkModel.Load(Repository.Model("ssd-mobilenet-v2-oid.onnx"));
    private static readonly ImageTransform Transform = ImageTransform.TensorFlow(96);

    [Fact]
    public async Task A_store_holds_each_images_features_in_manifest_order()
    {
        using TemporaryFolder folder = new();
        PrecomputeJob job = Job(folder, Photographs(folder, 7));
        await RunAsync(job);

        FeatureStore store = FeatureStore.Open(job.StorePath);
        Assert.True(store.IsFinished);
        Assert.Equal(7, store.Count);
        Assert.Equal(job.Images.Entries.Select(entry => entry.Path), store.Images.Select(image => image.Path));
        using FeatureExtractor extractor = Model.OpenExtractor([Early, Late], Transform);
        for (int i = 0; i < 7; i++)
        {
            IReadOnlyList<float[]> maps = extractor.Extract(Transform.Cut(ImageDecoder.DecodeFile(Path.Combine(store.Header!.ImagesRoot, store.Images[i].Path))));
            Assert.Equal(maps[0].Select(value => (float)(Half)value), store.FindLayer(Early).ReadMap(i));
            Assert.Equal(maps[1].Select(value => (float)(Half)value), store.FindLayer(Late).ReadMap(i));
        }
    }

    [Fact]
    public async Task Files_that_cannot_be_decoded_are_left_out_with_the_reason()
    {
        using TemporaryFolder folder = new();
        string images = Photographs(folder, 5);
        File.WriteAllText(Path.Combine(images, "00-text.jpg"), "not a picture");
        File.WriteAllBytes(Path.Combine(images, "zz-empty.png"), []);
        byte[] whole = File.ReadAllBytes(Directory.GetFiles(images, "*.jpg").Order().Last());
        File.WriteAllBytes(Path.Combine(images, "02-truncated.jpg"), whole[..(whole.Length / 2)]);
        File.WriteAllBytes(Path.Combine(images, "one-pixel.png"), ImageEncoder.ToPng(new PixelImage(1, 1, 3, [1, 2, 3])));
        Directory.CreateDirectory(Path.Combine(images, "x.png"));
        PrecomputeJob job = Job(folder, images);
        await RunAsync(job);

        FeatureStore store = FeatureStore.Open(job.StorePath);
        Assert.True(store.IsFinished);
        Assert.Equal(6, store.Count);
        Assert.Contains("one-pixel.png", store.Images.Select(image => image.Path));
        Assert.Equal(["00-text.jpg", "02-truncated.jpg", "zz-empty.png"], store.ReadSkipped().Select(image => image.Path));
        Assert.All(store.ReadSkipped(), image => Assert.NotEmpty(image.Reason));
        Assert.Equal(6, store.FindLayer(Late).Array.Metadata.Shape[0]);
    }

    [Fact]
    public async Task A_run_stopped_anywhere_goes_on_to_the_same_bytes()
    {
        using TemporaryFolder folder = new();
        string images = Photographs(folder, 9);
        File.WriteAllText(Path.Combine(images, "04-text.jpg"), "not a picture");
        PrecomputeJob whole = Job(folder, images) with { StorePath = folder["whole"] };
        await RunAsync(whole);
        Dictionary<string, byte[]> expected = Files(whole.StorePath);

        for (int stopAfter = 0; stopAfter <= 10; stopAfter++)
        {
            PrecomputeJob job = whole with { StorePath = folder[$"stopped-{stopAfter}"] };
            using CancellationTokenSource stop = new();
            try
            {
                await FeaturePrecomputer.RunAsync(job, new StopAfter(stopAfter, stop), stop.Token);
            }
            catch (OperationCanceledException)
            {
                FeatureStore unfinished = FeatureStore.Open(job.StorePath);
                Assert.False(unfinished.IsFinished);
                Assert.Equal(unfinished.Count, unfinished.Images.Count);
            }

            await RunAsync(job);
            Dictionary<string, byte[]> actual = Files(job.StorePath);
            Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
            Assert.All(expected, file => Assert.Equal(file.Value, actual[file.Key]));
        }
    }

    [Fact]
    public async Task What_a_crash_left_behind_the_checkpoint_is_overwritten()
    {
        using TemporaryFolder folder = new();
        PrecomputeJob job = Job(folder, Photographs(folder, 9));
        await RunAsync(job);
        Dictionary<string, byte[]> expected = Files(job.StorePath);
        string second = folder["crashed"];
        using (CancellationTokenSource stop = new())
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => FeaturePrecomputer.RunAsync(job with { StorePath = second }, new StopAfter(5, stop), stop.Token));
        }

        File.AppendAllText(Path.Combine(second, "manifest.csv"), "half a li");
        File.AppendAllText(Path.Combine(second, "skipped.csv"), "\"half");
        File.WriteAllBytes(Path.Combine(second, "expanded_conv_15_add", "1.0.0.0.partial"), [1, 2]);
        File.WriteAllBytes(Path.Combine(second, "expanded_conv_15_add", "2.0.0.0"), [1, 2]);
        Assert.True(FeatureStore.Open(second).Images.Count < 9);

        await RunAsync(job with { StorePath = second });
        Assert.All(Files(second), file => Assert.Equal(expected[file.Key], file.Value));
    }

    [Fact]
    public async Task Rows_that_are_not_computed_yet_are_NaN_to_any_reader_and_never_searched()
    {
        using TemporaryFolder folder = new();
        PrecomputeJob job = Job(folder, Photographs(folder, 9));
        using CancellationTokenSource stop = new();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => FeaturePrecomputer.RunAsync(job, new StopAfter(5, stop), stop.Token));

        FeatureArray array = FeatureStore.Open(job.StorePath).FindLayer(Late);
        Assert.True(array.Count < 9);
        ZarrArray raw = ZarrGroup.Open(new DirectoryStore(job.StorePath)).OpenArray(array.Name);
        Half[] last = new Half[array.MapElements];
        using ZarrRowReader rows = raw.OpenRows();
        rows.Read(8, 1, MemoryMarshal.AsBytes(last.AsSpan()));
        Assert.All(last, value => Assert.True(Half.IsNaN(value)));
    }

    [Fact]
    public async Task A_store_begun_with_something_else_is_refused_and_says_with_what()
    {
        using TemporaryFolder folder = new();
        string images = Photographs(folder, 3);
        PrecomputeJob job = Job(folder, images);
        await RunAsync(job);

        await AssertSaysAsync("the layers", job with { Layers = [Late] });
        await AssertSaysAsync("the transform", job with { Transform = ImageTransform.TensorFlow(128) });
        await AssertSaysAsync("float16", job with { IsHalf = false }, "<f2");
        await AssertSaysAsync("SHA-256", job with { Model = NetworkModel.Load(Repository.Model("centernet-mobilenet-v3-coco.onnx")), Layers = ["expanded_conv_11/add"] });
        File.Copy(Directory.GetFiles(images)[0], Path.Combine(images, "new.jpg"));
        await AssertSaysAsync("another list of images", job with { Images = ImageList.Open(images) });
        await RunAsync(job with { Images = ImageList.Open(images), Overwrite = true });
        Assert.Equal(4, FeatureStore.Open(job.StorePath).Count);

        static async Task AssertSaysAsync(string words, PrecomputeJob other, string? instead = null) =>
            Assert.Contains(instead ?? words, (await Assert.ThrowsAsync<FeatureStoreException>(() => RunAsync(other))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_that_is_not_a_store_is_left_alone()
    {
        using TemporaryFolder folder = new();
        PrecomputeJob job = Job(folder, Photographs(folder, 2));
        Directory.CreateDirectory(job.StorePath);
        File.WriteAllText(Path.Combine(job.StorePath, "thesis.txt"), "precious");
        foreach (bool overwrite in (bool[])[false, true])
        {
            await Assert.ThrowsAsync<FeatureStoreException>(() => RunAsync(job with { Overwrite = overwrite }));
        }

        Assert.Equal("precious", File.ReadAllText(Path.Combine(job.StorePath, "thesis.txt")));
    }

    [Fact]
    public async Task A_photograph_finds_itself_and_its_window()
    {
        using TemporaryFolder folder = new();
        PrecomputeJob job = Job(folder, Photographs(folder, 6));
        await RunAsync(job);
        FeatureStore store = FeatureStore.Open(job.StorePath);
        using PhotographSearch search = new(store);
        byte[] brush = new byte[96 * 96];
        for (int y = 32; y < 64; y++)
        {
            brush.AsSpan((y * 96) + 40, 30).Fill(255);
        }

        IReadOnlyList<float[]> maps = search.Extract(Transform.Cut(ImageDecoder.DecodeFile(Path.Combine(store.Header!.ImagesRoot, store.Images[4].Path))));
        (_, RegionKernel region, SearchAnswer answer) = search.Search(maps, new PixelImage(96, 96, 1, brush), null, Early, new SearchRequestOptions { Top = 3 }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(4, answer.Matches[0].Index);
        Assert.Equal(1, answer.Matches[0].Similarity, 1e-3f);
        Assert.Equal(region.Box, answer.Matches[0].Window);
    }

    private static Task<PrecomputeSummary> RunAsync(PrecomputeJob job) =>
        FeaturePrecomputer.RunAsync(job, cancellationToken: TestContext.Current.CancellationToken);

    private static string Photographs(TemporaryFolder folder, int count)
    {
        string images = Directory.CreateDirectory(folder["images"]).FullName;
        foreach ((int i, string file) in Directory.GetFiles(Repository.Gallery, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Take(count).Index())
        {
            File.Copy(file, Path.Combine(images, $"{i:00}.jpg"));
        }

        return images;
    }

    private static PrecomputeJob Job(TemporaryFolder folder, string images) => new()
    {
        Images = ImageList.Open(images),
        Model = Model,
        Layers = [Early, Late],
        Transform = Transform,
        StorePath = folder["store"],
        Created = DateTimeOffset.UnixEpoch,
        MaximumChunkBytes = 3 * 32 * 12 * 12 * 2,
    };

    private static Dictionary<string, byte[]> Files(string store) =>
        Directory.GetFiles(store, "*", SearchOption.AllDirectories).ToDictionary(file => Path.GetRelativePath(store, file), File.ReadAllBytes);

    private sealed class StopAfter(int images, CancellationTokenSource stop) : IProgress<PrecomputeProgress>
    {
        public void Report(PrecomputeProgress value)
        {
            if (value.Done >= images)
            {
                stop.Cancel();
            }
        }
    }
}
