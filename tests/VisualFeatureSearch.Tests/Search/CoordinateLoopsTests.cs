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
            const int ProductStride = 7;
            Random random = new(length);
            int stride = length + 2;
            float[] products = Floats(random, length * ProductStride);
            double[] inverses = [.. Floats(random, 4).Select(value => (double)value)], means = [.. Floats(random, length).Select(value => (double)value)];
            float[] coordinates = [.. Enumerable.Repeat(-7f, 4 * stride)];
            CoordinateLoops.Normalise(products, ProductStride, inverses, means, coordinates, stride);
            for (int i = 0; i < coordinates.Length; i++)
            {
                (int cell, int d) = Math.DivRem(i, stride);
                Assert.Equal(d < length ? (float)((products[(d * ProductStride) + cell] * inverses[cell]) - means[d]) : -7, coordinates[i]);
            }
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
    public void Codes_are_the_nearest_of_sixteen_and_errors_are_what_they_miss() =>
        AssertNearest(CoordinateLoops.EncodeCoarse, 0, 15, 7.5);

    [Fact]
    public void Fine_codes_are_the_nearest_of_255_and_errors_are_what_they_miss() =>
        AssertNearest(CoordinateLoops.EncodeFine, 1, 255, 128);

    [Fact]
    public void Coordinates_that_are_all_zero_have_codes_and_no_error()
    {
        byte[] codes = new byte[9];
        Assert.Equal((0, 0), CoordinateLoops.EncodeCoarse(new float[9], 0, codes));
        Assert.All(codes, code => Assert.InRange(code, 0, 15));
    }

    [Fact]
    public void Steps_too_small_to_be_divided_by_leave_everything_as_error()
    {
        float[] coordinates = Floats(new Random(1), 11);
        byte[] codes = new byte[coordinates.Length];
        (double error, double reach) = CoordinateLoops.EncodeCoarse(coordinates, 1e-40, codes);
        Assert.Equal(coordinates.Sum(value => (double)value * value), error, 1e-12);
        Assert.InRange(reach, 0, 1e-70);
        Assert.All(codes, code => Assert.InRange(code, 0, 15));
    }

    [Fact]
    public void Codes_lie_in_the_lower_and_upper_halves_of_bytes_and_nothing_else_is_written()
    {
        foreach (int length in Lengths)
        {
            byte[] codes = [.. Enumerable.Range(0, 2 * length).Select(i => (byte)(i * 7 % 16))];
            byte[] target = [.. Enumerable.Repeat((byte)0xAA, length + 1)];
            CoordinateLoops.PackHalves(codes, target.AsSpan(0, length));
            Assert.Equal([.. Enumerable.Range(0, length).Select(i => (byte)(codes[i] + (16 * codes[length + i]))), (byte)0xAA], target);
        }
    }

    private static void AssertNearest(Encoder encode, int least, int most, double bias)
    {
        foreach (int length in Lengths)
        {
            float[] coordinates = Floats(new Random(length), length);
            foreach (double scale in (double[])[0.05, 0.2, 1e-30])
            {
                byte[] codes = new byte[length];
                (double error, double reach) = encode(coordinates, scale, codes);
                double expectedError = 0, expectedReach = 0;
                for (int i = 0; i < length; i++)
                {
                    Assert.InRange(codes[i], least, most);
                    double own = Math.Abs(coordinates[i] - ((codes[i] - bias) * scale));
                    for (int other = least; other <= most; other++)
                    {
                        Assert.True(own <= Math.Abs(coordinates[i] - ((other - bias) * scale)) + (1e-6 * scale) + 1e-12, $"{coordinates[i]} / {scale}: {codes[i]}, not {other}");
                    }

                    expectedError += own * own;
                    expectedReach += (codes[i] - bias) * scale * (codes[i] - bias) * scale;
                }

                Assert.Equal(expectedError, error, (expectedError * 1e-12) + 1e-15);
                Assert.Equal(expectedReach, reach, (expectedReach * 1e-12) + 1e-15);
            }
        }
    }

    private delegate (double Error, double Reach) Encoder(ReadOnlySpan<float> coordinates, double step, Span<byte> codes);

    private static float[] Floats(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
}
