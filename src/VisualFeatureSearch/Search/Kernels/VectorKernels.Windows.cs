using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VisualFeatureSearch.Search.Kernels;

/// <content>
/// All sixteen or twenty-five windows of a map at once, for processors with 32 registers. Of mask cells side by side, what one of them needs
/// is loaded for the other as well, which leaves room between the loads to ask for memory. Side by side is meant of flat positions, so
/// the ends of rows need no care. Every sum takes the mask cells in their order, so that it is to the last bit what
/// <see cref="AddWindows"/> computes.
/// </content>
internal sealed partial class VectorKernels<TVector, TLanes>
{
    /// <summary>
    /// Rows and columns of the windows where they are added up at once, 4 or 5: those of masks of 4 x 4 and of 3 x 3 cells on the usual map of
    /// 7 x 7; 0 where they are not.
    /// </summary>
    private static int SideOf(WindowGrid grid) => TLanes.Registers >= 32 && grid.Rows == grid.Columns && grid.Rows is 4 or 5 ? grid.Rows : 0;

    /// <summary>Four placements of four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddWindowsOf4x4(ref float block, int mapWidth, ref float weight, ReadOnlySpan<int> offsets, ref float sums, nint ahead, nint pace)
    {
        nint width = TLanes.Count, rowElements = mapWidth * width, count = offsets.Length;
        ref int offset = ref MemoryMarshal.GetReference(offsets);
        ref float sumsB = ref Unsafe.Add(ref sums, 4 * width);
        ref float sumsC = ref Unsafe.Add(ref sumsB, 4 * width);
        ref float sumsD = ref Unsafe.Add(ref sumsC, 4 * width);
        TVector a0 = TLanes.Load(ref sums, 0), a1 = TLanes.Load(ref sums, width), a2 = TLanes.Load(ref sums, 2 * width), a3 = TLanes.Load(ref sums, 3 * width);
        TVector b0 = TLanes.Load(ref sumsB, 0), b1 = TLanes.Load(ref sumsB, width), b2 = TLanes.Load(ref sumsB, 2 * width), b3 = TLanes.Load(ref sumsB, 3 * width);
        TVector c0 = TLanes.Load(ref sumsC, 0), c1 = TLanes.Load(ref sumsC, width), c2 = TLanes.Load(ref sumsC, 2 * width), c3 = TLanes.Load(ref sumsC, 3 * width);
        TVector d0 = TLanes.Load(ref sumsD, 0), d1 = TLanes.Load(ref sumsD, width), d2 = TLanes.Load(ref sumsD, 2 * width), d3 = TLanes.Load(ref sumsD, 3 * width);
        for (nint j = 0; j < count; j++)
        {
            Prefetch.Line(ahead);
            ahead += pace;
            nint cell = Unsafe.Add(ref offset, j);
            TVector k = TLanes.Load(ref weight, j * width);
            ref float rowA = ref Unsafe.Add(ref block, cell * width);
            ref float rowB = ref Unsafe.Add(ref rowA, rowElements);
            ref float rowC = ref Unsafe.Add(ref rowB, rowElements);
            ref float rowD = ref Unsafe.Add(ref rowC, rowElements);
            if (j + 1 == count || Unsafe.Add(ref offset, j + 1) != cell + 1)
            {
                AddOne(k, ref rowA, ref a0, ref a1, ref a2, ref a3);
                AddOne(k, ref rowB, ref b0, ref b1, ref b2, ref b3);
                AddOne(k, ref rowC, ref c0, ref c1, ref c2, ref c3);
                AddOne(k, ref rowD, ref d0, ref d1, ref d2, ref d3);
                continue;
            }

            j++;
            Prefetch.Line(ahead);
            ahead += pace;
            TVector next = TLanes.Load(ref weight, j * width);
            AddTwo(k, next, ref rowA, ref a0, ref a1, ref a2, ref a3);
            AddTwo(k, next, ref rowB, ref b0, ref b1, ref b2, ref b3);
            AddTwo(k, next, ref rowC, ref c0, ref c1, ref c2, ref c3);
            AddTwo(k, next, ref rowD, ref d0, ref d1, ref d2, ref d3);
        }

        StoreRow(ref sums, a0, a1, a2, a3);
        StoreRow(ref sumsB, b0, b1, b2, b3);
        StoreRow(ref sumsC, c0, c1, c2, c3);
        StoreRow(ref sumsD, d0, d1, d2, d3);
    }

    /// <summary>Five placements of five rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddWindowsOf5x5(ref float block, int mapWidth, ref float weight, ReadOnlySpan<int> offsets, ref float sums, nint ahead, nint pace)
    {
        nint width = TLanes.Count, rowElements = mapWidth * width, count = offsets.Length;
        ref int offset = ref MemoryMarshal.GetReference(offsets);
        ref float sumsB = ref Unsafe.Add(ref sums, 5 * width);
        ref float sumsC = ref Unsafe.Add(ref sumsB, 5 * width);
        ref float sumsD = ref Unsafe.Add(ref sumsC, 5 * width);
        ref float sumsE = ref Unsafe.Add(ref sumsD, 5 * width);
        TVector a0 = TLanes.Load(ref sums, 0), a1 = TLanes.Load(ref sums, width), a2 = TLanes.Load(ref sums, 2 * width), a3 = TLanes.Load(ref sums, 3 * width), a4 = TLanes.Load(ref sums, 4 * width);
        TVector b0 = TLanes.Load(ref sumsB, 0), b1 = TLanes.Load(ref sumsB, width), b2 = TLanes.Load(ref sumsB, 2 * width), b3 = TLanes.Load(ref sumsB, 3 * width), b4 = TLanes.Load(ref sumsB, 4 * width);
        TVector c0 = TLanes.Load(ref sumsC, 0), c1 = TLanes.Load(ref sumsC, width), c2 = TLanes.Load(ref sumsC, 2 * width), c3 = TLanes.Load(ref sumsC, 3 * width), c4 = TLanes.Load(ref sumsC, 4 * width);
        TVector d0 = TLanes.Load(ref sumsD, 0), d1 = TLanes.Load(ref sumsD, width), d2 = TLanes.Load(ref sumsD, 2 * width), d3 = TLanes.Load(ref sumsD, 3 * width), d4 = TLanes.Load(ref sumsD, 4 * width);
        TVector e0 = TLanes.Load(ref sumsE, 0), e1 = TLanes.Load(ref sumsE, width), e2 = TLanes.Load(ref sumsE, 2 * width), e3 = TLanes.Load(ref sumsE, 3 * width), e4 = TLanes.Load(ref sumsE, 4 * width);
        for (nint j = 0; j < count; j++)
        {
            Prefetch.Line(ahead);
            ahead += pace;
            nint cell = Unsafe.Add(ref offset, j);
            TVector k = TLanes.Load(ref weight, j * width);
            ref float rowA = ref Unsafe.Add(ref block, cell * width);
            ref float rowB = ref Unsafe.Add(ref rowA, rowElements);
            ref float rowC = ref Unsafe.Add(ref rowB, rowElements);
            ref float rowD = ref Unsafe.Add(ref rowC, rowElements);
            ref float rowE = ref Unsafe.Add(ref rowD, rowElements);
            if (j + 1 == count || Unsafe.Add(ref offset, j + 1) != cell + 1)
            {
                AddOne(k, ref rowA, ref a0, ref a1, ref a2, ref a3, ref a4);
                AddOne(k, ref rowB, ref b0, ref b1, ref b2, ref b3, ref b4);
                AddOne(k, ref rowC, ref c0, ref c1, ref c2, ref c3, ref c4);
                AddOne(k, ref rowD, ref d0, ref d1, ref d2, ref d3, ref d4);
                AddOne(k, ref rowE, ref e0, ref e1, ref e2, ref e3, ref e4);
                continue;
            }

            j++;
            Prefetch.Line(ahead);
            ahead += pace;
            TVector next = TLanes.Load(ref weight, j * width);
            AddTwo(k, next, ref rowA, ref a0, ref a1, ref a2, ref a3, ref a4);
            AddTwo(k, next, ref rowB, ref b0, ref b1, ref b2, ref b3, ref b4);
            AddTwo(k, next, ref rowC, ref c0, ref c1, ref c2, ref c3, ref c4);
            AddTwo(k, next, ref rowD, ref d0, ref d1, ref d2, ref d3, ref d4);
            AddTwo(k, next, ref rowE, ref e0, ref e1, ref e2, ref e3, ref e4);
        }

        StoreRow(ref sums, a0, a1, a2, a3, a4);
        StoreRow(ref sumsB, b0, b1, b2, b3, b4);
        StoreRow(ref sumsC, c0, c1, c2, c3, c4);
        StoreRow(ref sumsD, d0, d1, d2, d3, d4);
        StoreRow(ref sumsE, e0, e1, e2, e3, e4);
    }

    /// <summary>Adds a mask cell to four windows side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddOne(TVector weight, ref float row, ref TVector sum0, ref TVector sum1, ref TVector sum2, ref TVector sum3)
    {
        nint width = TLanes.Count;
        sum0 = TLanes.MultiplyAdd(weight, TLanes.Load(ref row, 0), sum0);
        sum1 = TLanes.MultiplyAdd(weight, TLanes.Load(ref row, width), sum1);
        sum2 = TLanes.MultiplyAdd(weight, TLanes.Load(ref row, 2 * width), sum2);
        sum3 = TLanes.MultiplyAdd(weight, TLanes.Load(ref row, 3 * width), sum3);
    }

    /// <summary>Adds two mask cells side by side, one after the other, to four windows side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTwo(TVector weight, TVector next, ref float row, ref TVector sum0, ref TVector sum1, ref TVector sum2, ref TVector sum3)
    {
        nint width = TLanes.Count;
        TVector value = TLanes.Load(ref row, 0);
        sum0 = TLanes.MultiplyAdd(weight, value, sum0);
        value = TLanes.Load(ref row, width);
        sum1 = TLanes.MultiplyAdd(weight, value, sum1);
        sum0 = TLanes.MultiplyAdd(next, value, sum0);
        value = TLanes.Load(ref row, 2 * width);
        sum2 = TLanes.MultiplyAdd(weight, value, sum2);
        sum1 = TLanes.MultiplyAdd(next, value, sum1);
        value = TLanes.Load(ref row, 3 * width);
        sum3 = TLanes.MultiplyAdd(weight, value, sum3);
        sum2 = TLanes.MultiplyAdd(next, value, sum2);
        value = TLanes.Load(ref row, 4 * width);
        sum3 = TLanes.MultiplyAdd(next, value, sum3);
    }

    /// <summary>Adds a mask cell to five windows side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddOne(TVector weight, ref float row, ref TVector sum0, ref TVector sum1, ref TVector sum2, ref TVector sum3, ref TVector sum4)
    {
        AddOne(weight, ref row, ref sum0, ref sum1, ref sum2, ref sum3);
        sum4 = TLanes.MultiplyAdd(weight, TLanes.Load(ref row, 4 * TLanes.Count), sum4);
    }

    /// <summary>Adds two mask cells side by side, one after the other, to five windows side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTwo(TVector weight, TVector next, ref float row, ref TVector sum0, ref TVector sum1, ref TVector sum2, ref TVector sum3, ref TVector sum4)
    {
        AddTwo(weight, next, ref row, ref sum0, ref sum1, ref sum2, ref sum3);
        sum4 = TLanes.MultiplyAdd(weight, TLanes.Load(ref row, 4 * TLanes.Count), sum4);
        sum4 = TLanes.MultiplyAdd(next, TLanes.Load(ref row, 5 * TLanes.Count), sum4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow(ref float target, TVector sum0, TVector sum1, TVector sum2, TVector sum3)
    {
        nint width = TLanes.Count;
        TLanes.Store(sum0, ref target, 0);
        TLanes.Store(sum1, ref target, width);
        TLanes.Store(sum2, ref target, 2 * width);
        TLanes.Store(sum3, ref target, 3 * width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow(ref float target, TVector sum0, TVector sum1, TVector sum2, TVector sum3, TVector sum4)
    {
        StoreRow(ref target, sum0, sum1, sum2, sum3);
        TLanes.Store(sum4, ref target, 4 * TLanes.Count);
    }
}
