using VisualFeatureSearch.Analysis;

namespace VisualFeatureSearch.Tests.Analysis;

public sealed class RankOverlapTests
{
    [Fact]
    public void Equal_rankings_agree_wholly_and_disjoint_ones_not_at_all()
    {
        long[] first = [5, 3, 8, 1];
        Assert.Equal(1, RankOverlap.AtDepth(first, first, 4));
        Assert.Equal(1, RankOverlap.RankBiased(first, first), 1e-12);
        Assert.Equal(0, RankOverlap.AtDepth(first, [9, 10, 11, 12], 4));
        Assert.Equal(0, RankOverlap.RankBiased(first, [9, 10, 11, 12]));
    }

    [Fact]
    public void Order_counts_for_the_rank_biased_overlap_only_and_the_top_most()
    {
        long[] first = [1, 2, 3, 4, 5, 6];
        Assert.Equal(1, RankOverlap.AtDepth(first, [6, 5, 4, 3, 2, 1], 6));
        Assert.True(RankOverlap.RankBiased(first, [1, 2, 3, 4, 6, 5]) > RankOverlap.RankBiased(first, [2, 1, 3, 4, 5, 6]));
        Assert.True(RankOverlap.RankBiased(first, [2, 1, 3, 4, 5, 6]) > RankOverlap.RankBiased(first, [6, 5, 4, 3, 2, 1]));
    }

    /// <summary>Equation 32 by hand: overlaps at depths 1 to 3 are 0, 2/2 and 2/3.</summary>
    [Fact]
    public void The_rank_biased_overlap_is_that_of_the_article()
    {
        const double P = 0.8;
        double expected = (2 / 3.0 * Math.Pow(P, 3)) + ((1 - P) / P * ((0 * P) + (1 * P * P) + (2 / 3.0 * P * P * P)));
        Assert.Equal(expected, RankOverlap.RankBiased([1, 2, 3], [2, 1, 4], P), 1e-12);
    }

    [Fact]
    public void Rankings_of_other_lengths_are_compared_as_far_as_both_go()
    {
        Assert.Equal(0.5, RankOverlap.AtDepth([1, 2], [1, 9, 8, 7], 2));
        Assert.Equal(0.25, RankOverlap.AtDepth([1], [1, 9, 8, 7], 4));
        Assert.Equal(1, RankOverlap.RankBiased([1], [1, 9, 8, 7]), 1e-12);
        Assert.Throws<ArgumentOutOfRangeException>(() => RankOverlap.RankBiased([1], [1], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => RankOverlap.AtDepth([1], [1], 0));
    }
}
