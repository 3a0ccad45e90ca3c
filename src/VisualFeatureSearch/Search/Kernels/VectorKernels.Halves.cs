using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VisualFeatureSearch.Search.Kernels;

/// <content>
/// Straight from float16. Widening takes four instructions a vector, as many as three mask cells' sums and the squares of it take
/// together: so what is widened stays in registers until all of these have it. A channel is taken four vectors at a time; the
/// last ones begin so early that they end with the channel, and compute again what they share with those before, which keeps
/// everything inside of the map and needs no other code for what is left of a channel.
/// </content>
internal sealed partial class VectorKernels<TVector, TLanes>
{
    /// <summary>How far ahead of what is computed memory is asked for.</summary>
    private const int AheadBytes = 4 * 1024;

    public override int MostFusedCells => TLanes.Registers >= 32 ? 4 : 1;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void SumHalves(
        ReadOnlySpan<ushort> map, int channels, int cells, ReadOnlySpan<float> kernel, int count, Span<float> squares, Span<float> sums, int stride)
    {
        ref ushort source = ref MemoryMarshal.GetReference(map);
        ref float weight = ref MemoryMarshal.GetReference(kernel);
        ref float square = ref MemoryMarshal.GetReference(squares);
        ref float sum = ref MemoryMarshal.GetReference(sums);
        for (int first = 0; first < cells; first += 4 * TLanes.Count)
        {
            if (count == 1)
            {
                SumHalvesOf1(ref source, channels, cells, ref weight, ref square, ref sum, first);
            }
            else
            {
                SumHalvesOf4(ref source, channels, cells, ref weight, ref square, ref sum, stride, first);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumHalvesOf1(ref ushort source, int channels, int cells, ref float weight, ref float squares, ref float sums, int first)
    {
        (nint at0, nint at1, nint at2, nint at3) = Starts(first, cells);
        TVector square0 = TLanes.Zero, square1 = TLanes.Zero, square2 = TLanes.Zero, square3 = TLanes.Zero;
        TVector a0 = TLanes.Zero, a1 = TLanes.Zero, a2 = TLanes.Zero, a3 = TLanes.Zero;
        for (int c = 0; c < channels; c++)
        {
            Ahead(ref source, cells);
            TVector value0 = TLanes.LoadHalf(ref source, at0), value1 = TLanes.LoadHalf(ref source, at1);
            TVector value2 = TLanes.LoadHalf(ref source, at2), value3 = TLanes.LoadHalf(ref source, at3);
            square0 = TLanes.MultiplyAdd(value0, value0, square0);
            square1 = TLanes.MultiplyAdd(value1, value1, square1);
            square2 = TLanes.MultiplyAdd(value2, value2, square2);
            square3 = TLanes.MultiplyAdd(value3, value3, square3);
            TVector k = TLanes.Broadcast(weight);
            a0 = TLanes.MultiplyAdd(k, value0, a0);
            a1 = TLanes.MultiplyAdd(k, value1, a1);
            a2 = TLanes.MultiplyAdd(k, value2, a2);
            a3 = TLanes.MultiplyAdd(k, value3, a3);
            source = ref Unsafe.Add(ref source, cells);
            weight = ref Unsafe.Add(ref weight, 1);
        }

        Store(ref squares, at0, at1, at2, at3, square0, square1, square2, square3);
        Store(ref sums, at0, at1, at2, at3, a0, a1, a2, a3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumHalvesOf4(ref ushort source, int channels, int cells, ref float weight, ref float squares, ref float sums, nint stride, int first)
    {
        (nint at0, nint at1, nint at2, nint at3) = Starts(first, cells);
        TVector square0 = TLanes.Zero, square1 = TLanes.Zero, square2 = TLanes.Zero, square3 = TLanes.Zero;
        TVector a0 = TLanes.Zero, a1 = TLanes.Zero, a2 = TLanes.Zero, a3 = TLanes.Zero;
        TVector b0 = TLanes.Zero, b1 = TLanes.Zero, b2 = TLanes.Zero, b3 = TLanes.Zero;
        TVector c0 = TLanes.Zero, c1 = TLanes.Zero, c2 = TLanes.Zero, c3 = TLanes.Zero;
        TVector d0 = TLanes.Zero, d1 = TLanes.Zero, d2 = TLanes.Zero, d3 = TLanes.Zero;
        for (int c = 0; c < channels; c++)
        {
            Ahead(ref source, cells);
            TVector value0 = TLanes.LoadHalf(ref source, at0), value1 = TLanes.LoadHalf(ref source, at1);
            TVector value2 = TLanes.LoadHalf(ref source, at2), value3 = TLanes.LoadHalf(ref source, at3);
            square0 = TLanes.MultiplyAdd(value0, value0, square0);
            square1 = TLanes.MultiplyAdd(value1, value1, square1);
            square2 = TLanes.MultiplyAdd(value2, value2, square2);
            square3 = TLanes.MultiplyAdd(value3, value3, square3);
            TVector k = TLanes.Broadcast(weight);
            a0 = TLanes.MultiplyAdd(k, value0, a0);
            a1 = TLanes.MultiplyAdd(k, value1, a1);
            a2 = TLanes.MultiplyAdd(k, value2, a2);
            a3 = TLanes.MultiplyAdd(k, value3, a3);
            k = TLanes.Broadcast(Unsafe.Add(ref weight, 1));
            b0 = TLanes.MultiplyAdd(k, value0, b0);
            b1 = TLanes.MultiplyAdd(k, value1, b1);
            b2 = TLanes.MultiplyAdd(k, value2, b2);
            b3 = TLanes.MultiplyAdd(k, value3, b3);
            k = TLanes.Broadcast(Unsafe.Add(ref weight, 2));
            c0 = TLanes.MultiplyAdd(k, value0, c0);
            c1 = TLanes.MultiplyAdd(k, value1, c1);
            c2 = TLanes.MultiplyAdd(k, value2, c2);
            c3 = TLanes.MultiplyAdd(k, value3, c3);
            k = TLanes.Broadcast(Unsafe.Add(ref weight, 3));
            d0 = TLanes.MultiplyAdd(k, value0, d0);
            d1 = TLanes.MultiplyAdd(k, value1, d1);
            d2 = TLanes.MultiplyAdd(k, value2, d2);
            d3 = TLanes.MultiplyAdd(k, value3, d3);
            source = ref Unsafe.Add(ref source, cells);
            weight = ref Unsafe.Add(ref weight, 4);
        }

        Store(ref squares, at0, at1, at2, at3, square0, square1, square2, square3);
        Store(ref sums, at0, at1, at2, at3, a0, a1, a2, a3);
        Store(ref Unsafe.Add(ref sums, stride), at0, at1, at2, at3, b0, b1, b2, b3);
        Store(ref Unsafe.Add(ref sums, 2 * stride), at0, at1, at2, at3, c0, c1, c2, c3);
        Store(ref Unsafe.Add(ref sums, 3 * stride), at0, at1, at2, at3, d0, d1, d2, d3);
    }

    /// <summary>Where the four vectors from a cell on begin, so that none reaches beyond the channel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (nint At0, nint At1, nint At2, nint At3) Starts(int first, int cells)
    {
        int last = cells - TLanes.Count;
        return (Math.Min(first, last), Math.Min(first + TLanes.Count, last), Math.Min(first + (2 * TLanes.Count), last), Math.Min(first + (3 * TLanes.Count), last));
    }

    /// <summary>Stores sums where they belong. Where vectors overlap they hold the same sums, to the last bit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(ref float target, nint at0, nint at1, nint at2, nint at3, TVector sum0, TVector sum1, TVector sum2, TVector sum3)
    {
        TLanes.Store(sum0, ref target, at0);
        TLanes.Store(sum1, ref target, at1);
        TLanes.Store(sum2, ref target, at2);
        TLanes.Store(sum3, ref target, at3);
    }

    /// <summary>Asks for a channel that will be needed later.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ahead(ref ushort source, nint cells)
    {
        ref byte bytes = ref Unsafe.As<ushort, byte>(ref source);
        for (nint at = 0; at < cells * sizeof(ushort); at += Prefetch.LineBytes)
        {
            Prefetch.Line(ref bytes, AheadBytes + at);
        }
    }
}
