using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Tests.Search;

/// <summary>Every width against the scalar reference. Widths that the processor lacks run as .NET emulates them.</summary>
public sealed class KernelTests
{
    public static TheoryData<int> Widths => [4, 8, 16];

    /// <summary>Around every multiple of a vector's length, and odd sizes past 512.</summary>
    private static IEnumerable<int> Lengths => Enumerable.Range(0, 70).Concat([127, 128, 129, 255, 511, 512, 513, 1001]);

    [Theory]
    [MemberData(nameof(Widths))]
    public void Widening_is_exact_for_every_finite_half_and_large_for_the_others(int width)
    {
        ushort[] all = [.. Enumerable.Range(0, 65536).Select(bits => (ushort)bits)];
        float[] floats = new float[all.Length];

        Kernels(width).WidenHalves(all, floats);

        for (int i = 0; i < all.Length; i++)
        {
            Half half = BitConverter.UInt16BitsToHalf(all[i]);
            if (Half.IsFinite(half))
            {
                Assert.Equal(BitConverter.SingleToInt32Bits((float)half), BitConverter.SingleToInt32Bits(floats[i]));
            }
            else
            {
                Assert.True(float.IsFinite(floats[i]) && Math.Abs(floats[i]) >= 65536);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Widening_takes_any_length_and_writes_no_further(int width)
    {
        foreach (int length in Lengths)
        {
            ushort[] halves = [.. Enumerable.Range(0, length).Select(i => BitConverter.HalfToUInt16Bits((Half)(i / 8f)))];
            float[] floats = new float[length + 1];
            floats[length] = -1;
            Kernels(width).WidenHalves(halves, floats.AsSpan(0, length));
            Assert.Equal([.. Enumerable.Range(0, length).Select(i => i / 8f), -1f], floats);
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Squares_add_up_as_in_the_reference_for_every_number_of_cells(int width)
    {
        foreach (int cells in Lengths.Where(length => length > 0))
        {
            foreach (int channels in (int[])[1, 2, 5])
            {
                float[] block = Random(channels * cells);
                float[] expected = Random(cells);
                float[] actual = (float[])expected.Clone();
                new ScalarKernels().AddSquares(block, channels, cells, expected);
                Kernels(width).AddSquares(block, channels, cells, actual);
                AssertClose(expected, actual, cells);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Halves_of_every_value_are_widened_in_lanes_as_they_are_elsewhere(int width)
    {
        // The block is left with the features of the last group.
        ScanKernels kernels = Kernels(width);
        ushort[] map = [.. Enumerable.Range(0, 65536).Select(bits => (ushort)(bits * 40503))];
        int cells = map.Length / width;
        float[] block = Filled(map.Length + 1), widened = new float[map.Length];
        kernels.AddLanes(
            map, 1, cells, new float[width], [0], new WindowGrid(cells, 1, cells), block.AsSpan(0, map.Length), new float[ScanKernels.LaneSlots(cells) * width], new float[map.Length]);
        kernels.WidenHalves(map, widened);
        Assert.Equal(-7, block[^1]);
        for (int i = 0; i < map.Length; i++)
        {
            Assert.Equal(BitConverter.SingleToInt32Bits(widened[i]), BitConverter.SingleToInt32Bits(block[(i % cells * width) + (i / cells)]));
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Sums_by_lanes_are_those_of_every_cell_and_window_whatever_the_channels(int width)
    {
        foreach ((int height, int wide, int channels) in ((int, int, int)[])[(1, 8, 3), (2, 5, 16), (3, 3, 20), (4, 4, 33), (7, 7, 64), (5, 11, 50)])
        {
            int cells = height * wide;
            float[] query = Random(channels * cells)[..(channels * cells)];
            float[] weights = [.. Enumerable.Range(0, cells).Select(cell => cell < 6 || cell == wide ? 1f : 0)];
            ScanPlan plan = new(RegionKernel.Create(query, channels, new RegionMask(height, wide, weights)), height, wide, isHalf: true, Kernels(width));
            ushort[] map = RandomHalves(channels * cells);
            float[] squares = Filled(cells + 1), sums = Filled((plan.Rows * plan.Columns) + 1);
            new LaneSums(plan, plan.LaneKernel!.Value).Sum(map, squares.AsSpan(0, cells), sums.AsSpan(0, sums.Length - 1));
            Assert.All([squares[^1], sums[^1]], behind => Assert.Equal(-7, behind));
            for (int cell = 0; cell < cells; cell++)
            {
                Assert.Equal(Enumerable.Range(0, channels).Sum(c => Math.Pow((double)BitConverter.UInt16BitsToHalf(map[(c * cells) + cell]), 2)), squares[cell], 1e-4);
            }

            for (int placement = 0; placement < sums.Length - 1; placement++)
            {
                double expected = 0;
                for (int i = 0; i < plan.ShiftedKernel.Length; i++)
                {
                    (int c, int j) = Math.DivRem(i, plan.Offsets.Length);
                    expected += plan.ShiftedKernel[i] * (double)BitConverter.UInt16BitsToHalf(map[(c * cells) + plan.CornerOf(placement) + plan.Offsets[j]]);
                }

                Assert.Equal(expected, sums[placement], 1e-4);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Squares_and_windows_of_lanes_are_the_references_for_every_grid_and_mask(int width)
    {
        ScanKernels kernels = Kernels(width);
        ScanKernels reference = new ScalarKernels();
        foreach ((int height, int wide)[] mask in ((int, int)[][])[[(0, 0)], [(0, 0), (0, 2)], [(0, 0), (1, 1), (2, 0)], [(0, 0), (0, 1), (1, 0), (1, 1)], [(0, 1), (1, 0), (1, 1), (1, 2), (2, 1)], [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)], [(0, 0), (0, 1), (0, 2), (0, 3)], [(0, 0), (0, 1), (0, 3), (0, 4)], [(0, 0), (1, 1), (1, 2)], [(0, 3), (1, 0), (1, 1)]])
        {
            foreach ((int rows, int columns) in ((int, int)[])[.. Enumerable.Range(1, 14).Select(columns => (1 + (columns % 4), columns)), (4, 4), (5, 5)])
            {
                int mapWidth = columns + mask.Max(cell => cell.wide);
                int mapHeight = Math.Max(rows + mask.Max(cell => cell.height), (ScanKernels.LaneCells + mapWidth - 1) / mapWidth);
                int cells = mapWidth * mapHeight;
                int groups = 1 + (columns % 3);
                int[] offsets = [.. mask.Select(cell => (cell.height * mapWidth) + cell.wide)];
                WindowGrid grid = new(mapWidth, rows, columns);
                ushort[] map = RandomHalves(groups * width * cells);
                float[] kernel = Exactly(groups * offsets.Length * width);
                float[] squaresBefore = Exactly(ScanKernels.LaneSlots(cells) * width), sumsBefore = Exactly(rows * columns * width);
                float[] squares = [.. squaresBefore, -7], sums = [.. sumsBefore, -7], block = Filled((cells * width) + 1);
                kernels.AddLanes(map, groups, cells, kernel, offsets, grid, block.AsSpan(0, cells * width), squares.AsSpan(0, squaresBefore.Length), sums.AsSpan(0, sumsBefore.Length));
                Assert.All([squares[^1], sums[^1], block[^1]], behind => Assert.Equal(-7, behind));
                for (int lane = 0; lane < width; lane++)
                {
                    ushort[] own = [.. Enumerable.Range(0, groups).SelectMany(group => map.AsSpan(((group * width) + lane) * cells, cells).ToArray())];
                    float[] expectedSquares = Lane(squaresBefore, lane), expected = Lane(sumsBefore, lane);
                    reference.AddLanes(own, groups, cells, Lane(kernel, lane), offsets, grid, new float[cells], expectedSquares, expected);
                    AssertClose(expectedSquares, Lane(squares, lane), expectedSquares.Length);
                    AssertClose(expected, Lane(sums, lane), expected.Length);
                }

                float[] totals = Filled((rows * columns) + 1);
                kernels.SumLanes(sums, totals.AsSpan(0, rows * columns));
                Assert.Equal(-7, totals[^1]);
                for (int i = 0; i < rows * columns; i++)
                {
                    Assert.Equal(sums.AsSpan(i * width, width).ToArray().Sum(), totals[i], 1e-4f);
                }
            }
        }

        float[] Exactly(int length) => Random(length)[..length];
        float[] Lane(float[] values, int lane) => [.. Enumerable.Range(0, values.Length / width).Select(i => values[(i * width) + lane])];
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void A_window_has_the_same_bits_whether_all_windows_are_added_up_at_once_or_row_by_row(int width)
    {
        // Grids of 4 x 4 and 5 x 5 windows are added up at once, where the processor has the registers; one with a row more is not.
        const int Side = 9;
        ScanKernels kernels = Kernels(width);
        int[] square = [.. Enumerable.Range(0, 16).Select(i => (i / 4 * Side) + (i % 4))];
        ushort[] map = RandomHalves(2 * width * Side * Side);
        foreach (int[] offsets in (int[][])[[], [5], [0, 1, 2], [0, 1, 2, 3], [3, 4], [8, 9], [1, 0], [4, 4], [0, 1, 1, 2], [0, 2, 3, 5], square])
        {
            foreach (int side in (int[])[4, 5])
            {
                float[] atOnce = Sums(offsets, new WindowGrid(Side, side, side));
                float[] byRows = Sums(offsets, new WindowGrid(Side, side + 1, side));
                Assert.Equal(Bits(byRows.AsSpan(0, atOnce.Length)), Bits(atOnce));
            }
        }

        float[] Sums(int[] offsets, WindowGrid grid)
        {
            const int Cells = Side * Side;
            float[] kernel = Random(2 * offsets.Length * width)[..(2 * offsets.Length * width)];
            float[] sums = new float[grid.Rows * grid.Columns * width];
            kernels.AddLanes(map, 2, Cells, kernel, offsets, grid, new float[Cells * width], new float[ScanKernels.LaneSlots(Cells) * width], sums);
            return sums;
        }

        static int[] Bits(ReadOnlySpan<float> values) => MemoryMarshal.Cast<float, int>(values).ToArray();
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Products_of_a_matrix_and_a_map_are_the_references_for_every_number_of_rows_and_cells(int width)
    {
        foreach (int cells in Lengths.Where(length => length > 0))
        {
            // Rows and cells in tiles and what is left of them, channels in chains and what is left of them.
            foreach ((int rows, int channels) in (ReadOnlySpan<(int, int)>)[(1, 1), (3, 130), (4, 128), (9, 5), (17, 300)])
            {
                int stride = cells + width;
                float[] matrix = Random(rows * channels)[..(rows * channels)];
                float[] block = Random(channels * cells);
                float[] expected = Filled((rows * stride) + 1), actual = Filled((rows * stride) + 1);
                new ScalarKernels().Project(matrix, rows, block, channels, cells, expected, stride);
                Kernels(width).Project(matrix, rows, block, channels, cells, actual, stride);
                Assert.Equal(-7, actual[^1]);
                for (int row = 0; row < rows; row++)
                {
                    AssertClose(expected[(row * stride)..], actual[(row * stride)..], cells);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Sums_and_squares_straight_from_halves_are_the_references_and_nothing_else_is_written(int width)
    {
        ScanKernels kernels = Kernels(width);
        foreach (int cells in Lengths.Where(length => length >= kernels.Lanes))
        {
            foreach (int count in (int[])[1, 4])
            {
                int channels = 1 + (cells % 4);
                int stride = cells + (cells % 3);
                ushort[] map = RandomHalves(channels * cells);
                float[] kernel = Random(channels * count);
                float[] expectedSquares = Filled(cells + 1), squares = Filled(cells + 1);
                float[] expected = Filled((count * stride) + 1), actual = Filled((count * stride) + 1);
                new ScalarKernels().SumHalves(map, channels, cells, kernel, count, expectedSquares, expected, stride);
                kernels.SumHalves(map, channels, cells, kernel, count, squares, actual, stride);
                AssertClose(expectedSquares, squares, cells + 1);
                AssertClose(expected, actual, expected.Length);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Shifted_sums_are_the_references_for_every_number_of_positions_and_channels(int width)
    {
        foreach (int positions in Lengths.Where(length => length > 0))
        {
            foreach ((int channels, int[] offsets) in (ReadOnlySpan<(int, int[])>)[(1, [0]), (2, [0, 3]), (3, [0, 1, 7]), (6, [0, 2, 5, 9])])
            {
                int cells = positions + offsets[^1];
                float[] block = Random(channels * cells);
                float[] kernel = Random(channels * offsets.Length);
                float[] expected = Random(positions);
                float[] actual = (float[])expected.Clone();
                new ScalarKernels().AddShifted(block, channels, cells, kernel, offsets, expected, positions);
                Kernels(width).AddShifted(block, channels, cells, kernel, offsets, actual, positions);
                AssertClose(expected, actual, positions);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Sums_of_strips_are_the_references_for_every_length_and_number_of_mask_cells(int width)
    {
        foreach (int length in Lengths.Where(length => length > 0))
        {
            for (int count = 1; count <= ScanKernels.StripCells; count++)
            {
                int channels = 1 + (length % 3);
                int cells = length + 5;
                int stride = length + ScanKernels.Padding;
                float[] block = Random(channels * cells);
                float[] kernel = Random(channels * count);
                float[] expected = Random(count * stride);
                float[] actual = (float[])expected.Clone();
                new ScalarKernels().AddStrip(block, channels, cells, kernel, count, 4, expected, stride, length);
                Kernels(width).AddStrip(block, channels, cells, kernel, count, 4, actual, stride, length);
                for (int j = 0; j < count; j++)
                {
                    AssertClose(expected[(j * stride)..], actual[(j * stride)..], length);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Dot_products_are_the_references_at_every_length_and_alignment(int width)
    {
        foreach (int length in Lengths)
        {
            for (int shift = 0; shift < 3; shift++)
            {
                float[] left = Random(length + 3);
                float[] right = Random(length + 3);
                double expected = 0;
                for (int i = 0; i < length; i++)
                {
                    expected += (double)left[i + shift] * right[i];
                }

                Assert.Equal(expected, Kernels(width).Dot(left.AsSpan(shift, length), right.AsSpan(0, length)), 1e-4);
            }
        }
    }

    private static ushort[] RandomHalves(int count)
    {
        Random random = new(count);
        return [.. Enumerable.Range(0, count).Select(_ => BitConverter.HalfToUInt16Bits((Half)(random.NextSingle() - 0.25f)))];
    }

    private static float[] Filled(int count) => [.. Enumerable.Repeat(-7f, count)];

    private static ScanKernels Kernels(int width) => width switch
    {
        4 => new VectorKernels<Vector128<float>, Lanes128>(),
        8 => new VectorKernels<Vector256<float>, Lanes256>(),
        _ => new VectorKernels<Vector512<float>, Lanes512>(),
    };

    /// <summary>Random numbers with room behind them that is full of NaN: whatever of it were used would show.</summary>
    private static float[] Random(int length)
    {
        Random random = new(length);
        float[] values = new float[length + ScanKernels.Padding];
        Array.Fill(values, float.NaN);
        for (int i = 0; i < length; i++)
        {
            values[i] = random.NextSingle() - 0.5f;
        }

        return values;
    }

    private static void AssertClose(float[] expected, float[] actual, int length)
    {
        for (int i = 0; i < length; i++)
        {
            Assert.Equal(expected[i], actual[i], 1e-5f);
        }
    }
}
