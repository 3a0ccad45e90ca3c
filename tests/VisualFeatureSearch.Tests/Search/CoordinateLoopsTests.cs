using VisualFeatureSearch.Search.Index;

namespace VisualFeatureSearch.Tests.Search;

public sealed class CoordinateLoopsTests
{
    private static IEnumerable<int> Lengths => [.. Enumerable.Range(0, 40), 103, 104, 105];

    [Fact]
    public void Products_are_normalised_as_one_by_one_in_double()
    {
        foreach (int length in Lengths)
        {
            Random random = new(length);
            float[] products = Floats(random, length);
            double[] inverses = [.. Floats(random, length).Select(value => (double)value)];
            double mean = random.NextDouble();
            float[] expected = [.. products.Select((product, i) => (float)((product * inverses[i]) - mean))];
            CoordinateLoops.Normalise(products, inverses, mean);
            Assert.Equal(expected, products);
        }
    }

    [Fact]
    public void Squares_are_added_up_in_double()
    {
        foreach (int length in Lengths)
        {
            // Of numbers so different that float32 would lose the small ones.
            float[] values = [.. Floats(new Random(length), length).Select((value, i) => i % 5 == 0 ? value * 1e4f : value)];
            double expected = values.Sum(value => (double)value * value);
            Assert.Equal(expected, CoordinateLoops.SumOfSquares(values), expected * 1e-14);
        }
    }

    [Fact]
    public void Codes_are_the_nearest_of_sixteen_and_errors_are_what_they_miss()
    {
        foreach (int length in Lengths)
        {
            float[] coordinates = Floats(new Random(length), length);
            foreach (double scale in (double[])[0.05, 0.2, 1e-30])
            {
                byte[] codes = new byte[length];
                (double error, double reach) = CoordinateLoops.Encode(coordinates, scale, codes);
                double expectedError = 0, expectedReach = 0;
                for (int i = 0; i < length; i++)
                {
                    Assert.InRange(codes[i], 0, 15);
                    double own = Math.Abs(coordinates[i] - ((codes[i] - 7.5) * scale));
                    for (int other = 0; other < 16; other++)
                    {
                        Assert.True(own <= Math.Abs(coordinates[i] - ((other - 7.5) * scale)) + (1e-6 * scale) + 1e-12, $"{coordinates[i]} / {scale}: {codes[i]}, not {other}");
                    }

                    expectedError += own * own;
                    expectedReach += (codes[i] - 7.5) * scale * (codes[i] - 7.5) * scale;
                }

                Assert.Equal(expectedError, error, (expectedError * 1e-12) + 1e-15);
                Assert.Equal(expectedReach, reach, (expectedReach * 1e-12) + 1e-15);
            }
        }
    }

    [Fact]
    public void Coordinates_that_are_all_zero_have_codes_and_no_error()
    {
        byte[] codes = new byte[9];
        Assert.Equal((0, 0), CoordinateLoops.Encode(new float[9], 0, codes));
        Assert.All(codes, code => Assert.InRange(code, 0, 15));
    }

    private static float[] Floats(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
}
