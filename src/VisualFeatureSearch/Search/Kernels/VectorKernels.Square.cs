using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VisualFeatureSearch.Search.Kernels;

/// <content>
/// Sixteen windows at once, for processors with as many registers again. Of mask cells side by side, what one of them needs is loaded
/// for the other as well, which leaves room between the loads to ask for memory.
/// </content>
internal sealed partial class VectorKernels<TVector, TLanes>
{
    /// <summary>Rows and columns of a square.</summary>
    private const int SquareSide = 4;

    /// <summary>Whether the windows are a square: those of a mask of 4 x 4 cells on the usual map of 7 x 7 are.</summary>
    private static bool IsSquare(WindowGrid grid) => TLanes.Registers >= 32 && grid is { Rows: SquareSide, Columns: SquareSide };

    /// <summary>Adds what the channels of a vector's lanes have for a square of windows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddSquare(ref float block, int mapWidth, ref float weight, ReadOnlySpan<int> offsets, ref float sums, ref byte ahead, nint pace)
    {
        nint width = TLanes.Count, rowElements = mapWidth * width, count = offsets.Length;
        ref int offset = ref MemoryMarshal.GetReference(offsets);
        ref float sumsB = ref Unsafe.Add(ref sums, SquareSide * width);
        ref float sumsC = ref Unsafe.Add(ref sumsB, SquareSide * width);
        ref float sumsD = ref Unsafe.Add(ref sumsC, SquareSide * width);
        TVector a0 = TLanes.Load(ref sums, 0), a1 = TLanes.Load(ref sums, width), a2 = TLanes.Load(ref sums, 2 * width), a3 = TLanes.Load(ref sums, 3 * width);
        TVector b0 = TLanes.Load(ref sumsB, 0), b1 = TLanes.Load(ref sumsB, width), b2 = TLanes.Load(ref sumsB, 2 * width), b3 = TLanes.Load(ref sumsB, 3 * width);
        TVector c0 = TLanes.Load(ref sumsC, 0), c1 = TLanes.Load(ref sumsC, width), c2 = TLanes.Load(ref sumsC, 2 * width), c3 = TLanes.Load(ref sumsC, 3 * width);
        TVector d0 = TLanes.Load(ref sumsD, 0), d1 = TLanes.Load(ref sumsD, width), d2 = TLanes.Load(ref sumsD, 2 * width), d3 = TLanes.Load(ref sumsD, 3 * width);
        for (nint j = 0; j < count; j++)
        {
            Prefetch.Line(ref ahead, 0);
            ahead = ref Unsafe.Add(ref ahead, pace);
            nint cell = Unsafe.Add(ref offset, j);
            TVector k = TLanes.Load(ref weight, j * width);
            ref float rowA = ref Unsafe.Add(ref block, cell * width);
            ref float rowB = ref Unsafe.Add(ref rowA, rowElements);
            ref float rowC = ref Unsafe.Add(ref rowB, rowElements);
            ref float rowD = ref Unsafe.Add(ref rowC, rowElements);
            if (j + 1 == count || Unsafe.Add(ref offset, j + 1) != cell + 1)
            {
                a0 = TLanes.MultiplyAdd(k, TLanes.Load(ref rowA, 0), a0);
                a1 = TLanes.MultiplyAdd(k, TLanes.Load(ref rowA, width), a1);
                a2 = TLanes.MultiplyAdd(k, TLanes.Load(ref rowA, 2 * width), a2);
                a3 = TLanes.MultiplyAdd(k, TLanes.Load(ref rowA, 3 * width), a3);
                b0 = TLanes.MultiplyAdd(k, TLanes.Load(ref rowB, 0), b0);
                b1 = TLanes.MultiplyAdd(k, TLanes.Load(ref rowB, width), b1);
                b2 = TLanes.MultiplyAdd(k, TLanes.Load(ref rowB, 2 * width), b2);
                b3 = TLanes.MultiplyAdd(k, TLanes.Load(ref rowB, 3 * width), b3);
                c0 = TLanes.MultiplyAdd(k, TLanes.Load(ref rowC, 0), c0);
                c1 = TLanes.MultiplyAdd(k, TLanes.Load(ref rowC, width), c1);
                c2 = TLanes.MultiplyAdd(k, TLanes.Load(ref rowC, 2 * width), c2);
                c3 = TLanes.MultiplyAdd(k, TLanes.Load(ref rowC, 3 * width), c3);
                d0 = TLanes.MultiplyAdd(k, TLanes.Load(ref rowD, 0), d0);
                d1 = TLanes.MultiplyAdd(k, TLanes.Load(ref rowD, width), d1);
                d2 = TLanes.MultiplyAdd(k, TLanes.Load(ref rowD, 2 * width), d2);
                d3 = TLanes.MultiplyAdd(k, TLanes.Load(ref rowD, 3 * width), d3);
                continue;
            }

            j++;
            Prefetch.Line(ref ahead, 0);
            ahead = ref Unsafe.Add(ref ahead, pace);
            TVector next = TLanes.Load(ref weight, j * width);
            TVector value = TLanes.Load(ref rowA, 0);
            a0 = TLanes.MultiplyAdd(k, value, a0);
            value = TLanes.Load(ref rowB, 0);
            b0 = TLanes.MultiplyAdd(k, value, b0);
            value = TLanes.Load(ref rowC, 0);
            c0 = TLanes.MultiplyAdd(k, value, c0);
            value = TLanes.Load(ref rowD, 0);
            d0 = TLanes.MultiplyAdd(k, value, d0);
            value = TLanes.Load(ref rowA, width);
            a1 = TLanes.MultiplyAdd(k, value, a1);
            a0 = TLanes.MultiplyAdd(next, value, a0);
            value = TLanes.Load(ref rowB, width);
            b1 = TLanes.MultiplyAdd(k, value, b1);
            b0 = TLanes.MultiplyAdd(next, value, b0);
            value = TLanes.Load(ref rowC, width);
            c1 = TLanes.MultiplyAdd(k, value, c1);
            c0 = TLanes.MultiplyAdd(next, value, c0);
            value = TLanes.Load(ref rowD, width);
            d1 = TLanes.MultiplyAdd(k, value, d1);
            d0 = TLanes.MultiplyAdd(next, value, d0);
            value = TLanes.Load(ref rowA, 2 * width);
            a2 = TLanes.MultiplyAdd(k, value, a2);
            a1 = TLanes.MultiplyAdd(next, value, a1);
            value = TLanes.Load(ref rowB, 2 * width);
            b2 = TLanes.MultiplyAdd(k, value, b2);
            b1 = TLanes.MultiplyAdd(next, value, b1);
            value = TLanes.Load(ref rowC, 2 * width);
            c2 = TLanes.MultiplyAdd(k, value, c2);
            c1 = TLanes.MultiplyAdd(next, value, c1);
            value = TLanes.Load(ref rowD, 2 * width);
            d2 = TLanes.MultiplyAdd(k, value, d2);
            d1 = TLanes.MultiplyAdd(next, value, d1);
            value = TLanes.Load(ref rowA, 3 * width);
            a3 = TLanes.MultiplyAdd(k, value, a3);
            a2 = TLanes.MultiplyAdd(next, value, a2);
            value = TLanes.Load(ref rowB, 3 * width);
            b3 = TLanes.MultiplyAdd(k, value, b3);
            b2 = TLanes.MultiplyAdd(next, value, b2);
            value = TLanes.Load(ref rowC, 3 * width);
            c3 = TLanes.MultiplyAdd(k, value, c3);
            c2 = TLanes.MultiplyAdd(next, value, c2);
            value = TLanes.Load(ref rowD, 3 * width);
            d3 = TLanes.MultiplyAdd(k, value, d3);
            d2 = TLanes.MultiplyAdd(next, value, d2);
            value = TLanes.Load(ref rowA, 4 * width);
            a3 = TLanes.MultiplyAdd(next, value, a3);
            value = TLanes.Load(ref rowB, 4 * width);
            b3 = TLanes.MultiplyAdd(next, value, b3);
            value = TLanes.Load(ref rowC, 4 * width);
            c3 = TLanes.MultiplyAdd(next, value, c3);
            value = TLanes.Load(ref rowD, 4 * width);
            d3 = TLanes.MultiplyAdd(next, value, d3);
        }

        TLanes.Store(a0, ref sums, 0);
        TLanes.Store(a1, ref sums, width);
        TLanes.Store(a2, ref sums, 2 * width);
        TLanes.Store(a3, ref sums, 3 * width);
        TLanes.Store(b0, ref sumsB, 0);
        TLanes.Store(b1, ref sumsB, width);
        TLanes.Store(b2, ref sumsB, 2 * width);
        TLanes.Store(b3, ref sumsB, 3 * width);
        TLanes.Store(c0, ref sumsC, 0);
        TLanes.Store(c1, ref sumsC, width);
        TLanes.Store(c2, ref sumsC, 2 * width);
        TLanes.Store(c3, ref sumsC, 3 * width);
        TLanes.Store(d0, ref sumsD, 0);
        TLanes.Store(d1, ref sumsD, width);
        TLanes.Store(d2, ref sumsD, 2 * width);
        TLanes.Store(d3, ref sumsD, 3 * width);
    }
}
