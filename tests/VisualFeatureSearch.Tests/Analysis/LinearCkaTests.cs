using VisualFeatureSearch.Analysis;

namespace VisualFeatureSearch.Tests.Analysis;

public sealed class LinearCkaTests
{
    [Fact]
    public void It_is_one_for_a_rotated_scaled_and_shifted_representation()
    {
        float[][] x = Noise(40, 6, 1);
        // A rotation by 30 degrees of the first two features, all three times as large and shifted.
        (float cos, float sin) = (MathF.Cos(MathF.PI / 6), MathF.Sin(MathF.PI / 6));
        float[][] y = [.. x.Select(row => (float[])[.. new[] { (cos * row[0]) - (sin * row[1]), (sin * row[0]) + (cos * row[1]) }.Concat(row.Skip(2)).Select(value => (3 * value) + 2)])];
        (GramMatrix first, GramMatrix second) = (GramMatrix.Create(x), GramMatrix.Create(y));
        Assert.Equal(1, LinearCka.Unbiased(first, second, All(40)), 1e-5);
        Assert.Equal(1, LinearCka.Biased(first, second, All(40)), 1e-5);
    }

    [Fact]
    public void It_is_what_the_definition_gives_with_centring_matrices()
    {
        const int n = 12;
        float[][] x = Noise(n, 5, 2);
        float[][] y = [.. x.Zip(Noise(n, 7, 3), (one, other) => other.Select((value, i) => value + (i < 5 ? one[i] : 0)).ToArray())];
        (GramMatrix k, GramMatrix l) = (GramMatrix.Create(x), GramMatrix.Create(y));
        Assert.Equal(Biased(k, l) / Math.Sqrt(Biased(k, k) * Biased(l, l)), LinearCka.Biased(k, l, All(n)), 1e-9);
        Assert.Equal(Unbiased(k, l) / Math.Sqrt(Unbiased(k, k) * Unbiased(l, l)), LinearCka.Unbiased(k, l, All(n)), 1e-9);

        // Equations 3 of Kornblith et al. (2019): tr(KHLH); and 5 of Song et al. (2012).
        double Biased(GramMatrix first, GramMatrix second)
        {
            double sum = 0;
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    sum += Centred(first, i, j) * Centred(second, i, j);
                }
            }

            return sum;
        }

        double Centred(GramMatrix gram, int i, int j) =>
            gram[i, j] - (Sum(gram, i) / n) - (Sum(gram, j) / n) + (Enumerable.Range(0, n).Sum(row => Sum(gram, row)) / (n * n));

        double Sum(GramMatrix gram, int row) => Enumerable.Range(0, n).Sum(column => gram[row, column]);

        double Unbiased(GramMatrix first, GramMatrix second)
        {
            double trace = 0, one = 0, other = 0, crossed = 0;
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    trace += Off(first, i, j) * Off(second, j, i);
                    one += Off(first, i, j);
                    other += Off(second, i, j);
                    for (int between = 0; between < n; between++)
                    {
                        crossed += Off(first, i, between) * Off(second, between, j);
                    }
                }
            }

            return (trace + (one * other / ((n - 1) * (n - 2))) - (2.0 / (n - 2) * crossed)) / (n * (n - 3));
        }

        double Off(GramMatrix gram, int i, int j) => i == j ? 0 : gram[i, j];
    }

    [Fact]
    public void For_unrelated_representations_of_few_images_only_the_unbiased_one_is_near_zero()
    {
        double unbiased = 0, biased = 0;
        for (int seed = 0; seed < 20; seed++)
        {
            (GramMatrix first, GramMatrix second) = (GramMatrix.Create(Noise(30, 400, seed)), GramMatrix.Create(Noise(30, 300, 100 + seed)));
            unbiased += LinearCka.Unbiased(first, second, All(30)) / 20;
            biased += LinearCka.Biased(first, second, All(30)) / 20;
        }

        Assert.InRange(unbiased, -0.05, 0.05);
        Assert.InRange(biased, 0.8, 1);
    }

    [Fact]
    public void A_constant_representation_and_too_few_images_have_none()
    {
        GramMatrix noise = GramMatrix.Create(Noise(6, 4, 1));
        GramMatrix constant = GramMatrix.Create([.. Enumerable.Range(0, 6).Select(_ => new float[4])]);
        Assert.True(double.IsNaN(LinearCka.Unbiased(noise, constant, All(6))));

        // What rounding leaves of features that are constant but not zero is not compared either.
        foreach (float value in (float[])[0.1f, 3.7f, 1234.5f])
        {
            GramMatrix other = GramMatrix.Create([.. Enumerable.Range(0, 100).Select(_ => Enumerable.Range(0, 3000).Select(i => value * (1 + (i % 7))).ToArray())]);
            Assert.True(double.IsNaN(LinearCka.Unbiased(other, other, All(100))));
            Assert.True(double.IsNaN(LinearCka.Biased(other, other, All(100))));
        }

        Assert.True(double.IsNaN(LinearCka.Biased(noise, noise, All(3))));
        Assert.Throws<ArgumentException>(() => LinearCka.Unbiased(noise, GramMatrix.Create(Noise(5, 4, 1)), All(5)));
    }

    [Fact]
    public void Inner_products_stay_exact_over_long_rows_and_mark_images_that_are_not_finite()
    {
        float[][] rows = Noise(5, 10_007, 4);
        rows[3][9_999] = float.PositiveInfinity;
        GramMatrix gram = GramMatrix.Create(rows);
        Assert.Equal([true, true, true, false, true], gram.IsFinite);
        double expected = rows[1].Zip(rows[4], (one, other) => (double)one * other).Sum();
        Assert.Equal(expected, gram[1, 4], 1e-3);
        Assert.Equal(gram[1, 4], gram[4, 1]);
    }

    private static int[] All(int count) => [.. Enumerable.Range(0, count)];

    private static float[][] Noise(int images, int features, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, images).Select(_ => Enumerable.Range(0, features).Select(_ => (float)((random.NextDouble() * 2) - 1)).ToArray())];
    }
}
