using VisualFeatureSearch.Features;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Search.Index;
using VisualFeatureSearch.Search.Kernels;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Tests.Search;

public sealed class FeatureIndexTests
{
    [Fact]
    public void An_index_is_used_while_it_belongs_to_its_store_and_after_the_store_was_copied()
    {
        using TemporaryFolder folder = new();
        FeatureArray features = Indexed(folder);
        using (FeatureIndex? index = FeatureIndex.TryOpen(folder.Path, features, out string? problem))
        {
            Assert.NotNull(index);
            Assert.Null(problem);
        }

        // As after a copy that does not keep times: the contents are compared instead.
        File.SetLastWriteTimeUtc(Path.Combine(folder.Path, "a", "0.0.0.0"), DateTime.UnixEpoch);
        using (FeatureIndex? index = FeatureIndex.TryOpen(folder.Path, features, out string? problem))
        {
            Assert.NotNull(index);
            Assert.Null(problem);
        }
    }

    [Fact]
    public void An_index_is_not_used_when_a_chunk_of_the_store_was_written_again()
    {
        using TemporaryFolder folder = new();
        FeatureArray features = Indexed(folder);
        string chunk = Path.Combine(folder.Path, "a", "3.0.0.0");
        byte[] bytes = File.ReadAllBytes(chunk);
        bytes[100] ^= 1;
        File.WriteAllBytes(chunk, bytes);
        File.SetLastWriteTimeUtc(chunk, DateTime.UnixEpoch);
        Assert.Null(FeatureIndex.TryOpen(folder.Path, features, out string? problem));
        Assert.Contains("the store was changed", problem, StringComparison.Ordinal);
        Assert.Contains("vissearch index", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("index.json", "is not an index's")]
    [InlineData("basis.bin", "damaged")]
    [InlineData("status.bin", "damaged")]
    [InlineData("checksums.bin", "damaged")]
    public void A_damaged_small_file_is_found_when_the_index_is_opened(string file, string words)
    {
        using TemporaryFolder folder = new();
        FeatureArray features = Indexed(folder);
        string path = Path.Combine(FeatureIndex.PathOf(folder.Path, features), file);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[0] ^= 0x10;
        File.WriteAllBytes(path, bytes);
        Assert.Null(FeatureIndex.TryOpen(folder.Path, features, out string? problem));
        Assert.Contains(words, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"reach\": ", "\"reach\": 1")]
    [InlineData("\"skew\": ", "\"skew\": 1e999, \"other\": ")]
    [InlineData("\"tail_step\": ", "\"tail_step\": 1")]
    [InlineData("\"skew\": ", "\"skew\": 1")]
    [InlineData("\"fine_dimensions\": ", "\"fine_dimensions\": 1")]
    [InlineData("\"packs\": [", "\"packs\": [null,")]
    [InlineData("\"packs\": [", "\"packs\": null, \"others\": [")]
    [InlineData("\"prefix\": {", "\"prefix\": null, \"other\": {")]
    [InlineData("\"non_finite_images\": 0", "\"non_finite_images\": 1")]
    public void A_header_that_was_changed_is_found_when_the_index_is_opened(string part, string changed)
    {
        using TemporaryFolder folder = new();
        FeatureArray features = Indexed(folder);
        string path = Path.Combine(FeatureIndex.PathOf(folder.Path, features), "index.json");
        string header = File.ReadAllText(path);
        Assert.Contains(part, header, StringComparison.Ordinal);
        File.WriteAllText(path, header.Replace(part, changed, StringComparison.Ordinal));
        Assert.Null(FeatureIndex.TryOpen(folder.Path, features, out string? problem));
        Assert.Contains("Build it anew", problem, StringComparison.Ordinal);
    }

    /// <summary>So that an index is the same on every system.</summary>
    [Fact]
    public void A_header_has_the_same_bytes_on_every_system()
    {
        using TemporaryFolder folder = new();
        FeatureArray features = Indexed(folder);
        Assert.DoesNotContain((byte)'\r', File.ReadAllBytes(Path.Combine(FeatureIndex.PathOf(folder.Path, features), "index.json")));
    }

    [Theory]
    [InlineData("stage0.bin")]
    [InlineData("basis.bin")]
    public void A_missing_or_cut_file_is_found_when_the_index_is_opened(string file)
    {
        using TemporaryFolder folder = new();
        FeatureArray features = Indexed(folder);
        string path = Path.Combine(FeatureIndex.PathOf(folder.Path, features), file);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^5]);
        Assert.Null(FeatureIndex.TryOpen(folder.Path, features, out string? problem));
        Assert.NotNull(problem);
        File.Delete(path);
        Assert.Null(FeatureIndex.TryOpen(folder.Path, features, out problem));
        Assert.NotNull(problem);
    }

    [Fact]
    public void A_flipped_bit_in_the_codes_is_found_before_it_is_used_and_the_answer_is_still_right()
    {
        using TemporaryFolder folder = new();
        FeatureArray features = Indexed(folder);
        string path = Path.Combine(FeatureIndex.PathOf(folder.Path, features), "stage0.bin");
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^(CodeKernels.Padding + 100)] ^= 0x80;
        File.WriteAllBytes(path, bytes);
        using LayerSearch layer = LayerSearch.Open(FeatureStore.Open(folder.Path));
        Assert.True(layer.HasIndex);
        RegionKernel region = RegionKernel.Create(features.ReadMap(5), features.Channels, new RegionMask(3, 3, [1, 1, 0, 0, 0, 0, 0, 0, 0]));
        SearchAnswer answer = layer.Search(region, new SearchOptions(), TestContext.Current.CancellationToken);
        Assert.Equal(RegionSearch.Search(features, region, 10, TestContext.Current.CancellationToken).Matches, answer.Matches);
        Assert.False(layer.HasIndex);
        Assert.Contains("damaged", layer.IndexProblem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stopped_build_leaves_the_old_index_and_nothing_else()
    {
        using TemporaryFolder folder = new();
        FeatureArray features = Indexed(folder);
        Assert.ThrowsAny<OperationCanceledException>(() =>
            IndexBuilder.Build(folder.Path, features, DateTimeOffset.UnixEpoch, 4, null, new CancellationToken(canceled: true)));
        Assert.Equal(["a"], Directory.EnumerateDirectories(Path.Combine(folder.Path, FeatureIndex.FolderName)).Select(Path.GetFileName));
        using FeatureIndex? index = FeatureIndex.TryOpen(folder.Path, features, out _);
        Assert.NotNull(index);
    }

    [Fact]
    public void What_a_killed_build_left_behind_is_never_opened_and_is_replaced()
    {
        using TemporaryFolder folder = new();
        FeatureArray features = Indexed(folder);
        string path = FeatureIndex.PathOf(folder.Path, features);
        Directory.Move(path, path + ".partial");
        Assert.Null(FeatureIndex.TryOpen(folder.Path, features, out string? problem));
        Assert.Null(problem);
        IndexBuilder.Build(folder.Path, features, DateTimeOffset.UnixEpoch, 4, null, TestContext.Current.CancellationToken);
        Assert.False(Directory.Exists(path + ".partial"));
    }

    [Fact]
    public void Two_builds_of_one_index_do_not_get_into_each_others_way()
    {
        using TemporaryFolder folder = new();
        FeatureArray features = Indexed(folder);
        string path = FeatureIndex.PathOf(folder.Path, features) + ".lock";
        using (new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            IndexException refused = Assert.Throws<IndexException>(() =>
                IndexBuilder.Build(folder.Path, features, DateTimeOffset.UnixEpoch, 4, null, TestContext.Current.CancellationToken));
            Assert.Contains("another process", refused.Message, StringComparison.Ordinal);
        }

        IndexBuilder.Build(folder.Path, features, DateTimeOffset.UnixEpoch, 4, null, TestContext.Current.CancellationToken);
        Assert.False(File.Exists(path));
        using FeatureIndex? index = FeatureIndex.TryOpen(folder.Path, features, out _);
        Assert.NotNull(index);
    }

    [Fact]
    public void An_index_is_at_most_35_percent_of_its_store_and_a_narrow_layer_has_none()
    {
        using TemporaryFolder folder = new();
        (FeatureArray features, _) = StoreZoo.Create(folder.Path, "low rank", 400, 256, 7, 7, isHalf: true, 1);
        IndexSummary summary = IndexBuilder.Build(FeatureStore.Open(folder.Path), features, DateTimeOffset.UnixEpoch, cancellationToken: TestContext.Current.CancellationToken);
        using FeatureIndex index = FeatureIndex.TryOpen(folder.Path, features, out _)!;
        Assert.True(index.Bytes <= 0.35 * summary.FeatureBytes, $"{index.Bytes} of {summary.FeatureBytes}");

        using TemporaryFolder narrow = new();
        (FeatureArray few, _) = StoreZoo.Create(narrow.Path, "low rank", 4, 3, 2, 2, isHalf: true, 1);
        Assert.False(IndexBuilder.CanIndex(few));
        Assert.Throws<IndexException>(() => IndexBuilder.Build(FeatureStore.Open(narrow.Path), few, DateTimeOffset.UnixEpoch, cancellationToken: TestContext.Current.CancellationToken));
    }

    private static FeatureArray Indexed(TemporaryFolder folder)
    {
        (FeatureArray features, _) = StoreZoo.Create(folder.Path, "low rank", 150, 48, 3, 3, isHalf: true, 1);
        IndexBuilder.Build(folder.Path, features, DateTimeOffset.UnixEpoch, 4, null, TestContext.Current.CancellationToken);
        return features;
    }
}
