using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VisualFeatureSearch.Search.Kernels;

/// <summary>
/// The inner loops of the plain scan, in vectors of any width. Those here work on a block of channels of one feature map, widened
/// to float32: <c>[channels, cells]</c> without gaps. Every buffer of float32 that they load from has <see cref="ScanKernels.Padding"/> elements of
/// room behind it: the last vector of a row may reach over its end, and what it finds there is never used.
/// </summary>
/// <typeparam name="TVector">The vector type.</typeparam>
/// <typeparam name="TLanes">Its operations.</typeparam>
internal sealed partial class VectorKernels<TVector, TLanes> : ScanKernels
    where TVector : struct
    where TLanes : ILanes<TVector>
{
    public override int Lanes => TLanes.Count;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void WidenHalves(ReadOnlySpan<ushort> halves, Span<float> floats)
    {
        ref ushort source = ref MemoryMarshal.GetReference(halves);
        ref float target = ref MemoryMarshal.GetReference(floats);
        int i = 0;
        for (; i + TLanes.Count <= halves.Length; i += TLanes.Count)
        {
            TLanes.Store(TLanes.LoadHalf(ref source, i), ref target, i);
        }

        ScalarKernels.WidenRemainder(halves[i..], floats[i..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddSquares(ReadOnlySpan<float> block, int channels, int cells, Span<float> squares)
    {
        ref float source = ref MemoryMarshal.GetReference(block);
        ref float target = ref MemoryMarshal.GetReference(squares);
        int first = 0;
        for (; first + (3 * TLanes.Count) < cells; first += 4 * TLanes.Count)
        {
            TVector sum0 = TLanes.Load(ref target, first);
            TVector sum1 = TLanes.Load(ref target, first + TLanes.Count);
            TVector sum2 = TLanes.Load(ref target, first + (2 * TLanes.Count));
            TVector sum3 = TLanes.Load(ref target, first + (3 * TLanes.Count));
            for (nint at = first, end = first + ((nint)channels * cells); at < end; at += cells)
            {
                TVector value0 = TLanes.Load(ref source, at);
                TVector value1 = TLanes.Load(ref source, at + TLanes.Count);
                TVector value2 = TLanes.Load(ref source, at + (2 * TLanes.Count));
                TVector value3 = TLanes.Load(ref source, at + (3 * TLanes.Count));
                sum0 = TLanes.MultiplyAdd(value0, value0, sum0);
                sum1 = TLanes.MultiplyAdd(value1, value1, sum1);
                sum2 = TLanes.MultiplyAdd(value2, value2, sum2);
                sum3 = TLanes.MultiplyAdd(value3, value3, sum3);
            }

            TLanes.Store(sum0, ref target, first);
            TLanes.Store(sum1, ref target, first + TLanes.Count);
            TLanes.Store(sum2, ref target, first + (2 * TLanes.Count));
            TLanes.Store(sum3, ref target, first + (3 * TLanes.Count));
        }

        for (; first < cells; first += TLanes.Count)
        {
            TVector sum = TLanes.Load(ref target, first);
            for (nint at = first, end = first + ((nint)channels * cells); at < end; at += cells)
            {
                TVector value = TLanes.Load(ref source, at);
                sum = TLanes.MultiplyAdd(value, value, sum);
            }

            TLanes.Store(sum, ref target, first);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddShifted(
        ReadOnlySpan<float> block, int channels, int cells, ReadOnlySpan<float> kernel, ReadOnlySpan<int> offsets, Span<float> sums, int positions)
    {
        int vectors = (positions + TLanes.Count - 1) / TLanes.Count;
        int done = 0;
        while (done < vectors)
        {
            // Four vectors of placements stay in registers while all channels and cells of the mask go by. A tile of fewer
            // takes two channels at a time, so that enough independent sums are under way.
            int first = done * TLanes.Count;
            int tile = Math.Min(4, vectors - done);
            switch (tile)
            {
                case 4:
                    AddTileOf4(block, channels, cells, kernel, offsets, sums, first);
                    break;
                case 3:
                    AddTileOf3(block, channels, cells, kernel, offsets, sums, first);
                    break;
                case 2:
                    AddTileOf2(block, channels, cells, kernel, offsets, sums, first);
                    break;
                default:
                    AddTileOf1(block, channels, cells, kernel, offsets, sums, first);
                    break;
            }

            done += tile;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override float Dot(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        ref float a = ref MemoryMarshal.GetReference(left);
        ref float b = ref MemoryMarshal.GetReference(right);
        TVector sum0 = TLanes.Zero, sum1 = TLanes.Zero, sum2 = TLanes.Zero, sum3 = TLanes.Zero;
        int i = 0;
        for (; i + (4 * TLanes.Count) <= left.Length; i += 4 * TLanes.Count)
        {
            sum0 = TLanes.MultiplyAdd(TLanes.Load(ref a, i), TLanes.Load(ref b, i), sum0);
            sum1 = TLanes.MultiplyAdd(TLanes.Load(ref a, i + TLanes.Count), TLanes.Load(ref b, i + TLanes.Count), sum1);
            sum2 = TLanes.MultiplyAdd(TLanes.Load(ref a, i + (2 * TLanes.Count)), TLanes.Load(ref b, i + (2 * TLanes.Count)), sum2);
            sum3 = TLanes.MultiplyAdd(TLanes.Load(ref a, i + (3 * TLanes.Count)), TLanes.Load(ref b, i + (3 * TLanes.Count)), sum3);
        }

        for (; i + TLanes.Count <= left.Length; i += TLanes.Count)
        {
            sum0 = TLanes.MultiplyAdd(TLanes.Load(ref a, i), TLanes.Load(ref b, i), sum0);
        }

        float total = TLanes.Sum(TLanes.Add(TLanes.Add(sum0, sum1), TLanes.Add(sum2, sum3)));
        return total + ScalarKernels.DotRemainder(left[i..], right[i..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTileOf4(
        ReadOnlySpan<float> block, int channels, int cells, ReadOnlySpan<float> kernel, ReadOnlySpan<int> offsets, Span<float> sums, int first)
    {
        ref float source = ref MemoryMarshal.GetReference(block);
        ref float weight = ref MemoryMarshal.GetReference(kernel);
        ref float target = ref MemoryMarshal.GetReference(sums);
        TVector sum0 = TLanes.Load(ref target, first);
        TVector sum1 = TLanes.Load(ref target, first + TLanes.Count);
        TVector sum2 = TLanes.Load(ref target, first + (2 * TLanes.Count));
        TVector sum3 = TLanes.Load(ref target, first + (3 * TLanes.Count));
        nint row = first;
        for (int c = 0; c < channels; c++, row += cells)
        {
            foreach (int offset in offsets)
            {
                TVector k = TLanes.Broadcast(weight);
                weight = ref Unsafe.Add(ref weight, 1);
                nint at = row + offset;
                sum0 = TLanes.MultiplyAdd(k, TLanes.Load(ref source, at), sum0);
                sum1 = TLanes.MultiplyAdd(k, TLanes.Load(ref source, at + TLanes.Count), sum1);
                sum2 = TLanes.MultiplyAdd(k, TLanes.Load(ref source, at + (2 * TLanes.Count)), sum2);
                sum3 = TLanes.MultiplyAdd(k, TLanes.Load(ref source, at + (3 * TLanes.Count)), sum3);
            }
        }

        TLanes.Store(sum0, ref target, first);
        TLanes.Store(sum1, ref target, first + TLanes.Count);
        TLanes.Store(sum2, ref target, first + (2 * TLanes.Count));
        TLanes.Store(sum3, ref target, first + (3 * TLanes.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTileOf3(
        ReadOnlySpan<float> block, int channels, int cells, ReadOnlySpan<float> kernel, ReadOnlySpan<int> offsets, Span<float> sums, int first)
    {
        ref float source = ref MemoryMarshal.GetReference(block);
        ref float weight = ref MemoryMarshal.GetReference(kernel);
        ref float target = ref MemoryMarshal.GetReference(sums);
        TVector sum0 = TLanes.Load(ref target, first);
        TVector sum1 = TLanes.Load(ref target, first + TLanes.Count);
        TVector sum2 = TLanes.Load(ref target, first + (2 * TLanes.Count));
        TVector odd0 = TLanes.Zero, odd1 = TLanes.Zero, odd2 = TLanes.Zero;
        int cellsOfMask = offsets.Length;
        nint row = first;
        int c = 0;
        for (; c + 2 <= channels; c += 2, row += 2 * cells)
        {
            foreach (int offset in offsets)
            {
                TVector k = TLanes.Broadcast(weight);
                TVector kOdd = TLanes.Broadcast(Unsafe.Add(ref weight, cellsOfMask));
                weight = ref Unsafe.Add(ref weight, 1);
                nint at = row + offset;
                nint atOdd = at + cells;
                sum0 = TLanes.MultiplyAdd(k, TLanes.Load(ref source, at), sum0);
                sum1 = TLanes.MultiplyAdd(k, TLanes.Load(ref source, at + TLanes.Count), sum1);
                sum2 = TLanes.MultiplyAdd(k, TLanes.Load(ref source, at + (2 * TLanes.Count)), sum2);
                odd0 = TLanes.MultiplyAdd(kOdd, TLanes.Load(ref source, atOdd), odd0);
                odd1 = TLanes.MultiplyAdd(kOdd, TLanes.Load(ref source, atOdd + TLanes.Count), odd1);
                odd2 = TLanes.MultiplyAdd(kOdd, TLanes.Load(ref source, atOdd + (2 * TLanes.Count)), odd2);
            }

            weight = ref Unsafe.Add(ref weight, cellsOfMask);
        }

        for (; c < channels; c++, row += cells)
        {
            foreach (int offset in offsets)
            {
                TVector k = TLanes.Broadcast(weight);
                weight = ref Unsafe.Add(ref weight, 1);
                nint at = row + offset;
                sum0 = TLanes.MultiplyAdd(k, TLanes.Load(ref source, at), sum0);
                sum1 = TLanes.MultiplyAdd(k, TLanes.Load(ref source, at + TLanes.Count), sum1);
                sum2 = TLanes.MultiplyAdd(k, TLanes.Load(ref source, at + (2 * TLanes.Count)), sum2);
            }
        }

        TLanes.Store(TLanes.Add(sum0, odd0), ref target, first);
        TLanes.Store(TLanes.Add(sum1, odd1), ref target, first + TLanes.Count);
        TLanes.Store(TLanes.Add(sum2, odd2), ref target, first + (2 * TLanes.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTileOf2(
        ReadOnlySpan<float> block, int channels, int cells, ReadOnlySpan<float> kernel, ReadOnlySpan<int> offsets, Span<float> sums, int first)
    {
        ref float source = ref MemoryMarshal.GetReference(block);
        ref float weight = ref MemoryMarshal.GetReference(kernel);
        ref float target = ref MemoryMarshal.GetReference(sums);
        TVector sum0 = TLanes.Load(ref target, first);
        TVector sum1 = TLanes.Load(ref target, first + TLanes.Count);
        TVector odd0 = TLanes.Zero, odd1 = TLanes.Zero;
        int cellsOfMask = offsets.Length;
        nint row = first;
        int c = 0;
        for (; c + 2 <= channels; c += 2, row += 2 * cells)
        {
            foreach (int offset in offsets)
            {
                TVector k = TLanes.Broadcast(weight);
                TVector kOdd = TLanes.Broadcast(Unsafe.Add(ref weight, cellsOfMask));
                weight = ref Unsafe.Add(ref weight, 1);
                nint at = row + offset;
                nint atOdd = at + cells;
                sum0 = TLanes.MultiplyAdd(k, TLanes.Load(ref source, at), sum0);
                sum1 = TLanes.MultiplyAdd(k, TLanes.Load(ref source, at + TLanes.Count), sum1);
                odd0 = TLanes.MultiplyAdd(kOdd, TLanes.Load(ref source, atOdd), odd0);
                odd1 = TLanes.MultiplyAdd(kOdd, TLanes.Load(ref source, atOdd + TLanes.Count), odd1);
            }

            weight = ref Unsafe.Add(ref weight, cellsOfMask);
        }

        for (; c < channels; c++, row += cells)
        {
            foreach (int offset in offsets)
            {
                TVector k = TLanes.Broadcast(weight);
                weight = ref Unsafe.Add(ref weight, 1);
                nint at = row + offset;
                sum0 = TLanes.MultiplyAdd(k, TLanes.Load(ref source, at), sum0);
                sum1 = TLanes.MultiplyAdd(k, TLanes.Load(ref source, at + TLanes.Count), sum1);
            }
        }

        TLanes.Store(TLanes.Add(sum0, odd0), ref target, first);
        TLanes.Store(TLanes.Add(sum1, odd1), ref target, first + TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTileOf1(
        ReadOnlySpan<float> block, int channels, int cells, ReadOnlySpan<float> kernel, ReadOnlySpan<int> offsets, Span<float> sums, int first)
    {
        ref float source = ref MemoryMarshal.GetReference(block);
        ref float weight = ref MemoryMarshal.GetReference(kernel);
        ref float target = ref MemoryMarshal.GetReference(sums);
        TVector sum = TLanes.Load(ref target, first);
        TVector odd = TLanes.Zero;
        int cellsOfMask = offsets.Length;
        nint row = first;
        int c = 0;
        for (; c + 2 <= channels; c += 2, row += 2 * cells)
        {
            foreach (int offset in offsets)
            {
                sum = TLanes.MultiplyAdd(TLanes.Broadcast(weight), TLanes.Load(ref source, row + offset), sum);
                odd = TLanes.MultiplyAdd(TLanes.Broadcast(Unsafe.Add(ref weight, cellsOfMask)), TLanes.Load(ref source, row + offset + cells), odd);
                weight = ref Unsafe.Add(ref weight, 1);
            }

            weight = ref Unsafe.Add(ref weight, cellsOfMask);
        }

        for (; c < channels; c++, row += cells)
        {
            foreach (int offset in offsets)
            {
                sum = TLanes.MultiplyAdd(TLanes.Broadcast(weight), TLanes.Load(ref source, row + offset), sum);
                weight = ref Unsafe.Add(ref weight, 1);
            }
        }

        TLanes.Store(TLanes.Add(sum, odd), ref target, first);
    }
}
