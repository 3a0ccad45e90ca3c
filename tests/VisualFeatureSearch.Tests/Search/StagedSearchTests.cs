using System.Diagnostics;
using System.Runtime.Intrinsics;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Search.Index;
using VisualFeatureSearch.Search.Kernels;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Tests.Search;

public sealed class StagedSearchTests
{
    /// <summary>Every channel and cell shape that the kernels treat differently, at least once.</summary>
    private static readonly (int Images, int Channels, int Height, int Width)[] Shapes =
        [(300, 64, 7, 7), (200, 40, 5, 9), (150, 130, 4, 4), (400, 33, 1, 1), (130, 96, 3, 14), (90, 200, 2, 2), (129, 8, 6, 6), (5, 48, 21, 20)];

    public static TheoryData<string> Kinds => [.. StoreZoo.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_answer_is_the_plain_scans_for_stores_of_every_kind(string kind)
    {
        int seed = Array.IndexOf(StoreZoo.Kinds, kind);
        for (int round = 0; round < 3; round++)
        {
            (int images, int channels, int height, int width) = Shapes[(seed + (round * 2)) % Shapes.Length];
            Random random = new((seed * 10) + round);
            using TemporaryFolder folder = new();
            (FeatureArray features, float[] data) = StoreZoo.Create(folder.Path, kind, images, channels, height, width, isHalf: round != 1, random.Next());
            IndexBuilder.Build(folder.Path, features, DateTimeOffset.UnixEpoch, round == 2 ? 1.5 : 4, null, TestContext.Current.CancellationToken);
            using FeatureIndex index = FeatureIndex.TryOpen(folder.Path, features, out string? problem)!;
            Assert.Null(problem);
            for (int query = 0; query < 15; query++)
            {
                if (StoreZoo.Region(features, data, random) is { } region)
                {
                    SearchOptions options = query < 5 ? new SearchOptions() : StoreZoo.Options(features, data, random);
                    SearchAnswer expected = RegionSearch.Search(features, region, options, TestContext.Current.CancellationToken);
                    SearchAnswer actual = Staged(features, index, region, options);
                    Assert.Equal(expected.Matches, actual.Matches);
                    Assert.Equal(expected.Stats.Images, actual.Stats.Images);
                    Assert.Equal(expected.Stats.NonFiniteImages, actual.Stats.NonFiniteImages);
                    Assert.Equal(
                        expected.Details.Select(detail => (string.Join(',', detail.Windows), detail.Positive, detail.Negative)),
                        actual.Details.Select(detail => (string.Join(',', detail.Windows), detail.Positive, detail.Negative)));
                }
            }
        }
    }

    /// <summary>As large as an index may be: what of it there is room for changes with every few channels.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Layers_of_few_channels_are_searched_by_what_index_there_is_room_for(bool isHalf)
    {
        Random random = new(3);
        int indexed = 0;
        for (int channels = 1; channels <= 72; channels += channels < 34 ? 1 : 7)
        {
            using TemporaryFolder folder = new();
            (FeatureArray features, float[] data) = StoreZoo.Create(folder.Path, "independent", 70, channels, 4, 5, isHalf, random.Next());
            if (!IndexBuilder.CanIndex(features))
            {
                continue;
            }

            IndexBuilder.Build(folder.Path, features, DateTimeOffset.UnixEpoch, IndexBuilder.MaximumShare, null, TestContext.Current.CancellationToken);
            using FeatureIndex index = FeatureIndex.TryOpen(folder.Path, features, out string? problem)!;
            Assert.Null(problem);
            indexed++;
            RegionKernel region = StoreZoo.Region(features, data, random)!;
            Assert.Equal(
                RegionSearch.Search(features, region, new SearchOptions(), TestContext.Current.CancellationToken).Matches,
                Staged(features, index, region, new SearchOptions()).Matches);
        }

        Assert.InRange(indexed, 15, 40);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void No_image_is_more_similar_than_its_bound_at_any_stage_nor_less_than_the_lower_one(string kind) =>
        AssertBoundsHold(kind, images: 70, channels: 160, height: 4, width: 5, queries: 8);

    /// <summary>Only an index of many channels has several packs in a refinement, whose tails are those of all together.</summary>
    [Theory]
    [InlineData("independent")]
    [InlineData("signed independent")]
    public void Bounds_hold_at_every_step_of_a_refinement_of_several_packs(string kind) =>
        AssertBoundsHold(kind, images: 70, channels: 480, height: 4, width: 4, queries: 6, packs: 3);

    [Fact]
    public void Bounds_prepared_by_many_are_those_prepared_by_one()
    {
        using TemporaryFolder folder = new();
        (FeatureArray features, float[] data, FeatureIndex opened) = Indexed(folder, "independent", 70, 480, 4, 4, seed: 5);
        using FeatureIndex index = opened;
        using SearchTeam one = new(workers: 1);
        using SearchTeam team = new(workers: 3);
        RegionKernel region = StoreZoo.Region(features, data, new Random(1))!;
        ScanPlan scan = new(region, features.Height, features.Width, features.IsHalf, ScanKernels.Best);
        foreach (bool isUpper in (bool[])[true, false])
        {
            BoundPlan alone = new(index, scan, CodeKernels.Best, isUpper, one);
            for (int again = 0; again < 20; again++)
            {
                BoundPlan together = new(index, scan, CodeKernels.Best, isUpper, team);
                Assert.Equal(alone.Prefix.Weights, together.Prefix.Weights);
                Assert.Equal(alone.Prefix.Terms, together.Prefix.Terms);
                Assert.Equal(alone.Packs.Select(packs => packs.Weights.Span.ToArray()), together.Packs.Select(packs => packs.Weights.Span.ToArray()));
                Assert.Equal(alone.Packs.Select(packs => packs.Terms.Span.ToArray()), together.Packs.Select(packs => packs.Terms.Span.ToArray()));
                Assert.Equal(alone.Packs.Select(packs => packs.Tails.Span.ToArray()), together.Packs.Select(packs => packs.Tails.Span.ToArray()));
            }
        }
    }

    private static void AssertBoundsHold(string kind, int images, int channels, int height, int width, int queries, int packs = 0)
    {
        using TemporaryFolder folder = new();
        Random random = new(3);
        (FeatureArray features, float[] data, FeatureIndex opened) = Indexed(folder, kind, images, channels, height, width, seed: 11);
        using FeatureIndex index = opened;
        using SearchTeam alone = new(workers: 1);
        Assert.True(packs == 0 || index.Layout.Refinements.Any(refinement => refinement.GetOffsetAndLength(index.Layout.Packs.Length).Length >= packs));
        for (int query = 0; query < queries; query++)
        {
            if (StoreZoo.Region(features, data, random) is not { } region)
            {
                continue;
            }

            ScanPlan scan = new(region, features.Height, features.Width, features.IsHalf, ScanKernels.Best);
            foreach (CodeKernels kernels in AllKernels)
            {
                BoundPlan upper = new(index, scan, kernels, isUpper: true, alone);
                BoundPlan lower = new(index, scan, kernels, isUpper: false, alone);
                BoundScorer upperScorer = new(index, upper);
                BoundScorer lowerScorer = new(index, lower);
                WindowBound[] windows = new WindowBound[upperScorer.RoomToCollect];
                for (int image = 0; image < features.Count; image++)
                {
                    if (index.Status(image) != ImageStatus.Bounded)
                    {
                        continue;
                    }

                    float[] similarities = RegionSearch.ScoreImage(features, region, image)!;
                    float best = similarities.Max();
                    int lane = image % PrefixPanel.Images;
                    float[] floors = [.. Enumerable.Repeat(float.PositiveInfinity, PrefixPanel.Images)];
                    floors[lane] = float.NegativeInfinity;
                    Assert.True(best <= upper.Bound(upperScorer.Score(image / PrefixPanel.Images, floors)[lane]), $"image {image}");
                    Assert.True(Math.Max(best, 0) >= lower.Bound(lowerScorer.Score(image / PrefixPanel.Images, floors)[lane]), $"image {image}");

                    // Every window by itself, at every stage: this is what is ruled out.
                    Assert.Equal(similarities.Length, upperScorer.Collect(image - lane, windows));
                    foreach ((int refinement, PackStep step) in Steps(upper).Prepend((-1, default)))
                    {
                        if (refinement >= 0)
                        {
                            upperScorer.Refine(image - lane, windows.AsSpan(0, similarities.Length), refinement, step);
                        }

                        for (int k = 0; k < similarities.Length; k++)
                        {
                            Assert.Equal(image, windows[k].Image);
                            float similarity = similarities[(windows[k].Corner / scan.MapWidth * scan.Columns) + (windows[k].Corner % scan.MapWidth)];
                            Assert.True(similarity <= upper.Bound(windows[k].Ratio), $"image {image}, window {k}, refinement {refinement}, {step}: {similarity} > {upper.Bound(windows[k].Ratio)}");
                            Assert.True(windows[k].Ratio >= upper.RatioOf(similarity), $"image {image}, window {k}, refinement {refinement}, {step}");
                        }
                    }
                }
            }
        }
    }

    /// <summary>Every step of every refinement, in the order in which a search goes through them.</summary>
    private static IEnumerable<(int Refinement, PackStep Step)> Steps(BoundPlan plan) =>
        Enumerable.Range(0, plan.Packs.Length).SelectMany(refinement => plan.Steps.Select(step => (refinement, step)));

    [Fact]
    public void A_bound_gets_tighter_with_every_stage_and_prunes_most_of_an_easy_store()
    {
        using TemporaryFolder folder = new();
        (FeatureArray features, float[] data, FeatureIndex opened) = Indexed(folder, "low rank", 2000, 64, 3, 3, seed: 5);
        using FeatureIndex index = opened;
        RegionKernel region = OfFirstImage(features, data, [1, 0, 0, 0, 0, 0, 0, 0, 0]);
        SearchAnswer answer = Staged(features, index, region, new SearchOptions());
        Assert.True(answer.Stats.Stages[^1].Images < 400, string.Join(", ", answer.Stats.Stages));
        Assert.Null(answer.Stats.LargestMissable);
    }

    [Theory]
    [InlineData("low rank")]
    [InlineData("independent")]
    public void A_store_large_enough_for_a_sample_gives_the_plain_scans_answer_whether_bounds_pay_or_not(string kind)
    {
        using TemporaryFolder folder = new();
        Random random = new(4);
        (FeatureArray features, float[] data, FeatureIndex opened) = Indexed(folder, kind, 4500, 40, 2, 3, seed: 9);
        using FeatureIndex index = opened;
        for (int query = 0; query < 6; query++)
        {
            if (StoreZoo.Region(features, data, random) is { } region)
            {
                SearchOptions options = query < 3 ? new SearchOptions() : StoreZoo.Options(features, data, random);
                SearchAnswer actual = Staged(features, index, region, options);
                Assert.Equal(RegionSearch.Search(features, region, options, TestContext.Current.CancellationToken).Matches, actual.Matches);
                Assert.Equal("exact", actual.Stats.Stages[^1].Name);

                // More than are scored before refinements, at most one a group, one image in fifty, and hardly any time.
                SearchOptions[] others =
                [
                    new() { Top = 400 },
                    new() { Groups = [.. Enumerable.Range(0, 4500).Select(image => image / 50)] },
                    new() { Included = [.. Enumerable.Range(0, 4500).Select(image => image % 50 == query)] },
                ];
                foreach (SearchOptions other in others)
                {
                    Assert.Equal(
                        RegionSearch.Search(features, region, other, TestContext.Current.CancellationToken).Matches,
                        Staged(features, index, region, other).Matches);
                }

                SearchAnswer hasty = Staged(features, index, region, new SearchOptions { Budget = TimeSpan.FromMilliseconds(query) });
                Assert.All(
                    RegionSearch.Search(features, region, 10, TestContext.Current.CancellationToken).Matches.Except(hasty.Matches),
                    missed => Assert.True(missed.Similarity <= hasty.Stats.LargestMissable));
            }
        }
    }

    [Fact]
    public void Weights_so_large_that_norms_could_overflow_give_the_plain_scans_answer()
    {
        using TemporaryFolder folder = new();
        (_, float[] data) = StoreZoo.Create(folder["zoo"], "low rank", 200, 48, 3, 3, isHalf: false, seed: 5);
        data.AsSpan(7 * 48 * 9, 48 * 9).ToArray().Select(value => value * 1e13f).ToArray().CopyTo(data, 7 * 48 * 9);
        FeatureArray features = StoreZoo.Write(folder["own"], data, 200, 48, 3, 3, isHalf: false);
        IndexBuilder.Build(folder["own"], features, DateTimeOffset.UnixEpoch, 4, null, TestContext.Current.CancellationToken);
        using FeatureIndex index = FeatureIndex.TryOpen(folder["own"], features, out _)!;
        foreach (float weight in (float[])[1, 1e3f, 1e5f, 1e6f])
        {
            RegionKernel region = RegionKernel.Create(data.AsSpan(7 * 48 * 9, 48 * 9), 48, new RegionMask(3, 3, [weight, weight, 0, weight, 0, 0, 0, 0, 0]));
            SearchAnswer answer = Staged(features, index, region, new SearchOptions());
            Assert.Equal(7, answer.Matches[0].Index);
            Assert.Equal(RegionSearch.Search(features, region, 10, TestContext.Current.CancellationToken).Matches, answer.Matches);
        }
    }

    [Fact]
    public void A_collector_knows_the_similarity_of_every_rank()
    {
        MatchCollector collector = new(3, null, null);
        foreach (int i in (int[])[4, 1, 5, 2])
        {
            collector.Add(new Match(i, i / 10f, default));
        }

        Assert.Equal([0.5f, 0.4f, 0.2f, float.NegativeInfinity], Enumerable.Range(1, 4).Select(collector.SimilarityAt));
    }

    [Fact]
    public void Likely_images_spare_a_search_work_and_never_cost_it_a_second_pass()
    {
        using TemporaryFolder folder = new();
        (FeatureArray features, float[] data, FeatureIndex opened) = Indexed(folder, "low rank", 6000, 64, 3, 3, seed: 9);
        using FeatureIndex index = opened;
        RegionKernel region = OfFirstImage(features, data, [1, 1, 0, 0, 0, 0, 0, 0, 0]);
        SearchAnswer first = Staged(features, index, region, new SearchOptions());
        SearchAnswer again = Staged(features, index, region, new SearchOptions { Seeds = [.. first.Matches.Select(match => match.Index)] });
        Assert.Equal(first.Matches, again.Matches);
        Assert.True(again.Stats.BytesRead <= first.Stats.BytesRead, $"{again.Stats.BytesRead} > {first.Stats.BytesRead}");
    }

    [Fact]
    public void A_sample_that_promises_too_much_is_made_good_for()
    {
        using TemporaryFolder folder = new();
        (FeatureArray features, float[] data, FeatureIndex opened) = Indexed(folder, "low rank", 6000, 64, 3, 3, seed: 9);
        using FeatureIndex index = opened;
        RegionKernel region = OfFirstImage(features, data, [1, 0, 0, 0, 0, 0, 0, 0, 0]);
        float[] similarities = [.. Enumerable.Range(0, 6000).Select(image => RegionSearch.ScoreImage(features, region, image)!.Max())];

        // The first unit of images is in the sample. Of it the five best are there, and of all others only those that are no
        // better than most.
        float[] first = [.. similarities[..IndexLayout.UnitImages].OrderDescending()];
        float usual = similarities.Order().ElementAt(4000);
        bool[] included = [.. similarities.Select((similarity, image) => similarity < usual || (image < IndexLayout.UnitImages && similarity >= first[4]))];
        Assert.True(first[4] > usual);
        SearchOptions options = new() { Included = included };
        SearchAnswer actual = Staged(features, index, region, options);
        Assert.Equal(RegionSearch.Search(features, region, options, TestContext.Current.CancellationToken).Matches, actual.Matches);
        Assert.Equal(included.Count(isIncluded => isIncluded), actual.Stats.Images);

        // Many prefixes twice, and without their windows images could not be ruled out by the refinement.
        Assert.True(actual.Stats.BytesRead > 1.2 * FeatureIndex.StageLength(index.Layout, 0, features.Count), $"{actual.Stats.BytesRead}");
        Assert.True(actual.Stats.Stages[1].Left < actual.Stats.Stages[1].Images, string.Join(", ", actual.Stats.Stages));
    }

    [Fact]
    public void A_search_whose_time_is_up_says_what_it_may_have_missed()
    {
        using TemporaryFolder folder = new();
        (FeatureArray features, float[] data, FeatureIndex opened) = Indexed(folder, "independent", 1500, 64, 3, 3, seed: 5);
        using FeatureIndex index = opened;
        RegionKernel region = OfFirstImage(features, data, [1, 1, 0, 1, 1, 0, 0, 0, 0]);
        foreach (TimeSpan budget in (TimeSpan[])[TimeSpan.FromTicks(1), TimeSpan.FromMilliseconds(0.3), TimeSpan.FromMilliseconds(1)])
        {
            SearchOptions options = new() { Budget = budget, Seeds = [3] };
            SearchAnswer answer = Staged(features, index, region, options);
            SearchAnswer exact = RegionSearch.Search(features, region, 10, TestContext.Current.CancellationToken);
            Assert.NotEmpty(answer.Matches);
            Assert.True(answer.Stats.Images >= answer.Matches.Count, $"{answer.Matches.Count} matches of {answer.Stats.Images} images");
            foreach (Match missed in exact.Matches.Except(answer.Matches))
            {
                Assert.True(missed.Similarity <= answer.Stats.LargestMissable, $"{missed} was missed, not more than {answer.Stats.LargestMissable}");
            }
        }

        bool[] included = [.. Enumerable.Range(0, 1500).Select(image => image % 7 == 3)];
        foreach (SearchOptions options in (SearchOptions[])[new() { Included = included, Budget = TimeSpan.FromTicks(1) }, new() { Included = included, Budget = TimeSpan.FromTicks(1), Top = 100 }])
        {
            Assert.NotEmpty(Staged(features, index, region, options).Matches);
            Assert.All(Staged(features, index, region, options).Matches, match => Assert.True(included[match.Index], $"{match} was not wanted"));
            Assert.All(RegionSearch.Search(features, region, options, TestContext.Current.CancellationToken).Matches, match => Assert.True(included[match.Index], $"{match} was not wanted"));
        }

        float? ofNothing = RegionSearch.Search(features, region, new SearchOptions { Budget = TimeSpan.FromTicks(1) }, TestContext.Current.CancellationToken).Stats.LargestMissable;
        Assert.InRange(ofNothing!.Value, 1 + 1e-6f, 1.001f);
    }

    [Fact]
    public void Likely_images_are_kept_until_better_ones_are_found_whatever_the_budget_and_where_bounds_do_not_pay()
    {
        using TemporaryFolder folder = new();
        (FeatureArray features, float[] data) = StoreZoo.Create(folder.Path, "signed independent", 4500, 256, 2, 2, isHalf: true, seed: 9);
        IndexBuilder.Build(folder.Path, features, DateTimeOffset.UnixEpoch, IndexBuilder.MaximumShare, null, TestContext.Current.CancellationToken);
        using FeatureIndex index = FeatureIndex.TryOpen(folder.Path, features, out _)!;
        RegionKernel region = RegionKernel.Create(data.AsSpan(0, features.MapElements), features.Channels, new RegionMask(2, 2, [1, 0, 0, 0]));
        SearchAnswer exact = Staged(features, index, region, new SearchOptions());
        Assert.Equal(["sample", "exact"], exact.Stats.Stages.Select(stage => stage.Name));
        SearchOptions likely = new() { Seeds = [.. Enumerable.Range(4400, 10)] };
        float worst = likely.Seeds.Min(seed => RegionSearch.ScoreImage(features, region, seed)!.Max());
        TimeSpan all = Staged(features, index, region, likely).Stats.Elapsed;
        for (int part = 1; part < 300; part++)
        {
            SearchAnswer answer = Staged(features, index, region, likely with { Budget = all * (part / 300.0) });
            Assert.Equal(10, answer.Matches.Count);
            Assert.True(answer.Matches[^1].Similarity >= worst);
        }
    }

    [Fact]
    public void Searches_at_once_give_the_same_answers_as_one_after_the_other()
    {
        using TemporaryFolder folder = new();
        (FeatureArray features, float[] data, FeatureIndex opened) = Indexed(folder, "low rank", 800, 64, 4, 4, seed: 8);
        using FeatureIndex index = opened;
        RegionKernel[] regions = [.. Enumerable.Range(0, 64).Select(seed => StoreZoo.Region(features, data, new Random(seed))!)];
        IReadOnlyList<Match>[] expected = [.. regions.Select(region => RegionSearch.Search(features, region, 10).Matches)];
        IReadOnlyList<Match>[] actual = new IReadOnlyList<Match>[regions.Length];
        Parallel.For(0, regions.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => actual[i] = Staged(features, index, regions[i], new SearchOptions()).Matches);
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void A_cancelled_search_ends()
    {
        using TemporaryFolder folder = new();
        (FeatureArray features, float[] data, FeatureIndex opened) = Indexed(folder, "low rank", 300, 64, 4, 4, seed: 8);
        using FeatureIndex index = opened;
        RegionKernel region = StoreZoo.Region(features, data, new Random(1))!;
        Assert.ThrowsAny<OperationCanceledException>(() =>
            StagedSearch.Search(features, index, region, new SearchOptions(), ScanKernels.Best, CodeKernels.Best, null, Stopwatch.GetTimestamp(), new CancellationToken(canceled: true)));
    }

    internal static IEnumerable<CodeKernels> AllKernels
    {
        get
        {
            yield return new ScalarCodeKernels();
            yield return CodeKernels.Best;
            yield return new VectorCodeKernels<Vector128<int>, PortableCodeLanes, Vector128<float>, Lanes128>();
            if (System.Runtime.Intrinsics.X86.Avx2.IsSupported)
            {
                yield return new VectorCodeKernels<Vector256<int>, Avx2CodeLanes, Vector256<float>, Lanes256>();
            }

            if (System.Runtime.Intrinsics.X86.Avx512BW.IsSupported)
            {
                yield return new VectorCodeKernels<Vector512<int>, Avx512CodeLanes, Vector512<float>, Lanes512>();
            }
        }
    }

    private static (FeatureArray Features, float[] Data, FeatureIndex Index) Indexed(
        TemporaryFolder folder, string kind, int images, int channels, int height, int width, int seed)
    {
        (FeatureArray features, float[] data) = StoreZoo.Create(folder.Path, kind, images, channels, height, width, isHalf: true, seed);
        IndexBuilder.Build(folder.Path, features, DateTimeOffset.UnixEpoch, 4, null, TestContext.Current.CancellationToken);
        return (features, data, FeatureIndex.TryOpen(folder.Path, features, out _)!);
    }

    /// <summary>A region of the first image, on a map of 3 x 3.</summary>
    private static RegionKernel OfFirstImage(FeatureArray features, float[] data, float[] mask) =>
        RegionKernel.Create(data.AsSpan(0, features.MapElements), features.Channels, new RegionMask(3, 3, mask));

    private static SearchAnswer Staged(FeatureArray features, FeatureIndex index, RegionKernel region, SearchOptions options) =>
        StagedSearch.Search(features, index, region, options, ScanKernels.Best, CodeKernels.Best, null, Stopwatch.GetTimestamp(), TestContext.Current.CancellationToken);
}
