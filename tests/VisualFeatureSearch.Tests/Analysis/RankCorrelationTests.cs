using VisualFeatureSearch.Analysis;

namespace VisualFeatureSearch.Tests.Analysis;

public sealed class RankCorrelationTests
{
    [Fact]
    public void Any_increasing_change_leaves_the_order_and_a_decreasing_one_turns_it()
    {
        float[] similarities = [0.1f, 0.5f, 0.3f, 0.9f, 0.2f];
        Assert.Equal(1, RankCorrelation.Spearman(similarities, [.. similarities.Select(MathF.Exp)]), 12);
        Assert.Equal(-1, RankCorrelation.Spearman(similarities, [.. similarities.Select(value => -value)]), 12);
    }

    [Fact]
    public void Ties_share_their_mean_rank() =>
        // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: Pearson's r of these.
        Assert.Equal(4.5 / Math.Sqrt(4.5 * 5), RankCorrelation.Spearman([1, 2, 2, 3], [1, 2, 3, 4]), 12);

    [Fact]
    public void An_image_that_takes_no_part_on_one_side_does_not_count()
    {
        Assert.Equal(1, RankCorrelation.Spearman([1, 2, float.NaN, 3], [1, 2, -9, 3]), 12);
        Assert.True(double.IsNaN(RankCorrelation.Spearman([1, float.NaN], [1, 2])));
        Assert.Throws<ArgumentException>(() => RankCorrelation.Spearman([1], [1, 2]));
    }
}
