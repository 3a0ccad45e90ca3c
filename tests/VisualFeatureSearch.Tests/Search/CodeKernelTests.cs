using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Tests.Search;

public sealed class CodeKernelTests
{
    private static readonly int[] Sizes = [.. Enumerable.Range(1, 35), 47, 48, 49, 63, 64, 65, 100, 196];

    [Fact]
    public void Shifted_sums_are_the_references_for_every_number_of_positions()
    {
        foreach (CodeKernels kernels in StagedSearchTests.AllKernels)
        {
            foreach (int positions in Sizes)
            {
                foreach ((int groups, int[] offsets) in (ReadOnlySpan<(int, int[])>)[(1, [0]), (3, [0, 1]), (8, [0, 2, 7])])
                {
                    int cells = positions + offsets[^1];
                    Random random = new(positions + groups);
                    byte[] codes = Codes(random, groups * cells * 4);
                    int[] weights = Weights(random, offsets.Length * groups, kernels.MaximumWeight);
                    int[] starts = [.. offsets.Select(_ => random.Next(-1000, 1000))];
                    float[] scales = Floats(random, offsets.Length, 0);
                    float[] factors = Floats(random, cells, CodeKernels.Padding);
                    float[] expected = Floats(random, positions, CodeKernels.Padding);
                    float[] actual = (float[])expected.Clone();
                    new ScalarCodeKernels().AddShifted(codes, groups, cells, weights, starts, scales, offsets, factors, expected, positions);
                    kernels.AddShifted(codes, groups, cells, weights, starts, scales, offsets, factors, actual, positions);
                    AssertClose(expected, actual, positions);
                }
            }
        }
    }

    [Fact]
    public void Placed_sums_are_the_references_for_every_number_of_cells()
    {
        foreach (CodeKernels kernels in StagedSearchTests.AllKernels)
        {
            foreach (int cells in Sizes)
            {
                const int Groups = 5;
                Random random = new(cells);
                byte[] codes = Codes(random, Groups * cells * 4);
                byte[] weights = new byte[(Groups * cells * 4) + CodeKernels.Padding];
                for (int i = 0; i < Groups * cells * 4; i++)
                {
                    weights[i] = (byte)random.Next(-kernels.MaximumWeight, kernels.MaximumWeight + 1);
                }

                int[] starts = [.. Enumerable.Range(0, cells).Select(_ => random.Next(-1000, 1000)), .. new int[CodeKernels.Padding]];
                float[] scales = [.. Floats(random, cells, 0), .. new float[CodeKernels.Padding]];
                float[] factors = [.. Floats(random, cells, 0), .. new float[CodeKernels.Padding]];
                float expected = new ScalarCodeKernels().SumPlaced(codes, Groups, cells, weights, starts, scales, factors);
                Assert.Equal(expected, kernels.SumPlaced(codes, Groups, cells, weights, starts, scales, factors), Math.Max(1, Math.Abs(expected)) * 1e-4f);
            }
        }
    }

    [Fact]
    public void The_extreme_codes_and_weights_do_not_overflow()
    {
        foreach (CodeKernels kernels in StagedSearchTests.AllKernels)
        {
            foreach (int weight in (int[])[kernels.MaximumWeight, -kernels.MaximumWeight])
            {
                byte[] codes = new byte[(64 * 4) + CodeKernels.Padding];
                Array.Fill(codes, byte.MaxValue);
                int four = (weight & 0xFF) * 0x01010101;
                float[] factors = [1, .. new float[CodeKernels.Padding]];
                float[] sums = new float[1 + CodeKernels.Padding];
                kernels.AddShifted(codes, 64, 1, [.. Enumerable.Repeat(four, 64)], [0], [1], [0], factors, sums, 1);
                Assert.Equal(255f * weight * 256, sums[0]);
            }
        }
    }

    [Fact]
    public void Largest_ratios_and_unpacked_factors_are_the_references()
    {
        foreach (CodeKernels kernels in StagedSearchTests.AllKernels)
        {
            foreach (int length in Sizes)
            {
                Random random = new(length);
                float[] numerators = Floats(random, length, CodeKernels.Padding);
                float[] squares = [.. Floats(random, length, 0).Select(Math.Abs), .. new float[CodeKernels.Padding]];
                float[] validity = [.. Enumerable.Range(0, length).Select(i => i % 3 == 1 ? float.NegativeInfinity : 0), .. Enumerable.Repeat(float.NegativeInfinity, CodeKernels.Padding)];
                Array.Clear(numerators, length, CodeKernels.Padding);
                float expected = new ScalarCodeKernels().MaximumRatio(numerators, squares, validity, 1e-5f, length);
                Assert.Equal(expected, kernels.MaximumRatio(numerators, squares, validity, 1e-5f, length), Math.Max(1, Math.Abs(expected)) * 1e-5f);

                float[] factors = Floats(random, length, CodeKernels.Padding);
                byte[] bytes = Codes(random, length);
                float[] tails = new float[length + CodeKernels.Padding], expectedTails = new float[length];
                float[] actualSquares = new float[length + CodeKernels.Padding], expectedSquares = new float[length];
                new ScalarCodeKernels().Unpack(factors, bytes, 0.01f, expectedTails, expectedSquares, length);
                kernels.Unpack(factors, bytes, 0.01f, tails, actualSquares, length);
                AssertClose(expectedTails, tails, length);
                AssertClose(expectedSquares, actualSquares, length);
            }
        }
    }

    private static byte[] Codes(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => (byte)random.Next(1, 256)), .. Enumerable.Repeat((byte)255, CodeKernels.Padding)];

    private static int[] Weights(Random random, int count, int maximum) =>
        [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, 4).Aggregate(0, (four, i) => four | ((random.Next(-maximum, maximum + 1) & 0xFF) << (8 * i))))];

    /// <summary>Random numbers with room behind them that is full of NaN: whatever of it were used would show.</summary>
    private static float[] Floats(Random random, int count, int padding) =>
        [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f), .. Enumerable.Repeat(float.NaN, padding)];

    private static void AssertClose(float[] expected, float[] actual, int length)
    {
        for (int i = 0; i < length; i++)
        {
            Assert.Equal(expected[i], actual[i], Math.Max(1, Math.Abs(expected[i])) * 1e-4f);
        }
    }
}
