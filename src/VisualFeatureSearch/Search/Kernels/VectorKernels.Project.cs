using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VisualFeatureSearch.Search.Kernels;

/// <content>The product of a matrix and a feature map, for building an index.</content>
internal sealed partial class VectorKernels<TVector, TLanes>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Project(ReadOnlySpan<float> matrix, int rows, ReadOnlySpan<float> block, int channels, int cells, Span<float> products, int stride)
    {
        ref float left = ref MemoryMarshal.GetReference(matrix);
        ref float target = ref MemoryMarshal.GetReference(products);
        int width = TLanes.Count;
        for (int first = 0; first < channels; first += ProjectChain)
        {
            // What three vectors of cells have of so many channels stays in the first level of the cache while all rows go by.
            int count = Math.Min(ProjectChain, channels - first);
            ref float weights = ref Unsafe.Add(ref left, first);
            ref float source = ref Unsafe.Add(ref MemoryMarshal.GetReference(block), (nint)first * cells);
            int cell = 0;
            for (; cell + (2 * width) < cells; cell += 3 * width)
            {
                ref float own = ref Unsafe.Add(ref source, cell);
                int row = 0;
                for (; row + 4 <= rows; row += 4)
                {
                    ProjectTile(ref Unsafe.Add(ref weights, (nint)row * channels), channels, ref own, count, cells, ref Unsafe.Add(ref target, ((nint)row * stride) + cell), stride, first == 0);
                }

                for (; row < rows; row++)
                {
                    ProjectRow(ref Unsafe.Add(ref weights, (nint)row * channels), ref own, count, cells, ref Unsafe.Add(ref target, ((nint)row * stride) + cell), first == 0);
                }
            }

            for (; cell < cells; cell += width)
            {
                ProjectColumn(ref weights, rows, channels, ref Unsafe.Add(ref source, cell), count, cells, ref Unsafe.Add(ref target, cell), stride, first == 0);
            }
        }
    }

    /// <summary>Four rows by three vectors of cells: twelve sums under way hide the latency of the multiply-adds, and seven loads feed twelve of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ProjectTile(ref float left, nint channels, ref float source, int count, nint cells, ref float target, nint stride, bool isFirst)
    {
        TVector a0 = TLanes.Zero, a1 = TLanes.Zero, a2 = TLanes.Zero, b0 = TLanes.Zero, b1 = TLanes.Zero, b2 = TLanes.Zero;
        TVector c0 = TLanes.Zero, c1 = TLanes.Zero, c2 = TLanes.Zero, d0 = TLanes.Zero, d1 = TLanes.Zero, d2 = TLanes.Zero;
        for (nint c = 0, at = 0; c < count; c++, at += cells)
        {
            TVector value0 = TLanes.Load(ref source, at);
            TVector value1 = TLanes.Load(ref source, at + TLanes.Count);
            TVector value2 = TLanes.Load(ref source, at + (2 * TLanes.Count));
            TVector weight = TLanes.Broadcast(Unsafe.Add(ref left, c));
            a0 = TLanes.MultiplyAdd(weight, value0, a0);
            a1 = TLanes.MultiplyAdd(weight, value1, a1);
            a2 = TLanes.MultiplyAdd(weight, value2, a2);
            weight = TLanes.Broadcast(Unsafe.Add(ref left, c + channels));
            b0 = TLanes.MultiplyAdd(weight, value0, b0);
            b1 = TLanes.MultiplyAdd(weight, value1, b1);
            b2 = TLanes.MultiplyAdd(weight, value2, b2);
            weight = TLanes.Broadcast(Unsafe.Add(ref left, c + (2 * channels)));
            c0 = TLanes.MultiplyAdd(weight, value0, c0);
            c1 = TLanes.MultiplyAdd(weight, value1, c1);
            c2 = TLanes.MultiplyAdd(weight, value2, c2);
            weight = TLanes.Broadcast(Unsafe.Add(ref left, c + (3 * channels)));
            d0 = TLanes.MultiplyAdd(weight, value0, d0);
            d1 = TLanes.MultiplyAdd(weight, value1, d1);
            d2 = TLanes.MultiplyAdd(weight, value2, d2);
        }

        Put(a0, a1, a2, ref target, isFirst);
        Put(b0, b1, b2, ref Unsafe.Add(ref target, stride), isFirst);
        Put(c0, c1, c2, ref Unsafe.Add(ref target, 2 * stride), isFirst);
        Put(d0, d1, d2, ref Unsafe.Add(ref target, 3 * stride), isFirst);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ProjectRow(ref float left, ref float source, int count, nint cells, ref float target, bool isFirst)
    {
        TVector sum0 = TLanes.Zero, sum1 = TLanes.Zero, sum2 = TLanes.Zero;
        for (nint c = 0, at = 0; c < count; c++, at += cells)
        {
            TVector weight = TLanes.Broadcast(Unsafe.Add(ref left, c));
            sum0 = TLanes.MultiplyAdd(weight, TLanes.Load(ref source, at), sum0);
            sum1 = TLanes.MultiplyAdd(weight, TLanes.Load(ref source, at + TLanes.Count), sum1);
            sum2 = TLanes.MultiplyAdd(weight, TLanes.Load(ref source, at + (2 * TLanes.Count)), sum2);
        }

        Put(sum0, sum1, sum2, ref target, isFirst);
    }

    /// <summary>One vector of cells by all rows, eight at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ProjectColumn(ref float left, int rows, nint channels, ref float source, int count, nint cells, ref float target, nint stride, bool isFirst)
    {
        int row = 0;
        for (; row + 8 <= rows; row += 8)
        {
            TVector sum0 = TLanes.Zero, sum1 = TLanes.Zero, sum2 = TLanes.Zero, sum3 = TLanes.Zero;
            TVector sum4 = TLanes.Zero, sum5 = TLanes.Zero, sum6 = TLanes.Zero, sum7 = TLanes.Zero;
            for (nint c = row * channels, end = c + count, at = 0; c < end; c++, at += cells)
            {
                TVector value = TLanes.Load(ref source, at);
                sum0 = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref left, c)), value, sum0);
                sum1 = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref left, c + channels)), value, sum1);
                sum2 = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref left, c + (2 * channels))), value, sum2);
                sum3 = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref left, c + (3 * channels))), value, sum3);
                sum4 = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref left, c + (4 * channels))), value, sum4);
                sum5 = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref left, c + (5 * channels))), value, sum5);
                sum6 = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref left, c + (6 * channels))), value, sum6);
                sum7 = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref left, c + (7 * channels))), value, sum7);
            }

            ref float own = ref Unsafe.Add(ref target, row * stride);
            Put(sum0, ref own, 0, isFirst);
            Put(sum1, ref own, stride, isFirst);
            Put(sum2, ref own, 2 * stride, isFirst);
            Put(sum3, ref own, 3 * stride, isFirst);
            Put(sum4, ref own, 4 * stride, isFirst);
            Put(sum5, ref own, 5 * stride, isFirst);
            Put(sum6, ref own, 6 * stride, isFirst);
            Put(sum7, ref own, 7 * stride, isFirst);
        }

        for (; row < rows; row++)
        {
            TVector sum = TLanes.Zero;
            for (nint c = row * channels, end = c + count, at = 0; c < end; c++, at += cells)
            {
                sum = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref left, c)), TLanes.Load(ref source, at), sum);
            }

            Put(sum, ref target, row * stride, isFirst);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(TVector sum0, TVector sum1, TVector sum2, ref float target, bool isFirst)
    {
        Put(sum0, ref target, 0, isFirst);
        Put(sum1, ref target, TLanes.Count, isFirst);
        Put(sum2, ref target, 2 * TLanes.Count, isFirst);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(TVector sum, ref float target, nint offset, bool isFirst) =>
        TLanes.Store(isFirst ? sum : TLanes.Add(TLanes.Load(ref target, offset), sum), ref target, offset);
}
