using VisualFeatureSearch.Analysis;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Tests.Analysis;

/// <summary>Comparing the features of real photographs, computed into memory.</summary>
public sealed class RepresentationTableTests
{
    private const string Early = "expanded_conv_5/add";
    private const string Late = "expanded_conv_15/add";

    private static readonly NetworkModel Model = NetworkModel.Load(Repository.Model("ssd-mobilenet-v2-oid.onnx"));

    [Fact]
    public async Task A_layer_is_itself_and_a_far_one_is_less_alike()
    {
        FeatureStore store = await StoreAsync("gallery", [.. Directory.EnumerateDirectories(Repository.Gallery).Select(folder => Path.GetFileName(folder))]);
        RepresentationTable table = Compare([(store, store.FindLayer(Early)), (store, store.FindLayer(Late)), (store, store.FindLayer(Early))]);
        Assert.Equal(store.Count, table.Images);
        Assert.Equal(1, table.LinearCka[0][2]!.Value, 1e-9);
        Assert.Equal(table.LinearCka[0][1], table.LinearCka[1][0]);
        Assert.InRange(table.LinearCka[0][1]!.Value, 0.05, 0.95);
    }

    [Fact]
    public async Task Stores_are_compared_over_the_images_that_both_have_in_whatever_order()
    {
        FeatureStore all = await StoreAsync("all", "cat", "dog-or-bear", "primate");
        FeatureStore some = await StoreAsync("some", "primate", "cat");
        IReadOnlyList<long[]> rows = SharedImages.Find([all, some]);
        Assert.Equal(some.Count, rows[0].Length);
        Assert.All(rows[0].Zip(rows[1]), pair => Assert.Equal(all.Images[(int)pair.First].Path, some.Images[(int)pair.Second].Path));
        Assert.Equal(1, Compare([(all, all.FindLayer(Late)), (some, some.FindLayer(Late))]).LinearCka[0][1]!.Value, 1e-9);
    }

    [Fact]
    public async Task A_sample_is_even_over_the_shared_images()
    {
        FeatureStore store = await StoreAsync("all", "cat", "primate");
        long[] rows = SharedImages.Find([store], 4)[0];
        Assert.Equal(Enumerable.Range(0, 4).Select(i => i * store.Count / 4), rows);
    }

    [Fact]
    public async Task Stores_without_a_common_image_are_named()
    {
        FeatureStore cats = await StoreAsync("cats", "cat");
        FeatureStore primates = await StoreAsync("primates", "primate");
        FeatureStoreException exception = Assert.Throws<FeatureStoreException>(() => Compare([(cats, cats.Arrays[0]), (primates, primates.Arrays[0])]));
        Assert.Contains("cats and primates have no image in common", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stores_that_do_not_know_their_files_are_compared_row_by_row_where_they_have_as_many()
    {
        FeatureStore foreign = FeatureStore.Open(Directory.EnumerateDirectories(Repository.Golden("zarr")).Order(StringComparer.Ordinal).First());
        Assert.Null(foreign.Header);
        Assert.Equal(1, Compare([(foreign, foreign.Arrays[0]), (foreign, foreign.Arrays[0])]).LinearCka[0][1]!.Value, 1e-9);
        FeatureStore own = await StoreAsync("own", "cat");
        FeatureStoreException exception = Assert.Throws<FeatureStoreException>(() => SharedImages.Find([own, foreign]));
        Assert.Contains("does not say which images it has", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_agree_as_far_as_their_rankings_and_similarities_do()
    {
        FeatureStore all = await StoreAsync("all", "cat", "primate");
        FeatureStore some = await StoreAsync("some", "primate");
        IReadOnlyList<long[]> rows = SharedImages.Find([all, some]);
        float[] ofAll = [.. Enumerable.Range(0, (int)all.Count).Select(row => row / 100f)];
        float[] ofSome = [.. Enumerable.Range(0, (int)some.Count).Select(row => -row / 100f)];
        AnswerAgreement agreement = Assert.Single(AnswerAgreement.Create([new RankedAnswer(all, [rows[0][0], rows[0][1]], ofAll), new RankedAnswer(some, [rows[1][1], rows[1][2]], ofSome)], cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal((0, 1, 2), (agreement.First, agreement.Second, agreement.Depth));
        Assert.Equal(0.5, agreement.AtDepth);
        Assert.Equal(-1, agreement.RankCorrelation!.Value, 12);
        Assert.Null(Assert.Single(AnswerAgreement.Create([new RankedAnswer(all, [0]), new RankedAnswer(some, [0])], cancellationToken: TestContext.Current.CancellationToken)).RankCorrelation);
    }

    private static RepresentationTable Compare(IReadOnlyList<(FeatureStore Store, FeatureArray Layer)> layers) =>
        RepresentationTable.Create(layers, cancellationToken: TestContext.Current.CancellationToken);

    private static async Task<FeatureStore> StoreAsync(string name, params string[] labels)
    {
        using TemporaryFolder folder = new();
        IEnumerable<string> files = labels.SelectMany(label => Directory.EnumerateFiles(Path.Combine(Repository.Gallery, label)).Order(StringComparer.Ordinal));
        File.WriteAllLines(folder["images.csv"], ["path", .. files]);
        PrecomputeJob job = new()
        {
            Images = ImageList.Open(folder["images.csv"]),
            Model = Model,
            Layers = [Early, Late],
            Transform = ImageTransform.Parse("tensorflow:96"),
            StorePath = name,
            Created = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
        };
        return await FeaturePrecomputer.RunInMemoryAsync(job, cancellationToken: TestContext.Current.CancellationToken);
    }
}
