using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Tests.Search;

public sealed class CodeKernelTests
{
    private const float Epsilon = 1e-5f;

    /// <summary>Maps and masks of every kind: one cell, neighbours, holes, one placement, every number of mask cells on a cell.</summary>
    public static TheoryData<int, int, int[]> Masks => new()
    {
        { 1, 1, [0] },
        { 7, 7, [0] },
        { 5, 9, [0, 1] },
        { 6, 5, [0, 1, 5, 6] },
        { 3, 8, [0, 2, 8, 9, 17] },
        { 7, 7, [0, 1, 2, 7, 8, 9, 14, 15, 16] },
        { 3, 3, [0, 1, 2, 3, 4, 5, 6, 7, 8] },
    };

    [Theory]
    [MemberData(nameof(Masks))]
    public void Bounds_of_a_panel_are_the_references_for_any_mask_and_number_of_dimensions(int height, int width, int[] offsets)
    {
        foreach (CodeKernels kernels in StagedSearchTests.AllKernels)
        {
            foreach ((int fineGroups, int coarseGroups) in (ReadOnlySpan<(int, int)>)[(1, 0), (2, 2), (6, 6), (9, 4)])
            {
                foreach (bool isAbove in (bool[])[true, false])
                {
                    Random random = new((width * 100) + offsets.Length + fineGroups);
                    PrefixWeights weights = Weights(random, height, width, offsets, fineGroups, coarseGroups, kernels.MaximumWeight, isAbove);
                    byte[] panel = Panel(random, weights);
                    float[] floors = Floors(panel, weights);
                    Bounds expected = Bound(new ScalarCodeKernels(), panel, weights, floors);
                    Bounds actual = Bound(kernels, panel, weights, floors);
                    AssertClose(expected.Numerators, actual.Numerators);
                    AssertClose(expected.Inverses, actual.Inverses);
                    AssertClose(expected.Best, actual.Best);
                    AssertRatios(expected, floors);
                    AssertRatios(actual, floors);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Masks))]
    public void Ratios_are_the_references_in_vectors_of_every_width(int height, int width, int[] offsets)
    {
        Random random = new((width * 100) + offsets.Length);
        PrefixWeights weights = Weights(random, height, width, offsets, 2, 2, 63, isAbove: true);
        byte[] panel = Panel(random, weights);
        float[] floors = Floors(panel, weights);
        Bounds expected = Bound(new ScalarCodeKernels(), panel, weights, floors);
        Check<Vector128<float>, Lanes128>();
        Check<Vector256<float>, Lanes256>();
        Check<Vector512<float>, Lanes512>();

        void Check<TVector, TLanes>()
            where TVector : struct
            where TLanes : ILanes<TVector>
        {
            float[] inverses = new float[weights.Cells * PrefixPanel.Images];
            ulong[] left = [.. Enumerable.Repeat(ulong.MaxValue, weights.Corners.Length)];
            float[] best = new float[PrefixPanel.Images];
            PanelRatios.Compute<TVector, TLanes>(panel, weights, floors, expected.Numerators, inverses, left, best, 0);
            AssertClose(expected.Inverses, inverses);
            AssertClose(expected.Best, best);
            AssertRatios(new Bounds(expected.Numerators, inverses, left, best), floors);
            Assert.ThrowsAny<ArgumentException>(() => PanelRatios.Compute<TVector, TLanes>(panel, weights, floors, expected.Numerators, inverses.AsSpan(1), left, best, 0));
            Assert.ThrowsAny<ArgumentException>(() => PanelRatios.Compute<TVector, TLanes>(panel, weights, floors.AsSpan(1), expected.Numerators, inverses, left, best, 0));
            Assert.ThrowsAny<ArgumentException>(() => PanelRatios.Compute<TVector, TLanes>(panel.AsSpan(1), weights, floors, expected.Numerators, inverses, left, best, 0));
            Assert.ThrowsAny<ArgumentException>(() => PanelRatios.Compute<TVector, TLanes>(panel, weights, floors, expected.Numerators.AsSpan(1), inverses, left, best, 0));
            Assert.ThrowsAny<ArgumentException>(() => PanelRatios.Compute<TVector, TLanes>(panel, weights, floors, expected.Numerators, inverses, left, best.AsSpan(1), 0));
        }
    }

    [Fact]
    public void The_inverse_of_a_root_is_never_on_the_wrong_side_and_hardly_off()
    {
        foreach (CodeKernels kernels in StagedSearchTests.AllKernels)
        {
            for (int exponent = -14; exponent <= 12; exponent++)
            {
                foreach (bool isAbove in (bool[])[true, false])
                {
                    Random random = new(exponent + 100);
                    PrefixWeights weights = Weights(random, 1, 1, [0], 1, 0, kernels.MaximumWeight, isAbove);
                    weights.SquaredWeights[0] = 1;
                    byte[] panel = Panel(random, weights);
                    Span<float> norms = MemoryMarshal.Cast<byte, float>(panel.AsSpan(PrefixPanel.LineOf(0, 0, 4), PrefixPanel.LineBytes));
                    for (int i = 0; i < norms.Length; i++)
                    {
                        norms[i] = (float)Math.Pow(10, exponent / 2.0) * (1 + (i / 16f));
                    }

                    float[] inverses = Bound(kernels, panel, weights, new float[PrefixPanel.Images]).Inverses;
                    for (int i = 0; i < norms.Length; i++)
                    {
                        double exact = 1 / ((double)norms[i] + Epsilon);
                        Assert.True(isAbove ? inverses[i] >= exact : inverses[i] <= exact, $"{norms[i]}: {inverses[i]}, {exact}");

                        // Near epsilon, where nothing is compared, they may be off by more.
                        if (norms[i] > 1)
                        {
                            Assert.Equal(exact, inverses[i], exact * 3e-3);
                        }
                    }
                }
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
                const int Images = 2;
                const int Cells = 9;
                int cellBytes = packBytes.Sum();
                byte[] record = Codes(random, Images * Cells * cellBytes);
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
                for (int at = 0, i = 0; at < Images * Cells * cellBytes; at += packBytes[i++ % packBytes.Length])
                {
                    MemoryMarshal.Write(record.AsSpan(at), (BitConverter.SingleToUInt32Bits(random.NextSingle()) >> 16) | (BitConverter.SingleToUInt32Bits(random.NextSingle()) & 0xFFFF0000));
                    MemoryMarshal.Write(record.AsSpan(at + 8), random.NextSingle());
                }

                PackWeights weights = new(
                    packBytes.Length,
                    [0, .. packBytes[..^1]],
                    new AlignedArray<byte>(bytes),
                    new AlignedArray<float>(Floats(random, entries * 4)),
                    new AlignedArray<float>(Floats(random, entries * 4)));

                // More and fewer windows than are computed together and asked for ahead, in any order.
                for (int count = 0; count <= 40; count = count < 10 ? count + 1 : count + 15)
                {
                    WindowBound[] expected = [.. Enumerable.Range(0, count).Select(k =>
                        new WindowBound(7 + random.Next(Images), random.Next(Cells - offsets[^1]), k / 8f, k + 1))];
                    WindowBound[] actual = [.. expected, new(7, 0, 0.25f, 3)];
                    new ScalarCodeKernels().AddPacks(record, Cells * cellBytes, cellBytes, weights, PackStep.All(offsets.Length), offsets, 7, expected);
                    foreach (PackStep step in PackStep.Cut(offsets.Length))
                    {
                        kernels.AddPacks(record, Cells * cellBytes, cellBytes, weights, step, offsets, 7, actual.AsSpan(0, count));
                    }

                    Assert.Equal(new WindowBound(7, 0, 0.25f, 3), actual[count]);
                    for (int i = 0; i < count; i++)
                    {
                        Assert.Equal(expected[i].Numerator, actual[i].Numerator, Math.Max(1, Math.Abs(expected[i].Numerator)) * 1e-3f);
                        Assert.Equal(expected[i] with { Numerator = 0 }, actual[i] with { Numerator = 0 });
                    }
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Masks))]
    public void While_a_panel_is_bounded_about_a_panel_is_asked_for(int height, int width, int[] offsets)
    {
        foreach ((int fineGroups, int coarseGroups) in (ReadOnlySpan<(int, int)>)[(1, 0), (6, 6), (9, 4)])
        {
            PrefixWeights weights = Weights(new Random(1), height, width, offsets, fineGroups, coarseGroups, 63, isAbove: true);
            int lines = PrefixPanel.CellLines(fineGroups, coarseGroups);
            long asked = 0;
            for (int cell = 0; cell < weights.Cells; cell++)
            {
                int together;
                for (int left = weights.FirstPairs[cell + 1] - weights.FirstPairs[cell]; left > 0; left -= together)
                {
                    together = PanelPace.Together(left);
                    Assert.InRange(together, 1, left);
                    int pace = together switch { 3 => weights.Pace.Three, 2 => weights.Pace.Two, _ => weights.Pace.One };
                    Assert.InRange(pace, 1, PrefixPanel.LineBytes);
                    asked += (long)pace * lines;
                }
            }

            // The rest is asked for while ratios are computed, which takes less time.
            int bytes = PrefixPanel.Bytes(weights.Cells, fineGroups, coarseGroups);
            Assert.InRange(asked, bytes / 2, bytes);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(16)]
    [InlineData(49)]
    public void Steps_of_a_refinement_have_every_mask_cell_once_in_order(int cells) => Assert.Equal(
        Enumerable.Range(0, cells), PackStep.Cut(cells).SelectMany(step => Enumerable.Range(step.FirstCell, step.Cells)));

    [Fact]
    public void The_extreme_codes_and_weights_do_not_overflow()
    {
        foreach (CodeKernels kernels in StagedSearchTests.AllKernels)
        {
            foreach (int sign in (int[])[1, -1])
            {
                const int FineGroups = 16;
                const int CoarseGroups = 8;
                PrefixWeights weights = new(FineGroups, CoarseGroups, [0], [1], [0], 1, new BoundedRoot(1, 0, 1));
                weights.Weights.AsSpan(0, FineGroups).Fill((sign * kernels.MaximumWeight & 0xFF) * 0x01010101);
                weights.Weights.AsSpan(FineGroups, 2 * CoarseGroups).Fill((sign * 127 & 0xFF) * 0x01010101);
                weights.Terms[0] = new PrefixTerms(0, 1, 0, 0, 0);
                byte[] panel = new byte[PrefixPanel.Bytes(1, FineGroups, CoarseGroups)];
                Array.Fill(panel, byte.MaxValue);
                MemoryMarshal.Cast<byte, float>(panel.AsSpan(0, 2 * PrefixPanel.LineBytes)).Fill(1);
                float[] numerators = Bound(kernels, panel, weights, new float[PrefixPanel.Images]).Numerators;
                float expected = sign * ((255f * kernels.MaximumWeight * FineGroups * 4) + (15f * 127 * CoarseGroups * 8));
                Assert.All(numerators, numerator => Assert.Equal(expected, numerator, Math.Abs(expected) * 1e-6f));

                byte[] extremes = [.. new byte[12], .. Enumerable.Repeat((byte)(sign * 127), CodeKernels.PackBytes - 12), .. new byte[12], .. Enumerable.Repeat((byte)(sign * 127), CodeKernels.PackBytes - 12)];
                byte[] record = [0x80, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3F, .. Enumerable.Repeat((byte)0xFF, CodeKernels.PackBytes - 12), .. new byte[CodeKernels.Padding]];
                PackWeights packs = new(1, [0], new AlignedArray<byte>(extremes), new AlignedArray<float>([0, 0, 0, 1]), new AlignedArray<float>(4));
                WindowBound[] windows = [new(0, 0, 0, 1)];
                kernels.AddPacks(record, CodeKernels.PackBytes, CodeKernels.PackBytes, packs, PackStep.All(1), [0], 0, windows);
                Assert.Equal(15f * sign * 127 * 2 * (CodeKernels.PackBytes - 12), windows[0].Numerator);
            }
        }
    }

    private static PrefixWeights Weights(Random random, int height, int width, int[] offsets, int fineGroups, int coarseGroups, int maximum, bool isAbove)
    {
        int rows = height - (offsets[^1] / width);
        int columns = width - offsets.Max(offset => offset % width);
        int[] corners = [.. Enumerable.Range(0, rows * columns).Select(i => (i / columns * width) + (i % columns))];
        PrefixWeights weights = new(
            fineGroups,
            coarseGroups,
            offsets,
            [.. Floats(random, offsets.Length).Select(Math.Abs)],
            corners,
            height * width,
            isAbove ? BoundedRoot.Above(Epsilon) : BoundedRoot.Below(Epsilon));
        for (int i = 0; i < weights.Weights.Length; i++)
        {
            weights.Weights[i] = Enumerable.Range(0, 4).Aggregate(0, (four, k) => four | ((random.Next(-maximum, maximum + 1) & 0xFF) << (8 * k)));
        }

        for (int j = 0; j < offsets.Length; j++)
        {
            // As large as each other, so that none can go missing unseen.
            float[] own = Floats(random, 4);
            weights.Terms[j] = new PrefixTerms(random.Next(-1000, 1000), own[0] * 1e-4f, own[1] * 1e-3f, own[2], own[3]);
        }

        return weights;
    }

    /// <summary>Any codes and tails, and errors and norms that are numbers.</summary>
    private static byte[] Panel(Random random, PrefixWeights weights)
    {
        byte[] panel = new byte[PrefixPanel.Bytes(weights.Cells, weights.FineGroups, weights.CoarseGroups)];
        random.NextBytes(panel);
        WriteFloats(0);
        for (int cell = 0; cell < weights.Cells; cell++)
        {
            WriteFloats(PrefixPanel.LineOf(cell, 0, PrefixPanel.CellLines(weights.FineGroups, weights.CoarseGroups)));
        }

        return panel;

        void WriteFloats(int at)
        {
            foreach (ref float value in MemoryMarshal.Cast<byte, float>(panel.AsSpan(at, PrefixPanel.LineBytes)))
            {
                value = random.NextSingle();
            }
        }
    }

    /// <summary>A floor for each image: a ratio that one of its windows has, or near it, and now and then none, or one that all reach.</summary>
    private static float[] Floors(byte[] panel, PrefixWeights weights)
    {
        Bounds bounds = Bound(new ScalarCodeKernels(), panel, weights, new float[PrefixPanel.Images]);
        return [.. Enumerable.Range(0, PrefixPanel.Images).Select(image => (image % 5) switch
        {
            0 => float.PositiveInfinity,
            1 => float.NegativeInfinity,
            _ => bounds.Ratio(image % weights.Corners.Length, image),
        })];
    }

    /// <summary>The bits and the best are of the very ratios that the numerators and inverses have.</summary>
    private static void AssertRatios(Bounds bounds, float[] floors)
    {
        for (int image = 0; image < PrefixPanel.Images; image++)
        {
            float best = float.NegativeInfinity;
            for (int placement = 0; placement < bounds.Left.Length; placement++)
            {
                best = Math.Max(best, bounds.Ratio(placement, image));
                Assert.Equal(bounds.Ratio(placement, image) >= floors[image], (bounds.Left[placement] >> image & 1) == 1);
            }

            Assert.Equal(best, bounds.Best[image]);
        }
    }

    private static Bounds Bound(CodeKernels kernels, byte[] panel, PrefixWeights weights, float[] floors)
    {
        int windows = weights.Corners.Length * PrefixPanel.Images;
        ulong[] left = [.. Enumerable.Repeat(ulong.MaxValue, weights.Corners.Length)];
        Bounds bounds = new(new float[windows], new float[weights.Cells * PrefixPanel.Images], left, new float[PrefixPanel.Images]);
        kernels.BoundPanel(panel, weights, floors, bounds.Numerators, bounds.Inverses, bounds.Left, bounds.Best);
        return bounds with { Inverses = bounds.Inverses[..windows] };
    }

    private static byte[] Codes(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => (byte)random.Next(1, 256)), .. Enumerable.Repeat((byte)255, CodeKernels.Padding)];

    private static float[] Floats(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];

    /// <summary>Inverse roots are estimates.</summary>
    private static void AssertClose(float[] expected, float[] actual)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], Math.Max(1, Math.Abs(expected[i])) * 1e-3f);
        }
    }

    private sealed record Bounds(float[] Numerators, float[] Inverses, ulong[] Left, float[] Best)
    {
        public float Ratio(int placement, int image) =>
            Numerators[(placement * PrefixPanel.Images) + image] * Inverses[(placement * PrefixPanel.Images) + image];
    }
}
