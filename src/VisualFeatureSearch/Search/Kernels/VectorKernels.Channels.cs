using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace VisualFeatureSearch.Search.Kernels;

/// <content>
/// Channels as lanes. Where the lanes are cells, most of them are of no use to a window of several cells: at 4 x 4 of 7 x 7 there are 16
/// placements, but 28 cells to go over for each row of the mask. Where they are channels, every multiplication is one that is
/// needed, and all loads are of whole lines of the cache; what it takes is to exchange channels and cells once while widening.
/// </content>
internal sealed partial class VectorKernels<TVector, TLanes>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddLanes(
        ReadOnlySpan<ushort> map, int groups, int cells, ReadOnlySpan<float> kernel, ReadOnlySpan<int> offsets, WindowGrid grid, Span<float> block, Span<float> squares, Span<float> sums)
    {
        ref ushort source = ref MemoryMarshal.GetReference(map[..(groups * TLanes.Count * cells)]);
        ref float widened = ref MemoryMarshal.GetReference(block[..(TLanes.Count * cells)]);
        ref float square = ref MemoryMarshal.GetReference(squares[..(LaneSlots(cells) * TLanes.Count)]);
        ref float weight = ref MemoryMarshal.GetReference(kernel[..(groups * offsets.Length * TLanes.Count)]);
        ref float sum = ref MemoryMarshal.GetReference(sums[..(grid.Rows * grid.Columns * TLanes.Count)]);
        int side = SideOf(grid);
        LanePace pace = LanePace.Of(cells, TLanes.Count, side * side, offsets.Length);
        for (int group = 0; group < groups; group++)
        {
            WidenGroup(ref source, cells, ref widened, ref square, pace.Widening);
            nint ahead = Prefetch.Address(ref Unsafe.As<ushort, byte>(ref source), AheadBytes + pace.Widened);
            switch (side)
            {
                case 4:
                    AddWindowsOf4x4(ref widened, grid.MapWidth, ref weight, offsets, ref sum, ahead, pace.Adding);
                    break;
                case 5:
                    AddWindowsOf5x5(ref widened, grid.MapWidth, ref weight, offsets, ref sum, ahead, pace.Adding);
                    break;
                default:
                    AddWindows(ref widened, ref weight, offsets, grid, ref sum);
                    break;
            }

            source = ref Unsafe.Add(ref source, (nint)TLanes.Count * cells);
            weight = ref Unsafe.Add(ref weight, (nint)TLanes.Count * offsets.Length);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void SumLanes(ReadOnlySpan<float> sums, Span<float> totals)
    {
        ref float source = ref MemoryMarshal.GetReference(sums);
        ref float target = ref MemoryMarshal.GetReference(totals);
        nint i = 0;
        for (; i + 4 <= totals.Length; i += 4)
        {
            nint at = i * TLanes.Count;
            TLanes.SumFour(
                TLanes.Load(ref source, at), TLanes.Load(ref source, at + TLanes.Count), TLanes.Load(ref source, at + (2 * TLanes.Count)), TLanes.Load(ref source, at + (3 * TLanes.Count)))
                .StoreUnsafe(ref target, (nuint)i);
        }

        // In the same order as those before: equal windows have equal sums, to the last bit, and the first of them is the best.
        for (; i < totals.Length; i++)
        {
            Unsafe.Add(ref target, i) = TLanes.SumFour(TLanes.Load(ref source, i * TLanes.Count), TLanes.Zero, TLanes.Zero, TLanes.Zero).ToScalar();
        }
    }

    /// <summary>Widens the channels of a vector's lanes, and adds their squares.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WidenGroup(ref ushort source, int cells, ref float block, ref float squares, nint pace)
    {
        ref byte ahead = ref Unsafe.As<ushort, byte>(ref source);
        nint line = AheadBytes;
        for (int first = 0; first < cells; first += LaneCells)
        {
            for (nint end = line + pace; line < end; line += Prefetch.LineBytes)
            {
                Prefetch.Line(ref ahead, line);
            }

            // The last ones begin so early that they end with the channel; for their squares there is room of their own.
            nint at = Math.Min(first, cells - LaneCells);
            TLanes.WidenEightIntoLanes(ref Unsafe.Add(ref source, at), cells, ref Unsafe.Add(ref block, at * TLanes.Count), ref Unsafe.Add(ref squares, first * TLanes.Count));
        }
    }

    /// <summary>
    /// Adds what the channels of a vector's lanes have for all windows. Every window of a grid adds its mask cells up in the same order,
    /// so that equal windows have equal sums: the other order of <see cref="AddWindowsOf1"/> is that of grids of one column alone, because
    /// no tile leaves one column over.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddWindows(ref float block, ref float weight, ReadOnlySpan<int> offsets, WindowGrid grid, ref float sums)
    {
        nint rowElements = (nint)grid.MapWidth * TLanes.Count;
        nint sumElements = (nint)grid.Columns * TLanes.Count;
        for (int done = 0, tile; done < grid.Columns; done += tile)
        {
            ref float from = ref Unsafe.Add(ref block, done * TLanes.Count);
            ref float to = ref Unsafe.Add(ref sums, done * TLanes.Count);
            switch (grid.Columns - done)
            {
                case 1:
                    tile = 1;
                    AddWindowsOf1(ref from, rowElements, ref weight, offsets, grid.Rows, ref to, sumElements);
                    break;
                case 2:
                    tile = 2;
                    AddWindowsOf2(ref from, rowElements, ref weight, offsets, grid.Rows, ref to, sumElements);
                    break;
                case 3:
                    tile = 3;
                    AddWindowsOf3(ref from, rowElements, ref weight, offsets, grid.Rows, ref to, sumElements);
                    break;
                case 5 or 7 or > 8:
                    tile = 5;
                    AddWindowsOf5(ref from, rowElements, ref weight, offsets, grid.Rows, ref to, sumElements);
                    break;
                default:
                    tile = 4;
                    AddWindowsOf4(ref from, rowElements, ref weight, offsets, grid.Rows, ref to, sumElements);
                    break;
            }
        }
    }

    /// <summary>Five placements of two rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddWindowsOf5(ref float source, nint rowElements, ref float weight, ReadOnlySpan<int> offsets, int rows, ref float target, nint sumElements)
    {
        nint width = TLanes.Count;
        ref int offset = ref MemoryMarshal.GetReference(offsets);
        int y = 0;
        for (; y + 2 <= rows; y += 2)
        {
            ref float next = ref Unsafe.Add(ref target, sumElements);
            TVector a0 = TLanes.Load(ref target, 0), a1 = TLanes.Load(ref target, width), a2 = TLanes.Load(ref target, 2 * width), a3 = TLanes.Load(ref target, 3 * width), a4 = TLanes.Load(ref target, 4 * width);
            TVector b0 = TLanes.Load(ref next, 0), b1 = TLanes.Load(ref next, width), b2 = TLanes.Load(ref next, 2 * width), b3 = TLanes.Load(ref next, 3 * width), b4 = TLanes.Load(ref next, 4 * width);
            for (nint j = 0; j < offsets.Length; j++)
            {
                TVector k = TLanes.Load(ref weight, j * width);
                ref float from = ref Unsafe.Add(ref source, Unsafe.Add(ref offset, j) * width);
                ref float below = ref Unsafe.Add(ref from, rowElements);
                AddOne(k, ref from, ref a0, ref a1, ref a2, ref a3, ref a4);
                AddOne(k, ref below, ref b0, ref b1, ref b2, ref b3, ref b4);
            }

            StoreRow(ref target, a0, a1, a2, a3, a4);
            StoreRow(ref next, b0, b1, b2, b3, b4);
            source = ref Unsafe.Add(ref source, 2 * rowElements);
            target = ref Unsafe.Add(ref target, 2 * sumElements);
        }

        if (y < rows)
        {
            TVector a0 = TLanes.Load(ref target, 0), a1 = TLanes.Load(ref target, width), a2 = TLanes.Load(ref target, 2 * width), a3 = TLanes.Load(ref target, 3 * width), a4 = TLanes.Load(ref target, 4 * width);
            for (nint j = 0; j < offsets.Length; j++)
            {
                TVector k = TLanes.Load(ref weight, j * width);
                ref float from = ref Unsafe.Add(ref source, Unsafe.Add(ref offset, j) * width);
                AddOne(k, ref from, ref a0, ref a1, ref a2, ref a3, ref a4);
            }

            StoreRow(ref target, a0, a1, a2, a3, a4);
        }
    }

    /// <summary>Four placements of two rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddWindowsOf4(ref float source, nint rowElements, ref float weight, ReadOnlySpan<int> offsets, int rows, ref float target, nint sumElements)
    {
        nint width = TLanes.Count;
        ref int offset = ref MemoryMarshal.GetReference(offsets);
        int y = 0;
        for (; y + 2 <= rows; y += 2)
        {
            ref float next = ref Unsafe.Add(ref target, sumElements);
            TVector a0 = TLanes.Load(ref target, 0), a1 = TLanes.Load(ref target, width), a2 = TLanes.Load(ref target, 2 * width), a3 = TLanes.Load(ref target, 3 * width);
            TVector b0 = TLanes.Load(ref next, 0), b1 = TLanes.Load(ref next, width), b2 = TLanes.Load(ref next, 2 * width), b3 = TLanes.Load(ref next, 3 * width);
            for (nint j = 0; j < offsets.Length; j++)
            {
                TVector k = TLanes.Load(ref weight, j * width);
                ref float from = ref Unsafe.Add(ref source, Unsafe.Add(ref offset, j) * width);
                ref float below = ref Unsafe.Add(ref from, rowElements);
                AddOne(k, ref from, ref a0, ref a1, ref a2, ref a3);
                AddOne(k, ref below, ref b0, ref b1, ref b2, ref b3);
            }

            StoreRow(ref target, a0, a1, a2, a3);
            StoreRow(ref next, b0, b1, b2, b3);
            source = ref Unsafe.Add(ref source, 2 * rowElements);
            target = ref Unsafe.Add(ref target, 2 * sumElements);
        }

        if (y < rows)
        {
            TVector a0 = TLanes.Load(ref target, 0), a1 = TLanes.Load(ref target, width), a2 = TLanes.Load(ref target, 2 * width), a3 = TLanes.Load(ref target, 3 * width);
            for (nint j = 0; j < offsets.Length; j++)
            {
                TVector k = TLanes.Load(ref weight, j * width);
                ref float from = ref Unsafe.Add(ref source, Unsafe.Add(ref offset, j) * width);
                AddOne(k, ref from, ref a0, ref a1, ref a2, ref a3);
            }

            StoreRow(ref target, a0, a1, a2, a3);
        }
    }

    /// <summary>Three placements of two rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddWindowsOf3(ref float source, nint rowElements, ref float weight, ReadOnlySpan<int> offsets, int rows, ref float target, nint sumElements)
    {
        nint width = TLanes.Count;
        ref int offset = ref MemoryMarshal.GetReference(offsets);
        int y = 0;
        for (; y + 2 <= rows; y += 2)
        {
            ref float next = ref Unsafe.Add(ref target, sumElements);
            TVector a0 = TLanes.Load(ref target, 0), a1 = TLanes.Load(ref target, width), a2 = TLanes.Load(ref target, 2 * width);
            TVector b0 = TLanes.Load(ref next, 0), b1 = TLanes.Load(ref next, width), b2 = TLanes.Load(ref next, 2 * width);
            for (nint j = 0; j < offsets.Length; j++)
            {
                TVector k = TLanes.Load(ref weight, j * width);
                ref float from = ref Unsafe.Add(ref source, Unsafe.Add(ref offset, j) * width);
                ref float below = ref Unsafe.Add(ref from, rowElements);
                a0 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 0), a0);
                a1 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, width), a1);
                a2 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 2 * width), a2);
                b0 = TLanes.MultiplyAdd(k, TLanes.Load(ref below, 0), b0);
                b1 = TLanes.MultiplyAdd(k, TLanes.Load(ref below, width), b1);
                b2 = TLanes.MultiplyAdd(k, TLanes.Load(ref below, 2 * width), b2);
            }

            TLanes.Store(a0, ref target, 0);
            TLanes.Store(a1, ref target, width);
            TLanes.Store(a2, ref target, 2 * width);
            TLanes.Store(b0, ref next, 0);
            TLanes.Store(b1, ref next, width);
            TLanes.Store(b2, ref next, 2 * width);
            source = ref Unsafe.Add(ref source, 2 * rowElements);
            target = ref Unsafe.Add(ref target, 2 * sumElements);
        }

        if (y < rows)
        {
            TVector a0 = TLanes.Load(ref target, 0), a1 = TLanes.Load(ref target, width), a2 = TLanes.Load(ref target, 2 * width);
            for (nint j = 0; j < offsets.Length; j++)
            {
                TVector k = TLanes.Load(ref weight, j * width);
                ref float from = ref Unsafe.Add(ref source, Unsafe.Add(ref offset, j) * width);
                a0 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 0), a0);
                a1 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, width), a1);
                a2 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 2 * width), a2);
            }

            TLanes.Store(a0, ref target, 0);
            TLanes.Store(a1, ref target, width);
            TLanes.Store(a2, ref target, 2 * width);
        }
    }

    /// <summary>Two placements of two rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddWindowsOf2(ref float source, nint rowElements, ref float weight, ReadOnlySpan<int> offsets, int rows, ref float target, nint sumElements)
    {
        nint width = TLanes.Count;
        ref int offset = ref MemoryMarshal.GetReference(offsets);
        int y = 0;
        for (; y + 2 <= rows; y += 2)
        {
            ref float next = ref Unsafe.Add(ref target, sumElements);
            TVector a0 = TLanes.Load(ref target, 0), a1 = TLanes.Load(ref target, width);
            TVector b0 = TLanes.Load(ref next, 0), b1 = TLanes.Load(ref next, width);
            for (nint j = 0; j < offsets.Length; j++)
            {
                TVector k = TLanes.Load(ref weight, j * width);
                ref float from = ref Unsafe.Add(ref source, Unsafe.Add(ref offset, j) * width);
                ref float below = ref Unsafe.Add(ref from, rowElements);
                a0 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 0), a0);
                a1 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, width), a1);
                b0 = TLanes.MultiplyAdd(k, TLanes.Load(ref below, 0), b0);
                b1 = TLanes.MultiplyAdd(k, TLanes.Load(ref below, width), b1);
            }

            TLanes.Store(a0, ref target, 0);
            TLanes.Store(a1, ref target, width);
            TLanes.Store(b0, ref next, 0);
            TLanes.Store(b1, ref next, width);
            source = ref Unsafe.Add(ref source, 2 * rowElements);
            target = ref Unsafe.Add(ref target, 2 * sumElements);
        }

        if (y < rows)
        {
            TVector a0 = TLanes.Load(ref target, 0), a1 = TLanes.Load(ref target, width);
            for (nint j = 0; j < offsets.Length; j++)
            {
                TVector k = TLanes.Load(ref weight, j * width);
                ref float from = ref Unsafe.Add(ref source, Unsafe.Add(ref offset, j) * width);
                a0 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 0), a0);
                a1 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, width), a1);
            }

            TLanes.Store(a0, ref target, 0);
            TLanes.Store(a1, ref target, width);
        }
    }

    /// <summary>One placement a row, four mask cells at a time: a mask that fills the map has no other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddWindowsOf1(ref float source, nint rowElements, ref float weight, ReadOnlySpan<int> offsets, int rows, ref float target, nint sumElements)
    {
        nint width = TLanes.Count;
        ref int offset = ref MemoryMarshal.GetReference(offsets);
        for (int y = 0; y < rows; y++)
        {
            TVector a = TLanes.Load(ref target, 0), b = TLanes.Zero, c = TLanes.Zero, d = TLanes.Zero;
            nint j = 0;
            for (; j + 4 <= offsets.Length; j += 4)
            {
                a = TLanes.MultiplyAdd(TLanes.Load(ref weight, j * width), TLanes.Load(ref source, Unsafe.Add(ref offset, j) * width), a);
                b = TLanes.MultiplyAdd(TLanes.Load(ref weight, (j + 1) * width), TLanes.Load(ref source, Unsafe.Add(ref offset, j + 1) * width), b);
                c = TLanes.MultiplyAdd(TLanes.Load(ref weight, (j + 2) * width), TLanes.Load(ref source, Unsafe.Add(ref offset, j + 2) * width), c);
                d = TLanes.MultiplyAdd(TLanes.Load(ref weight, (j + 3) * width), TLanes.Load(ref source, Unsafe.Add(ref offset, j + 3) * width), d);
            }

            for (; j < offsets.Length; j++)
            {
                a = TLanes.MultiplyAdd(TLanes.Load(ref weight, j * width), TLanes.Load(ref source, Unsafe.Add(ref offset, j) * width), a);
            }

            TLanes.Store(TLanes.Add(TLanes.Add(a, b), TLanes.Add(c, d)), ref target, 0);
            source = ref Unsafe.Add(ref source, rowElements);
            target = ref Unsafe.Add(ref target, sumElements);
        }
    }
}
