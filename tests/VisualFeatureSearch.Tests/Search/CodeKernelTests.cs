using System.Runtime.InteropServices;
using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Tests.Search;

public sealed class CodeKernelTests
{
    private const float Epsilon = 1e-5f;

    private static readonly int[] Sizes = [.. Enumerable.Range(1, 35), 47, 48, 49, 63, 64, 65, 100, 196];

    [Fact]
    public void Bounds_of_windows_are_the_references_for_every_number_of_positions()
    {
        foreach (CodeKernels kernels in StagedSearchTests.AllKernels)
        {
            foreach (int positions in Sizes)
            {
                foreach ((int groups, int[] offsets) in (ReadOnlySpan<(int, int[])>)[(1, [0]), (3, [0, 1]), (8, [0, 2, 7]), (4, [0, 1, 2, 3, 4, 9, 20, 21, 22])])
                {
                    int cells = positions + offsets[^1];
                    Random random = new(positions + groups);
                    byte[] codes = Codes(random, (groups + CodeKernels.TailGroups) * cells * 4);
                    PrefixWeights weights = new(groups, offsets, [.. Floats(random, offsets.Length).Select(Math.Abs)]);
                    Weights(random, weights.Weights.Length, kernels.MaximumWeight).CopyTo(weights.Weights, 0);
                    Floats(random, offsets.Length).CopyTo(weights.Scales, 0);
                    Floats(random, offsets.Length).CopyTo(weights.TailScales, 0);
                    for (int j = 0; j < offsets.Length; j++)
                    {
                        weights.Starts[j] = random.Next(-1000, 1000);
                    }

                    float[] constants = Floats(random, offsets.Length);
                    float[] norms = [.. Floats(random, cells).Select(Math.Abs), .. new float[CodeKernels.Padding]];
                    float[] validity =
                        [.. Enumerable.Range(0, positions).Select(i => i % 3 == 1 ? float.NegativeInfinity : 0), .. Enumerable.Repeat(float.NegativeInfinity, CodeKernels.Padding)];
                    (float[] Numerators, float[] Denominators, float[] Ratios, float Best) expected = Bound(new ScalarCodeKernels());
                    (float[] Numerators, float[] Denominators, float[] Ratios, float Best) actual = Bound(kernels);
                    AssertClose(expected.Numerators, actual.Numerators, positions);
                    AssertClose(expected.Denominators, actual.Denominators, positions);
                    AssertClose(expected.Ratios, actual.Ratios, positions);
                    Assert.Equal(expected.Best, actual.Best, Math.Max(1, Math.Abs(expected.Best)) * 1e-3f);

                    (float[], float[], float[], float) Bound(CodeKernels of)
                    {
                        float[] numerators = new float[positions + CodeKernels.Padding];
                        float[] denominators = new float[positions + CodeKernels.Padding];
                        float[] ratios = new float[positions + CodeKernels.Padding];
                        float[] values = new float[offsets.Length * PrefixWeights.ValueStride(positions)];
                        float best = of.BoundWindows(codes, cells, weights, constants, norms, validity, Epsilon, values, numerators, denominators, ratios, positions, ahead: 2 * codes.Length);
                        return (numerators, denominators, ratios, best);
                    }
                }
            }
        }
    }

    [Fact]
    public void Bounds_of_placements_are_the_references_for_every_number_of_cells()
    {
        foreach (CodeKernels kernels in StagedSearchTests.AllKernels)
        {
            foreach (int cells in Sizes)
            {
                const int Groups = 5;
                Random random = new(cells);
                byte[] codes = Codes(random, (Groups + CodeKernels.TailGroups) * cells * 4);
                byte[] bytes = new byte[((Groups + CodeKernels.TailGroups) * cells * 4) + CodeKernels.Padding];
                MemoryMarshal.AsBytes(Weights(random, (Groups + CodeKernels.TailGroups) * cells, kernels.MaximumWeight).AsSpan()).CopyTo(bytes);
                PlacedWeights weights = new(
                    0,
                    bytes,
                    [.. Enumerable.Range(0, cells).Select(_ => random.Next(-1000, 1000)), .. new int[CodeKernels.Padding]],
                    Padded(Floats(random, cells)),
                    Padded(Floats(random, cells)),
                    Padded([.. Floats(random, cells).Select(Math.Abs)]),
                    Padded(Floats(random, cells)),
                    Padded(Floats(random, cells)));
                float[] norms = Padded([.. Floats(random, cells).Select(Math.Abs)]);
                (float Numerator, float Squares) expected = new ScalarCodeKernels().BoundPlacement(codes, cells, Groups, weights, 0.3f, norms);
                (float Numerator, float Squares) actual = kernels.BoundPlacement(codes, cells, Groups, weights, 0.3f, norms);
                Assert.Equal(expected.Numerator, actual.Numerator, Math.Max(1, Math.Abs(expected.Numerator)) * 1e-3f);
                Assert.Equal(expected.Squares, actual.Squares, Math.Max(1, expected.Squares) * 1e-4f);
            }
        }
    }

    [Fact]
    public void Sums_of_packs_are_the_references_for_any_packs_and_windows()
    {
        foreach (CodeKernels kernels in StagedSearchTests.AllKernels)
        {
            foreach ((int[] packBytes, int[] offsets) in (ReadOnlySpan<(int[], int[])>)[([64], [0]), ([64, 64], [0, 1, 5]), ([20], [0, 3]), ([64, 36], [1])])
            {
                Random random = new(packBytes.Length + offsets.Length);
                const int Cells = 9;
                int cellBytes = packBytes.Sum();
                byte[] record = Codes(random, Cells * cellBytes);
                int entries = offsets.Length * packBytes.Length;
                byte[] bytes = new byte[entries * 2 * CodeKernels.PackBytes];
                for (int entry = 0; entry < entries; entry++)
                {
                    // As the last pack of an index, which may be short: no weights behind its end, nor for its header.
                    for (int i = 12; i < packBytes[entry % packBytes.Length]; i++)
                    {
                        bytes[(entry * 2 * CodeKernels.PackBytes) + i] = (byte)random.Next(-127, 128);
                        bytes[(((entry * 2) + 1) * CodeKernels.PackBytes) + i] = (byte)random.Next(-127, 128);
                    }
                }

                // Finite headers: a scale and an error of 8 significant bits, four tails, and a norm.
                for (int at = 0, i = 0; at < Cells * cellBytes; at += packBytes[i++ % packBytes.Length])
                {
                    MemoryMarshal.Write(record.AsSpan(at), (BitConverter.SingleToUInt32Bits(random.NextSingle()) >> 16) | (BitConverter.SingleToUInt32Bits(random.NextSingle()) & 0xFFFF0000));
                    MemoryMarshal.Write(record.AsSpan(at + 8), random.NextSingle());
                }

                PackWeights weights = new(
                    packBytes.Length, [0, .. packBytes[..^1]], bytes, Floats(random, entries), Floats(random, entries), Floats(random, entries), Floats(random, entries), Floats(random, entries * 4));
                for (int corner = 0; corner + offsets[^1] < Cells; corner++)
                {
                    float expected = new ScalarCodeKernels().SumPacks(record, cellBytes, weights, corner, offsets);
                    Assert.Equal(expected, kernels.SumPacks(record, cellBytes, weights, corner, offsets), Math.Max(1, Math.Abs(expected)) * 1e-3f);
                }
            }
        }
    }

    [Fact]
    public void The_extreme_codes_and_weights_do_not_overflow()
    {
        foreach (CodeKernels kernels in StagedSearchTests.AllKernels)
        {
            foreach (int sign in (int[])[1, -1])
            {
                const int Groups = 64;
                byte[] codes = new byte[((Groups + CodeKernels.TailGroups) * 4) + CodeKernels.Padding];
                Array.Fill(codes, byte.MaxValue);
                int four = (sign * kernels.MaximumWeight & 0xFF) * 0x01010101;
                PrefixWeights weights = new(Groups, [0], [1]);
                Array.Fill(weights.Weights, four);
                weights.Scales[0] = 1;
                float[] norms = [1, .. new float[CodeKernels.Padding]];
                float[] validity = [0, .. Enumerable.Repeat(float.NegativeInfinity, CodeKernels.Padding)];
                float[] numerators = new float[1 + CodeKernels.Padding];
                kernels.BoundWindows(codes, 1, weights, [0], norms, validity, Epsilon, new float[PrefixWeights.ValueStride(1)], numerators, new float[1 + CodeKernels.Padding], new float[1 + CodeKernels.Padding], 1, ahead: 0);
                Assert.Equal(255f * sign * kernels.MaximumWeight * Groups * 4, numerators[0]);

                byte[] extremes = [.. new byte[12], .. Enumerable.Repeat((byte)(sign * 127), CodeKernels.PackBytes - 12), .. new byte[12], .. Enumerable.Repeat((byte)(sign * 127), CodeKernels.PackBytes - 12)];
                byte[] record = [0x80, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3F, .. Enumerable.Repeat((byte)0xFF, CodeKernels.PackBytes - 12), .. new byte[CodeKernels.Padding]];
                PackWeights packs = new(1, [0], extremes, [1], [0], [0], [0], [0, 0, 0, 0]);
                Assert.Equal(15f * sign * 127 * 2 * (CodeKernels.PackBytes - 12), kernels.SumPacks(record, CodeKernels.PackBytes, packs, 0, [0]));
            }
        }
    }

    private static byte[] Codes(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => (byte)random.Next(1, 256)), .. Enumerable.Repeat((byte)255, CodeKernels.Padding)];

    private static int[] Weights(Random random, int count, int maximum) =>
        [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, 4).Aggregate(0, (four, i) => four | ((random.Next(-maximum, maximum + 1) & 0xFF) << (8 * i))))];

    private static float[] Floats(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];

    private static float[] Padded(float[] values) => [.. values, .. new float[CodeKernels.Padding]];

    private static void AssertClose(float[] expected, float[] actual, int length)
    {
        for (int i = 0; i < length; i++)
        {
            Assert.Equal(expected[i], actual[i], Math.Max(1, Math.Abs(expected[i])) * 1e-3f);
        }
    }
}
