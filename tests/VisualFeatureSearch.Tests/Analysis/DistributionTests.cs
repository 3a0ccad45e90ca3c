using VisualFeatureSearch.Analysis;

namespace VisualFeatureSearch.Tests.Analysis;

public sealed class DistributionTests
{
    [Fact]
    public void Five_numbers_and_whiskers_are_those_of_a_textbook_box_plot()
    {
        // Quartiles as numpy.percentile gives them; 30 is beyond 8.5 + 1.5 * 5 and is no end of a whisker.
        Distribution distribution = Distribution.Create([1, 2, 3, 4, 5, 6, 7, 8, 9, 30]);
        Assert.Equal(10, distribution.Count);
        Assert.Equal(7.5, distribution.Mean, 12);
        Assert.Equal((1, 1, 3.25, 5.5, 7.75, 9, 30), (distribution.Minimum, distribution.LowerWhisker, distribution.LowerQuartile, distribution.Median, distribution.UpperQuartile, distribution.UpperWhisker, distribution.Maximum));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(30_000)]
    public void The_density_of_normal_numbers_is_nearly_the_normal_one(int count)
    {
        double[] sorted = [.. Enumerable.Range(0, count).Select(i => MathNet.Numerics.Distributions.Normal.InvCDF(0.5, 0.1, (i + 0.5) / count))];
        IReadOnlyList<DensityPoint> density = Distribution.Create(sorted).Density;
        Assert.All(density, point => Assert.Equal(MathNet.Numerics.Distributions.Normal.PDF(0.5, 0.1, point.Similarity), point.Density, 0.3));
        Assert.Equal((sorted[0], sorted[^1]), (density[0].Similarity, density[^1].Similarity));
    }

    [Fact]
    public void One_number_or_equal_ones_have_no_density()
    {
        Assert.Empty(Distribution.Create([0.4]).Density);
        Distribution equal = Distribution.Create([0.4, 0.4, 0.4]);
        Assert.Empty(equal.Density);
        Assert.Equal((0.4, 0.4, 0.4), (equal.LowerWhisker, equal.Median, equal.UpperWhisker));
    }
}
