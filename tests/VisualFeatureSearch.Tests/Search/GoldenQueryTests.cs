using VisualFeatureSearch.Search;
using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Tests.Search;

public sealed class GoldenQueryTests
{
    /// <summary>Best and second-best windows closer than this are a tie in float32.</summary>
    private const float TieGap = 2e-6f;

    [Theory]
    [MemberData(nameof(GoldenQuery.Names), MemberType = typeof(GoldenQuery))]
    public void Every_image_scores_as_in_the_original_tool(string name)
    {
        GoldenQuery query = GoldenQuery.Load(name);
        int images = (int)query.Features.Count;
        SearchAnswer answer = RegionSearch.Search(query.Features, query.Region, images, TestContext.Current.CancellationToken);

        Assert.Equal(images, answer.Matches.Count);
        Assert.Equal(images, query.Similarities.Length);
        foreach (Match match in answer.Matches)
        {
            int i = (int)match.Index;
            Assert.Equal(query.Similarities[i], match.Similarity, 2e-5f);
            if (query.Gaps[i] > TieGap)
            {
                Assert.Equal((query.Ys[i], query.Xs[i]), (match.Window.Y, match.Window.X));
            }
        }
    }

    [Theory]
    [MemberData(nameof(GoldenQuery.Names), MemberType = typeof(GoldenQuery))]
    public void The_ten_best_are_the_originals_ten_best(string name)
    {
        GoldenQuery query = GoldenQuery.Load(name);
        SearchAnswer answer = RegionSearch.Search(query.Features, query.Region, 10, TestContext.Current.CancellationToken);
        int[] expected = [.. Enumerable.Range(0, query.Similarities.Length)
            .OrderByDescending(i => query.Similarities[i]).ThenBy(i => i).Take(10)];

        Assert.Equal(expected, answer.Matches.Select(match => (int)match.Index));
    }

    [Theory]
    [MemberData(nameof(GoldenQuery.Names), MemberType = typeof(GoldenQuery))]
    public void The_scalar_reference_gives_the_same_matches(string name)
    {
        GoldenQuery query = GoldenQuery.Load(name);
        SearchAnswer fast = RegionSearch.Search(query.Features, query.Region, 10, TestContext.Current.CancellationToken);
        SearchAnswer plain = RegionSearch.Search(query.Features, query.Region, new SearchOptions(), new ScalarKernels(), TestContext.Current.CancellationToken);

        Assert.Equal(plain.Matches.Select(match => match.Index), fast.Matches.Select(match => match.Index));
        Assert.All(plain.Matches.Zip(fast.Matches), pair => Assert.Equal(pair.First.Similarity, pair.Second.Similarity, 1e-5f));
    }
}
