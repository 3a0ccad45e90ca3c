using System.Runtime.CompilerServices;

namespace VisualFeatureSearch.Search.Kernels;

/// <summary>The reference: what the kernels compute, one number at a time.</summary>
internal sealed class ScalarKernels : ScanKernels
{
    public override int Lanes => 1;

    public override void WidenHalves(ReadOnlySpan<ushort> halves, Span<float> floats) => WidenRemainder(halves, floats);

    public override int MostFusedCells => 4;

    public override void AddLanes(
        ReadOnlySpan<ushort> map, int groups, int cells, ReadOnlySpan<float> kernel, ReadOnlySpan<int> offsets, WindowGrid grid, Span<float> block, Span<float> squares, Span<float> sums)
    {
        for (int group = 0; group < groups; group++)
        {
            WidenHalves(map.Slice(group * cells, cells), block);
            for (int slot = 0; slot < LaneSlots(cells); slot++)
            {
                float value = block[Math.Min(slot / LaneCells * LaneCells, cells - LaneCells) + (slot % LaneCells)];
                squares[slot] += value * value;
            }

            for (int y = 0; y < grid.Rows; y++)
            {
                AddShifted(block[(y * grid.MapWidth)..], 1, cells, kernel[(group * offsets.Length)..], offsets, sums[(y * grid.Columns)..], grid.Columns);
            }
        }
    }

    public override void SumLanes(ReadOnlySpan<float> sums, Span<float> totals) => sums[..totals.Length].CopyTo(totals);

    public override void SumHalves(
        ReadOnlySpan<ushort> map, int channels, int cells, ReadOnlySpan<float> kernel, int count, Span<float> squares, Span<float> sums, int stride)
    {
        float[] block = new float[channels * cells];
        WidenHalves(map[..(channels * cells)], block);
        squares[..cells].Clear();
        AddSquares(block, channels, cells, squares);
        for (int j = 0; j < count; j++)
        {
            for (int cell = 0; cell < cells; cell++)
            {
                float sum = 0;
                for (int c = 0; c < channels; c++)
                {
                    sum += kernel[(c * count) + j] * block[(c * cells) + cell];
                }

                sums[(j * stride) + cell] = sum;
            }
        }
    }

    public override void AddSquares(ReadOnlySpan<float> block, int channels, int cells, Span<float> squares)
    {
        for (int c = 0; c < channels; c++)
        {
            for (int cell = 0; cell < cells; cell++)
            {
                float value = block[(c * cells) + cell];
                squares[cell] += value * value;
            }
        }
    }

    public override void AddShifted(
        ReadOnlySpan<float> block, int channels, int cells, ReadOnlySpan<float> kernel, ReadOnlySpan<int> offsets, Span<float> sums, int positions)
    {
        for (int c = 0; c < channels; c++)
        {
            for (int j = 0; j < offsets.Length; j++)
            {
                for (int p = 0; p < positions; p++)
                {
                    sums[p] += kernel[(c * offsets.Length) + j] * block[(c * cells) + p + offsets[j]];
                }
            }
        }
    }

    public override void AddStrip(
        ReadOnlySpan<float> block, int channels, int cells, ReadOnlySpan<float> kernel, int count, int cell, Span<float> sums, int stride, int length)
    {
        for (int c = 0; c < channels; c++)
        {
            for (int j = 0; j < count; j++)
            {
                for (int i = 0; i < length; i++)
                {
                    sums[(j * stride) + i] += kernel[(c * count) + j] * block[(c * cells) + cell + i];
                }
            }
        }
    }

    public override void Project(ReadOnlySpan<float> matrix, int rows, ReadOnlySpan<float> block, int channels, int cells, Span<float> products, int stride)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int cell = 0; cell < cells; cell++)
            {
                float total = 0;
                for (int first = 0; first < channels; first += ProjectChain)
                {
                    float sum = 0;
                    for (int c = first; c < Math.Min(first + ProjectChain, channels); c++)
                    {
                        sum += matrix[(row * channels) + c] * block[(c * cells) + cell];
                    }

                    total += sum;
                }

                products[(row * stride) + cell] = total;
            }
        }
    }

    public override float Dot(ReadOnlySpan<float> left, ReadOnlySpan<float> right) => DotRemainder(left, right);

    /// <summary>What <see cref="ILanes{TVector}.WidenEightIntoLanes"/> does, where the processor has no instructions for it.</summary>
    internal static void WidenEightIntoLanes(ref ushort source, nint stride, int channels, ref float target, ref float squares)
    {
        for (int channel = 0; channel < channels; channel++)
        {
            for (int value = 0; value < 8; value++)
            {
                float widened = Widen(Unsafe.Add(ref source, (channel * stride) + value));
                Unsafe.Add(ref target, (value * channels) + channel) = widened;
                Unsafe.Add(ref squares, (value * channels) + channel) += widened * widened;
            }
        }
    }

    /// <summary>What is left of a row when no whole vector is; also the reference of the widening.</summary>
    internal static void WidenRemainder(ReadOnlySpan<ushort> halves, Span<float> floats)
    {
        for (int i = 0; i < halves.Length; i++)
        {
            floats[i] = Widen(halves[i]);
        }
    }

    private static float Widen(ushort half) => BitConverter.Int32BitsToSingle(((short)half << 13) & HalfWidening.Mask) * HalfWidening.Factor;

    internal static float DotRemainder(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        float sum = 0;
        for (int i = 0; i < left.Length; i++)
        {
            sum += left[i] * right[i];
        }

        return sum;
    }
}
