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
            int count = Math.Min(ProjectChain, channels - first);
            ref float source = ref Unsafe.Add(ref MemoryMarshal.GetReference(block), (nint)first * cells);
            for (int cell = 0; cell < cells; cell += 2 * width)
            {
                // The second vector may lie wholly behind the cells: it then does the first one's work again.
                int second = cell + width < cells ? cell + width : cell;
                int row = 0;
                for (; row + 4 <= rows; row += 4)
                {
                    ProjectTile(ref Unsafe.Add(ref left, ((nint)row * channels) + first), channels, ref source, count, cells, cell, second, ref Unsafe.Add(ref target, (nint)row * stride), stride, first == 0);
                }

                for (; row < rows; row++)
                {
                    ProjectRow(ref Unsafe.Add(ref left, ((nint)row * channels) + first), ref source, count, cells, cell, second, ref Unsafe.Add(ref target, (nint)row * stride), first == 0);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ProjectTile(
        ref float left, nint channels, ref float source, int count, nint cells, nint cell, nint second, ref float target, nint stride, bool isFirst)
    {
        // Four rows by two vectors of cells: eight sums under way hide the latency of the multiply-adds, and six loads feed eight of them.
        TVector a0 = TLanes.Zero, a1 = TLanes.Zero, b0 = TLanes.Zero, b1 = TLanes.Zero;
        TVector c0 = TLanes.Zero, c1 = TLanes.Zero, d0 = TLanes.Zero, d1 = TLanes.Zero;
        for (nint c = 0, at = 0; c < count; c++, at += cells)
        {
            TVector value0 = TLanes.Load(ref source, at + cell);
            TVector value1 = TLanes.Load(ref source, at + second);
            TVector weight = TLanes.Broadcast(Unsafe.Add(ref left, c));
            a0 = TLanes.MultiplyAdd(weight, value0, a0);
            a1 = TLanes.MultiplyAdd(weight, value1, a1);
            weight = TLanes.Broadcast(Unsafe.Add(ref left, c + channels));
            b0 = TLanes.MultiplyAdd(weight, value0, b0);
            b1 = TLanes.MultiplyAdd(weight, value1, b1);
            weight = TLanes.Broadcast(Unsafe.Add(ref left, c + (2 * channels)));
            c0 = TLanes.MultiplyAdd(weight, value0, c0);
            c1 = TLanes.MultiplyAdd(weight, value1, c1);
            weight = TLanes.Broadcast(Unsafe.Add(ref left, c + (3 * channels)));
            d0 = TLanes.MultiplyAdd(weight, value0, d0);
            d1 = TLanes.MultiplyAdd(weight, value1, d1);
        }

        Put(a0, a1, ref target, cell, second, isFirst);
        Put(b0, b1, ref Unsafe.Add(ref target, stride), cell, second, isFirst);
        Put(c0, c1, ref Unsafe.Add(ref target, 2 * stride), cell, second, isFirst);
        Put(d0, d1, ref Unsafe.Add(ref target, 3 * stride), cell, second, isFirst);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ProjectRow(ref float left, ref float source, int count, nint cells, nint cell, nint second, ref float target, bool isFirst)
    {
        TVector sum0 = TLanes.Zero, sum1 = TLanes.Zero;
        for (nint c = 0, at = 0; c < count; c++, at += cells)
        {
            TVector weight = TLanes.Broadcast(Unsafe.Add(ref left, c));
            sum0 = TLanes.MultiplyAdd(weight, TLanes.Load(ref source, at + cell), sum0);
            sum1 = TLanes.MultiplyAdd(weight, TLanes.Load(ref source, at + second), sum1);
        }

        Put(sum0, sum1, ref target, cell, second, isFirst);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(TVector sum0, TVector sum1, ref float target, nint cell, nint second, bool isFirst)
    {
        if (!isFirst)
        {
            TVector before0 = TLanes.Load(ref target, cell);
            TVector before1 = TLanes.Load(ref target, second);
            sum0 = TLanes.Add(before0, sum0);
            sum1 = TLanes.Add(before1, sum1);
        }

        TLanes.Store(sum0, ref target, cell);
        TLanes.Store(sum1, ref target, second);
    }
}
