using VisualFeatureSearch.Analysis;

namespace VisualFeatureSearch.Tests.Analysis;

public sealed class GroupTestTests
{
    [Fact]
    public void Superiority_is_the_share_of_pairs_that_the_group_wins()
    {
        // Of the six pairs 5 beats three, 2 beats one and ties with one.
        GroupTestResult result = Run([5, 2, 1, 2, 4, float.NaN], [[0, 1, 5]], 0, 100)[0]!;
        Assert.Equal(4.5 / 6, result.Superiority, 12);
    }

    [Fact]
    public void The_p_value_of_a_small_group_is_that_of_all_ways_to_deal()
    {
        // The two largest of seven: of the 21 pairs, one has a rank sum as large and one as small.
        GroupTestResult result = Run([1, 2, 3, 4, 5, 6, 7], [[5, 6]], 4, 20_000)[0]!;
        Assert.Equal(2.0 / 21, result.PValue, 0.008);
        Assert.Equal(result.PValue, result.AdjustedPValue, 12);
    }

    [Fact]
    public void A_planted_difference_is_found_in_its_group_and_in_no_other()
    {
        float[] similarities = Noise(300, 1);
        for (int i = 0; i < 300; i += 10)
        {
            similarities[i] += 0.4f;
        }

        IReadOnlyList<GroupTestResult?> results = Run(similarities, Tens(300), 7, 2000);
        Assert.True(results[0]!.AdjustedPValue < 0.01 && results[0]!.Superiority > 0.7);
        Assert.All(results.Skip(1), result => Assert.True(result!.AdjustedPValue > 0.05));
    }

    [Fact]
    public void By_chance_alone_any_of_ten_groups_is_found_about_as_often_as_the_level_says()
    {
        int alone = 0, any = 0;
        for (int seed = 0; seed < 200; seed++)
        {
            IReadOnlyList<GroupTestResult?> results = Run(Noise(120, seed), Tens(120), seed, 400);
            alone += results.Count(result => result!.PValue <= 0.05);
            any += results.Any(result => result!.AdjustedPValue <= 0.05) ? 1 : 0;
        }

        Assert.InRange(alone / 2000.0, 0.03, 0.07);
        Assert.InRange(any / 200.0, 0.015, 0.095);
    }

    [Fact]
    public void The_same_seed_gives_the_same_result_and_a_group_of_all_or_none_gives_none()
    {
        float[] similarities = Noise(50, 2);
        int[][] groups = [[1, 2, 3], [.. Enumerable.Range(0, 50)], []];
        Assert.Equal(Run(similarities, groups, 3, 500), Run(similarities, groups, 3, 500));
        Assert.NotEqual(Run(similarities, groups, 3, 500)[0], Run(similarities, groups, 4, 500)[0]);
        Assert.Null(Run(similarities, groups, 3, 500)[1]);
        Assert.Null(Run(similarities, groups, 3, 500)[2]);
    }

    private static float[] Noise(int count, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle())];
    }

    private static IReadOnlyList<int>[] Tens(int count) => [.. Enumerable.Range(0, 10).Select(group => Enumerable.Range(0, count / 10).Select(i => (i * 10) + group).ToArray())];

    private static IReadOnlyList<GroupTestResult?> Run(float[] similarities, IReadOnlyList<int>[] groups, int seed, int permutations) =>
        GroupTest.Run(similarities, groups, seed, permutations, TestContext.Current.CancellationToken);
}
