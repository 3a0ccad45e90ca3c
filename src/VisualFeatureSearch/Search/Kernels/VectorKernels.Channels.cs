using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VisualFeatureSearch.Search.Kernels;

/// <content>
/// Channels as lanes. Where the lanes are cells, most of them are of no use to a window of several cells: at 4 x 4 of 7 x 7 there are 16
/// placements, but 28 cells to go over for each row of the mask. Where they are channels, every multiplication is one that is
/// needed, and all loads are of whole lines of the cache; what it takes is to exchange channels and cells once while widening.
/// </content>
internal sealed partial class VectorKernels<TVector, TLanes>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void WidenIntoLanes(ReadOnlySpan<ushort> map, int groups, int cells, Span<float> block)
    {
        ref ushort source = ref MemoryMarshal.GetReference(map[..(groups * TLanes.Count * cells)]);
        ref float target = ref MemoryMarshal.GetReference(block[..(groups * TLanes.Count * cells)]);
        nint groupElements = (nint)TLanes.Count * cells;
        for (int group = 0; group < groups; group++)
        {
            ref byte ahead = ref Unsafe.As<ushort, byte>(ref source);
            nint line = AheadBytes;
            for (int first = 0; first < cells; first += LaneCells)
            {
                for (nint end = line + (LaneCells * TLanes.Count * sizeof(ushort)); line < end; line += Prefetch.LineBytes)
                {
                    Prefetch.Line(ref ahead, line);
                }

                // The last ones begin so early that they end with the channel.
                nint at = Math.Min(first, cells - LaneCells);
                TLanes.WidenEightIntoLanes(ref Unsafe.Add(ref source, at), cells, ref Unsafe.Add(ref target, at * TLanes.Count));
            }

            source = ref Unsafe.Add(ref source, groupElements);
            target = ref Unsafe.Add(ref target, groupElements);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddLaneSquares(ReadOnlySpan<float> block, int groups, int cells, Span<float> squares)
    {
        ref float source = ref MemoryMarshal.GetReference(block);
        ref float target = ref MemoryMarshal.GetReference(squares);
        nint groupElements = (nint)TLanes.Count * cells;
        for (nint at = 0; at < groupElements; at += TLanes.Count)
        {
            TVector sum = TLanes.Load(ref target, at);
            nint from = at;
            for (int group = 0; group < groups; group++, from += groupElements)
            {
                TVector value = TLanes.Load(ref source, from);
                sum = TLanes.MultiplyAdd(value, value, sum);
            }

            TLanes.Store(sum, ref target, at);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddLaneWindows(
        ReadOnlySpan<float> block, int groups, int cells, ReadOnlySpan<float> kernel, ReadOnlySpan<int> offsets, int corner, int placements, Span<float> sums)
    {
        ref float source = ref Unsafe.Add(ref MemoryMarshal.GetReference(block), corner * TLanes.Count);
        ref float weight = ref MemoryMarshal.GetReference(kernel);
        ref float target = ref MemoryMarshal.GetReference(sums);
        nint groupElements = (nint)TLanes.Count * cells;
        for (int done = 0, tile; done < placements; done += tile)
        {
            ref float from = ref Unsafe.Add(ref source, done * TLanes.Count);
            ref float to = ref Unsafe.Add(ref target, done * TLanes.Count);
            switch (placements - done)
            {
                case 1:
                    tile = 1;
                    AddLaneWindowsOf1(ref from, groups, groupElements, ref weight, offsets, ref to);
                    break;
                case 2 or 3:
                    tile = 2;
                    AddLaneWindowsOf2(ref from, groups, groupElements, ref weight, offsets, ref to);
                    break;
                case 5 or 7 or > 8:
                    tile = 5;
                    AddLaneWindowsOf5(ref from, groups, groupElements, ref weight, offsets, ref to);
                    break;
                default:
                    tile = 4;
                    AddLaneWindowsOf4(ref from, groups, groupElements, ref weight, offsets, ref to);
                    break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void SumLanes(ReadOnlySpan<float> sums, Span<float> totals)
    {
        ref float source = ref MemoryMarshal.GetReference(sums);
        for (int i = 0; i < totals.Length; i++)
        {
            totals[i] = TLanes.Sum(TLanes.Load(ref source, i * TLanes.Count));
        }
    }

    /// <summary>Five placements, two mask cells at a time: ten sums under way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddLaneWindowsOf5(ref float source, int groups, nint groupElements, ref float weight, ReadOnlySpan<int> offsets, ref float target)
    {
        nint width = TLanes.Count;
        TVector a0 = TLanes.Load(ref target, 0), a1 = TLanes.Load(ref target, width), a2 = TLanes.Load(ref target, 2 * width), a3 = TLanes.Load(ref target, 3 * width), a4 = TLanes.Load(ref target, 4 * width);
        TVector b0 = TLanes.Zero, b1 = TLanes.Zero, b2 = TLanes.Zero, b3 = TLanes.Zero, b4 = TLanes.Zero;
        ref int offset = ref MemoryMarshal.GetReference(offsets);
        for (int group = 0; group < groups; group++, source = ref Unsafe.Add(ref source, groupElements))
        {
            nint j = 0;
            for (; j + 2 <= offsets.Length; j += 2)
            {
                TVector k = TLanes.Load(ref weight, 0);
                ref float from = ref Unsafe.Add(ref source, Unsafe.Add(ref offset, j) * width);
                a0 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 0), a0);
                a1 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, width), a1);
                a2 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 2 * width), a2);
                a3 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 3 * width), a3);
                a4 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 4 * width), a4);
                k = TLanes.Load(ref weight, width);
                from = ref Unsafe.Add(ref source, Unsafe.Add(ref offset, j + 1) * width);
                b0 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 0), b0);
                b1 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, width), b1);
                b2 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 2 * width), b2);
                b3 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 3 * width), b3);
                b4 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 4 * width), b4);
                weight = ref Unsafe.Add(ref weight, 2 * width);
            }

            if (j < offsets.Length)
            {
                TVector k = TLanes.Load(ref weight, 0);
                ref float from = ref Unsafe.Add(ref source, Unsafe.Add(ref offset, j) * width);
                a0 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 0), a0);
                a1 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, width), a1);
                a2 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 2 * width), a2);
                a3 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 3 * width), a3);
                a4 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 4 * width), a4);
                weight = ref Unsafe.Add(ref weight, width);
            }
        }

        TLanes.Store(TLanes.Add(a0, b0), ref target, 0);
        TLanes.Store(TLanes.Add(a1, b1), ref target, width);
        TLanes.Store(TLanes.Add(a2, b2), ref target, 2 * width);
        TLanes.Store(TLanes.Add(a3, b3), ref target, 3 * width);
        TLanes.Store(TLanes.Add(a4, b4), ref target, 4 * width);
    }

    /// <summary>Four placements, two mask cells at a time: eight sums under way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddLaneWindowsOf4(ref float source, int groups, nint groupElements, ref float weight, ReadOnlySpan<int> offsets, ref float target)
    {
        nint width = TLanes.Count;
        TVector a0 = TLanes.Load(ref target, 0), a1 = TLanes.Load(ref target, width), a2 = TLanes.Load(ref target, 2 * width), a3 = TLanes.Load(ref target, 3 * width);
        TVector b0 = TLanes.Zero, b1 = TLanes.Zero, b2 = TLanes.Zero, b3 = TLanes.Zero;
        ref int offset = ref MemoryMarshal.GetReference(offsets);
        for (int group = 0; group < groups; group++, source = ref Unsafe.Add(ref source, groupElements))
        {
            nint j = 0;
            for (; j + 2 <= offsets.Length; j += 2)
            {
                TVector k = TLanes.Load(ref weight, 0);
                ref float from = ref Unsafe.Add(ref source, Unsafe.Add(ref offset, j) * width);
                a0 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 0), a0);
                a1 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, width), a1);
                a2 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 2 * width), a2);
                a3 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 3 * width), a3);
                k = TLanes.Load(ref weight, width);
                from = ref Unsafe.Add(ref source, Unsafe.Add(ref offset, j + 1) * width);
                b0 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 0), b0);
                b1 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, width), b1);
                b2 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 2 * width), b2);
                b3 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 3 * width), b3);
                weight = ref Unsafe.Add(ref weight, 2 * width);
            }

            if (j < offsets.Length)
            {
                TVector k = TLanes.Load(ref weight, 0);
                ref float from = ref Unsafe.Add(ref source, Unsafe.Add(ref offset, j) * width);
                a0 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 0), a0);
                a1 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, width), a1);
                a2 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 2 * width), a2);
                a3 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 3 * width), a3);
                weight = ref Unsafe.Add(ref weight, width);
            }
        }

        TLanes.Store(TLanes.Add(a0, b0), ref target, 0);
        TLanes.Store(TLanes.Add(a1, b1), ref target, width);
        TLanes.Store(TLanes.Add(a2, b2), ref target, 2 * width);
        TLanes.Store(TLanes.Add(a3, b3), ref target, 3 * width);
    }

    /// <summary>Two placements, two mask cells at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddLaneWindowsOf2(ref float source, int groups, nint groupElements, ref float weight, ReadOnlySpan<int> offsets, ref float target)
    {
        nint width = TLanes.Count;
        TVector a0 = TLanes.Load(ref target, 0), a1 = TLanes.Load(ref target, width);
        TVector b0 = TLanes.Zero, b1 = TLanes.Zero;
        ref int offset = ref MemoryMarshal.GetReference(offsets);
        for (int group = 0; group < groups; group++, source = ref Unsafe.Add(ref source, groupElements))
        {
            nint j = 0;
            for (; j + 2 <= offsets.Length; j += 2)
            {
                TVector k = TLanes.Load(ref weight, 0);
                ref float from = ref Unsafe.Add(ref source, Unsafe.Add(ref offset, j) * width);
                a0 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 0), a0);
                a1 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, width), a1);
                k = TLanes.Load(ref weight, width);
                from = ref Unsafe.Add(ref source, Unsafe.Add(ref offset, j + 1) * width);
                b0 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 0), b0);
                b1 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, width), b1);
                weight = ref Unsafe.Add(ref weight, 2 * width);
            }

            if (j < offsets.Length)
            {
                TVector k = TLanes.Load(ref weight, 0);
                ref float from = ref Unsafe.Add(ref source, Unsafe.Add(ref offset, j) * width);
                a0 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, 0), a0);
                a1 = TLanes.MultiplyAdd(k, TLanes.Load(ref from, width), a1);
                weight = ref Unsafe.Add(ref weight, width);
            }
        }

        TLanes.Store(TLanes.Add(a0, b0), ref target, 0);
        TLanes.Store(TLanes.Add(a1, b1), ref target, width);
    }

    /// <summary>One placement, four mask cells at a time: a mask that fills the map has no other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddLaneWindowsOf1(ref float source, int groups, nint groupElements, ref float weight, ReadOnlySpan<int> offsets, ref float target)
    {
        nint width = TLanes.Count;
        TVector a = TLanes.Load(ref target, 0), b = TLanes.Zero, c = TLanes.Zero, d = TLanes.Zero;
        ref int offset = ref MemoryMarshal.GetReference(offsets);
        for (int group = 0; group < groups; group++, source = ref Unsafe.Add(ref source, groupElements))
        {
            nint j = 0;
            for (; j + 4 <= offsets.Length; j += 4)
            {
                a = TLanes.MultiplyAdd(TLanes.Load(ref weight, 0), TLanes.Load(ref source, Unsafe.Add(ref offset, j) * width), a);
                b = TLanes.MultiplyAdd(TLanes.Load(ref weight, width), TLanes.Load(ref source, Unsafe.Add(ref offset, j + 1) * width), b);
                c = TLanes.MultiplyAdd(TLanes.Load(ref weight, 2 * width), TLanes.Load(ref source, Unsafe.Add(ref offset, j + 2) * width), c);
                d = TLanes.MultiplyAdd(TLanes.Load(ref weight, 3 * width), TLanes.Load(ref source, Unsafe.Add(ref offset, j + 3) * width), d);
                weight = ref Unsafe.Add(ref weight, 4 * width);
            }

            for (; j < offsets.Length; j++)
            {
                a = TLanes.MultiplyAdd(TLanes.Load(ref weight, 0), TLanes.Load(ref source, Unsafe.Add(ref offset, j) * width), a);
                weight = ref Unsafe.Add(ref weight, width);
            }
        }

        TLanes.Store(TLanes.Add(TLanes.Add(a, b), TLanes.Add(c, d)), ref target, 0);
    }
}
