using VisualFeatureSearch.Analysis;

namespace VisualFeatureSearch.Tests.Analysis;

public sealed class MedianDifferenceTests
{
    [Theory]
    [InlineData(9, 14)]
    [InlineData(40, 41)]
    [InlineData(2, 1)]
    public void The_interval_is_that_of_resamples_drawn_one_by_one(int first, int second)
    {
        Random random = new(5);
        double[] a = [.. Enumerable.Range(0, first).Select(_ => random.NextDouble() + 0.3).Order()];
        double[] b = [.. Enumerable.Range(0, second).Select(_ => random.NextDouble()).Order()];
        double[] differences = [.. Enumerable.Range(0, 40_000).Select(_ => Resample(a) - Resample(b)).Order()];

        MedianDifference actual = MedianDifference.Create(a, b, new Random(1));
        Assert.Equal(Median(a) - Median(b), actual.Difference, 12);
        Assert.Equal(differences[1000], actual.Low, 0.03);
        Assert.Equal(differences[39_000], actual.High, 0.03);

        double Resample(double[] values) => Median([.. values.Select(_ => values[random.Next(values.Length)]).Order()]);
    }

    [Fact]
    public void The_interval_covers_the_true_difference_about_as_often_as_it_says()
    {
        Random random = new(3);
        int covered = 0;
        for (int i = 0; i < 200; i++)
        {
            MedianDifference difference = MedianDifference.Create(Sample(60, 0.2), Sample(80, 0), random);
            covered += difference.Low <= 0.2 && 0.2 <= difference.High ? 1 : 0;
        }

        Assert.InRange(covered, 180, 199);

        double[] Sample(int count, double shift) => [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() + shift).Order()];
    }

    private static double Median(double[] sorted) => (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
}
