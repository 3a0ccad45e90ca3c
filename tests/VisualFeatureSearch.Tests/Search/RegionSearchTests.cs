using System.Diagnostics;
using CsCheck;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Search.Index;
using VisualFeatureSearch.Search.Kernels;
using VisualFeatureSearch.Tests.Support;
using VisualFeatureSearch.Zarr;
using VisualFeatureSearch.Zarr.Codecs;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Tests.Search;

public sealed class RegionSearchTests
{
    [Fact]
    public void An_image_without_any_feature_is_no_near_duplicate()
    {
        using TemporaryFolder folder = new();
        FeatureArray features = StoreZoo.Write(folder.Path, new float[5 * 16], 5, 4, 2, 2, isHalf: true, null);
        float[] map = [.. Enumerable.Range(1, 16).Select(value => (float)value)];
        RegionKernel region = RegionKernel.Create(map, 4, new RegionMask(2, 2, [1, 1, 1, 1]));
        SearchAnswer answer = RegionSearch.Search(features, region, new SearchOptions { NearDuplicates = new NearDuplicateRule(map, 0.9f) }, TestContext.Current.CancellationToken);
        Assert.Equal(5, answer.Matches.Count);
    }

    [Fact]
    public void Any_search_equals_the_formula_written_out()
    {
        Gen.Select(Gen.Int[1, 9], Gen.Int[1, 8], Gen.Int[1, 9], Gen.Int[1, 12], Gen.Int[0, 2], Gen.Int[0, int.MaxValue]).Sample(
            (channels, height, width, images, codec, seed) =>
            {
                using TemporaryFolder folder = new();
                Random random = new(seed);
                bool isHalf = random.Next(2) == 0;
                float[] data = [.. Enumerable.Range(0, images * channels * height * width).Select(_ => (float)(Half)(random.NextSingle() - 0.3f))];
                FeatureArray features = StoreZoo.Write(folder.Path, data, images, channels, height, width, isHalf, codec switch { 0 => null, 1 => new BloscCodec(), _ => new ZstdCodec() });
                float[] weights = [.. Enumerable.Range(0, height * width).Select(_ => random.Next(3) == 0 ? random.NextSingle() : 0)];
                weights[random.Next(weights.Length)] = 1;
                float[] query = [.. Enumerable.Range(0, channels * height * width).Select(_ => random.NextSingle() + 0.1f)];
                RegionKernel region = RegionKernel.Create(query, channels, new RegionMask(height, width, weights));

                SearchAnswer answer = RegionSearch.Search(features, region, images);

                Assert.Equal(images, answer.Matches.Count);
                foreach (Match match in answer.Matches)
                {
                    double[] expected = Formula(data.AsSpan((int)match.Index * channels * height * width), region, height, width);
                    int columns = width - region.Box.Width + 1;
                    Assert.Equal(expected.Max(), match.Similarity, 1e-5);
                    Assert.Equal(expected.Max(), expected[(match.Window.Y * columns) + match.Window.X], 1e-5);
                }

                Assert.Equal(answer.Matches.Order(), answer.Matches);
            },
            iter: 150);
    }

    [Fact]
    public void Scoring_all_images_gives_each_its_similarity_to_both_regions()
    {
        using TemporaryFolder folder = new();
        Random random = new(6);
        float[] data = [.. Enumerable.Range(0, 30 * 5 * 16).Select(_ => random.NextSingle())];
        data[(4 * 80) + 3] = float.NaN;
        FeatureArray features = StoreZoo.Write(folder.Path, data, 30, 5, 4, 4, isHalf: false);
        RegionKernel region = Region(0.5f, 0), contrast = Region(0.2f, 10);
        bool[] included = [.. Enumerable.Range(0, 30).Select(row => row != 7)];

        DatasetSimilarities all = RegionSearch.ScoreAll(features, region, contrast, included, TestContext.Current.CancellationToken);
        Assert.Equal((29, 1), (all.Images, all.NonFiniteImages));
        for (int row = 0; row < 30; row++)
        {
            bool isScored = row is not 4 and not 7;
            Assert.Equal(isScored ? RegionSearch.ScoreImage(features, region, row)!.Max() : float.NaN, all.Highlight[row]);
            Assert.Equal(isScored ? RegionSearch.ScoreImage(features, contrast, row)!.Max() : float.NaN, all.Contrast![row]);
        }

        Assert.Equal(all.Highlight[9] - all.Contrast![9], all.Of(SimilarityMeasure.Difference)[9]);
        Assert.Null(RegionSearch.ScoreAll(features, region, cancellationToken: TestContext.Current.CancellationToken).Contrast);
        Assert.Throws<SearchRequestException>(() => (all with { Contrast = null }).Of(SimilarityMeasure.Contrast));

        RegionKernel Region(float weight, int cell)
        {
            float[] weights = new float[16];
            weights[cell] = weight;
            weights[cell + 1] = 1;
            return RegionKernel.Create(data.AsSpan(80, 80), 5, new RegionMask(4, 4, weights));
        }
    }

    [Fact]
    public void Images_with_an_infinity_or_NaN_are_left_out_and_counted()
    {
        foreach (bool isHalf in (bool[])[true, false])
        {
            foreach ((int channels, int maskCells) in ((int, int)[])[(3, 1), (3, 3), (3, 6), (40, 6), (40, 16)])
            {
                using TemporaryFolder folder = new();
                int elements = channels * 4 * 4;
                float[] data = [.. Enumerable.Range(0, 6 * elements).Select(i => 1 + (i % 7f))];
                data[elements] = float.NaN;
                data[(3 * elements) - 1] = float.PositiveInfinity;
                data[(3 * elements) + 20] = float.NegativeInfinity;
                FeatureArray features = StoreZoo.Write(folder.Path, data, 6, channels, 4, 4, isHalf);
                RegionMask mask = new(4, 4, [.. Enumerable.Range(0, 16).Select(i => i < maskCells ? 1f : 0)]);

                SearchAnswer answer = RegionSearch.Search(features, RegionKernel.Create(data.AsSpan(0, elements), channels, mask), 10, TestContext.Current.CancellationToken);

                Assert.Equal(3, answer.Stats.NonFiniteImages);
                Assert.Equal([0, 4, 5], answer.Matches.Select(match => match.Index).Order());
                Assert.All(answer.Matches, match => Assert.True(float.IsFinite(match.Similarity)));
            }
        }
    }

    [Fact]
    public void A_layer_without_images_has_an_answer_of_none_whatever_the_budget()
    {
        using TemporaryFolder folder = new();
        ZarrGroup.OpenOrCreate(new DirectoryStore(folder.Path)).CreateArray("a", new ZarrArrayMetadata { Shape = [0, 4, 2, 2], ChunkShape = [1, 4, 2, 2], DataType = ZarrDataType.Float32 });
        using LayerSearch layer = LayerSearch.Open(FeatureStore.Open(folder.Path));
        RegionKernel region = RegionKernel.Create([.. Enumerable.Repeat(1f, 16)], 4, new RegionMask(2, 2, [1, 0, 0, 0]));
        Assert.Empty(layer.Search(region, new SearchOptions { Budget = TimeSpan.FromMilliseconds(5) }, TestContext.Current.CancellationToken).Matches);
    }

    [Fact]
    public void Finite_features_whose_squares_overflow_only_when_they_are_added_up_over_a_window_are_still_scored()
    {
        using TemporaryFolder folder = new();
        float[] data = [.. Enumerable.Range(0, 3 * 36).Select(i => i < 36 ? ((i % 5) + 1) * 2e18f : (i % 7) + 1)];
        FeatureArray features = StoreZoo.Write(folder.Path, data, 3, 4, 3, 3, isHalf: false);
        RegionKernel region = RegionKernel.Create(data.AsSpan(36, 36), 4, new RegionMask(3, 3, [1, 1, 1, 1, 1, 1, 0, 0, 0]));
        float[] similarities = RegionSearch.ScoreImage(features, region, 0)!;
        for (int placement = 0; placement < similarities.Length; placement++)
        {
            double sum = 0, squares = 0;
            for (int c = 0; c < 4; c++)
            {
                for (int cell = 0; cell < 6; cell++)
                {
                    double value = data[(c * 9) + (placement * 3) + cell];
                    sum += region.Kernel[(c * 6) + cell] * value;
                    squares += value * value;
                }
            }

            Assert.True(float.IsInfinity((float)squares));
            Assert.Equal(sum / Math.Sqrt(squares), similarities[placement], 1e-6);
        }
    }

    [Fact]
    public void Finite_features_whose_squares_overflow_are_still_scored()
    {
        using TemporaryFolder folder = new();
        float[] data = [.. Enumerable.Range(0, 2 * 48).Select(i => i < 48 ? (i % 5) * 1e30f : i % 5)];
        FeatureArray features = StoreZoo.Write(folder.Path, data, 2, 3, 4, 4, isHalf: false);
        SearchAnswer answer = RegionSearch.Search(features, Region(data.AsSpan(48, 48)), 2, TestContext.Current.CancellationToken);
        Assert.Equal(0, answer.Stats.NonFiniteImages);
        Assert.All(answer.Matches, match => Assert.Equal(1, match.Similarity, 0.1f));
    }

    [Fact]
    public void The_largest_halves_are_not_taken_for_infinities()
    {
        using TemporaryFolder folder = new();
        float[] data = [.. Enumerable.Repeat((float)Half.MaxValue, 48)];
        FeatureArray features = StoreZoo.Write(folder.Path, data, 1, 3, 4, 4, isHalf: true);
        Match match = Assert.Single(RegionSearch.Search(features, Region(data), 1, TestContext.Current.CancellationToken).Matches);
        Assert.Equal(1, match.Similarity, 1e-4f);
    }

    [Fact]
    public void Equal_images_stay_in_row_order_and_equal_windows_in_reading_order()
    {
        using TemporaryFolder folder = new();
        float[] data = [.. Enumerable.Repeat(0.5f, 40 * 48)];
        FeatureArray features = StoreZoo.Write(folder.Path, data, 40, 3, 4, 4, isHalf: true);
        SearchAnswer answer = RegionSearch.Search(features, Region(data.AsSpan(0, 48)), 15, TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(0, 15).Select(i => (long)i), answer.Matches.Select(match => match.Index));
        Assert.All(answer.Matches, match => Assert.Equal((0, 0), (match.Window.Y, match.Window.X)));
    }

    /// <summary>Windows of an image of one colour differ in what rounding does to their sums, or in nothing.</summary>
    [Theory]
    [InlineData(3, 4, 4)]
    [InlineData(64, 7, 7)]
    [InlineData(40, 6, 9)]
    [InlineData(21, 3, 11)]
    public void Of_equal_windows_the_first_is_the_best_whatever_the_mask(int channels, int height, int width)
    {
        using TemporaryFolder folder = new();
        Random random = new(channels);
        int elements = channels * height * width;
        FeatureArray features = StoreZoo.Write(folder.Path, [.. Enumerable.Repeat(0.3f, elements)], 1, channels, height, width, isHalf: true);
        for (int h = 1; h <= height; h++)
        {
            for (int w = 1; w <= width; w++)
            {
                float[] mask = [.. Enumerable.Range(0, height * width).Select(i => i / width < h && i % width < w ? 1f : 0)];
                for (int query = 0; query < 4; query++)
                {
                    float[] map = [.. Enumerable.Range(0, elements).Select(_ => random.NextSingle() - 0.4f)];
                    RegionKernel region = RegionKernel.Create(map, channels, new RegionMask(height, width, mask));
                    Match match = Assert.Single(RegionSearch.Search(features, region, 1, TestContext.Current.CancellationToken).Matches);
                    Assert.Equal((0, 0), (match.Window.Y, match.Window.X));
                }
            }
        }
    }

    [Fact]
    public void Regions_that_cannot_be_searched_for_say_why()
    {
        using TemporaryFolder folder = new();
        float[] data = [.. Enumerable.Repeat(0.5f, 48)];
        FeatureArray features = StoreZoo.Write(folder.Path, data, 1, 3, 4, 4, isHalf: true);
        AssertSays("empty", () => RegionKernel.Create(data, 3, new RegionMask(4, 4, new float[16])));
        AssertSays("does not fit", () => RegionKernel.Create(data, 3, new RegionMask(4, 5, Ones(20))));
        AssertSays("all zero", () => RegionKernel.Create(new float[48], 3, new RegionMask(4, 4, Ones(16))));
        AssertSays("NaN", () => RegionKernel.Create([.. Enumerable.Repeat(float.NaN, 48)], 3, new RegionMask(4, 4, Ones(16))));
        AssertSays("6 channels", () => RegionSearch.Search(features, RegionKernel.Create(Ones(96), 6, new RegionMask(4, 4, Ones(16))), 1));
        AssertSays("5 x 5 cells", () => RegionSearch.Search(features, RegionKernel.Create(Ones(75), 3, new RegionMask(5, 5, Ones(25))), 1));

        static void AssertSays(string words, Action action) => Assert.Contains(words, Assert.Throws<RegionException>(action).Message, StringComparison.Ordinal);
        static float[] Ones(int count) => [.. Enumerable.Repeat(1f, count)];
    }

    [Fact]
    public void A_damaged_chunk_is_named_by_the_plain_scan_the_staged_search_and_the_building_of_an_index()
    {
        using TemporaryFolder folder = new();
        float[] data = StoreZoo.Create(folder["whole"], "Signed", 120, 64, 4, 4, isHalf: true, seed: 1).Data;
        FeatureArray features = StoreZoo.Write(folder["damaged"], data, 120, 64, 4, 4, isHalf: true);
        IndexBuilder.Build(folder["damaged"], features, DateTimeOffset.UnixEpoch, 4, null, TestContext.Current.CancellationToken);
        using FeatureIndex index = FeatureIndex.TryOpen(folder["damaged"], features, out _)!;
        foreach (string chunk in Directory.GetFiles(folder["damaged/a"], "*.0.0.0"))
        {
            File.WriteAllBytes(chunk, [1, 2, 3]);
        }

        RegionKernel region = RegionKernel.Create(data.AsSpan(0, 64 * 16), 64, new RegionMask(4, 4, [.. Enumerable.Repeat(1f, 16)]));
        using RowReaders readers = new(features.Array);
        AssertNamed(() => RegionSearch.Search(features, region, 3, TestContext.Current.CancellationToken));
        AssertNamed(() => StagedSearch.Search(features, index, region, new SearchOptions { Top = 3 }, ScanKernels.Best, CodeKernels.Best, readers, Stopwatch.GetTimestamp(), TestContext.Current.CancellationToken));
        AssertNamed(() => IndexBuilder.Build(folder["damaged"], features, DateTimeOffset.UnixEpoch, 4, null, TestContext.Current.CancellationToken));

        static void AssertNamed(Action action) => Assert.Contains(".0.0.0 cannot be read", Assert.Throws<ZarrException>(action).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_search_ends()
    {
        using TemporaryFolder folder = new();
        float[] data = [.. Enumerable.Repeat(0.5f, 40 * 48)];
        FeatureArray features = StoreZoo.Write(folder.Path, data, 40, 3, 4, 4, isHalf: true);
        Assert.ThrowsAny<OperationCanceledException>(() => RegionSearch.Search(features, Region(data.AsSpan(0, 48)), 1, new CancellationToken(canceled: true)));
    }

    private static RegionKernel Region(ReadOnlySpan<float> map) =>
        RegionKernel.Create(map, 3, new RegionMask(4, 4, [.. Enumerable.Range(0, 16).Select(i => i is 0 or 1 or 5 ? 1f : 0)]));

    private static double[] Formula(ReadOnlySpan<float> map, RegionKernel region, int height, int width)
    {
        int h = region.Box.Height, w = region.Box.Width;
        List<double> similarities = [];
        for (int y = 0; y + h <= height; y++)
        {
            for (int x = 0; x + w <= width; x++)
            {
                double sum = 0, squares = 0;
                for (int c = 0; c < region.Channels; c++)
                {
                    for (int cell = 0; cell < h * w; cell++)
                    {
                        double f = map[(((c * height) + y + (cell / w)) * width) + x + (cell % w)];
                        double m = region.Weights[cell];
                        sum += region.Kernel[(c * h * w) + cell] * m * f;
                        squares += m * m * f * f;
                    }
                }

                similarities.Add(sum / (Math.Sqrt(squares) + 1e-5));
            }
        }

        return [.. similarities];
    }
}
