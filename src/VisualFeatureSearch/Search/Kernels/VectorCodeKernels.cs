using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace VisualFeatureSearch.Search.Kernels;

/// <summary>The loops over an index's codes in vectors of any instruction set.</summary>
/// <typeparam name="TInt">A vector of 32-bit sums, or of four bytes a lane.</typeparam>
/// <typeparam name="TCodes">The product of codes and weights.</typeparam>
/// <typeparam name="TFloat">A vector of as many float32.</typeparam>
/// <typeparam name="TLanes">The operations of this width.</typeparam>
internal sealed partial class VectorCodeKernels<TInt, TCodes, TFloat, TLanes> : CodeKernels
    where TInt : struct
    where TCodes : ICodeLanes<TInt>
    where TFloat : struct
    where TLanes : ILanes<TFloat>, IIntLanes<TInt, TFloat>
{
    /// <summary>
    /// Windows whose records are asked for ahead of what is computed. They lie here and there: several at once take hardly longer than one.
    /// </summary>
    private const int WindowsAhead = 32;

    public override int MaximumWeight => TCodes.MaximumWeight;

    /// <summary>
    /// Four windows at a time, all on the same mask cell and pack: so weights are loaded once for four, and all that is read from the
    /// packs' headers, and what becomes of the sums, is one vector with a lane a window.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddPacks(
        ReadOnlySpan<byte> records, int recordBytes, int cellBytes, PackWeights weights, PackStep step, ReadOnlySpan<int> offsets, int firstImage, Span<WindowBound> windows)
    {
        ref byte first = ref MemoryMarshal.GetReference(records);
        ReadOnlySpan<int> cells = offsets[step.FirstCell..step.EndCell];
        int asked = 0;
        for (int i = 0; i < windows.Length; i += 4)
        {
            for (; asked < Math.Min(i + WindowsAhead + 4, windows.Length); asked++)
            {
                Ask(ref RecordOf(ref first, windows[asked], recordBytes, cellBytes, firstImage), cellBytes, cells);
            }

            if (i + 4 <= windows.Length)
            {
                AddToFour(ref windows[i], ref first, recordBytes, cellBytes, firstImage, weights, step, cells);
                continue;
            }

            // The last stands in for those that are missing.
            Span<WindowBound> rest = windows[i..];
            Span<WindowBound> four = [rest[^1], rest[^1], rest[^1], rest[^1]];
            rest.CopyTo(four);
            AddToFour(ref four[0], ref first, recordBytes, cellBytes, firstImage, weights, step, cells);
            four[..rest.Length].CopyTo(rest);
        }
    }

    /// <summary>Adds what a step says to the numerators of four windows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddToFour(
        ref WindowBound windows, ref byte first, int recordBytes, int cellBytes, int firstImage, PackWeights weights, PackStep step, ReadOnlySpan<int> cells)
    {
        ref WindowBound b = ref Unsafe.Add(ref windows, 1), c = ref Unsafe.Add(ref windows, 2), d = ref Unsafe.Add(ref windows, 3);
        Vector128<float> sums = SumPacks(
            ref RecordOf(ref first, windows, recordBytes, cellBytes, firstImage),
            ref RecordOf(ref first, b, recordBytes, cellBytes, firstImage),
            ref RecordOf(ref first, c, recordBytes, cellBytes, firstImage),
            ref RecordOf(ref first, d, recordBytes, cellBytes, firstImage),
            cellBytes, weights, step, cells);
        windows.Numerator += sums[0];
        b.Numerator += sums[1];
        c.Numerator += sums[2];
        d.Numerator += sums[3];
    }

    /// <summary>The record of the cell at a window's corner.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref byte RecordOf(ref byte first, in WindowBound window, int recordBytes, int cellBytes, int firstImage) =>
        ref Unsafe.Add(ref first, ((nint)(window.Image - firstImage) * recordBytes) + ((nint)window.Corner * cellBytes));

    /// <summary>Asks for the packs of a window.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ask(ref byte record, int cellBytes, ReadOnlySpan<int> offsets)
    {
        foreach (int offset in offsets)
        {
            nint cell = (nint)offset * cellBytes;
            for (int line = 0; line < cellBytes; line += Prefetch.LineBytes)
            {
                Prefetch.Line(ref record, cell + line);
            }
        }
    }

    /// <summary>What a step adds to the numerators of four windows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector128<float> SumPacks(
        ref byte a, ref byte b, ref byte c, ref byte d, int cellBytes, PackWeights weights, PackStep step, ReadOnlySpan<int> cells)
    {
        Vector128<float> sums = Vector128<float>.Zero;
        int at = step.FirstCell * weights.Packs;
        ref byte weight = ref Unsafe.Add(ref MemoryMarshal.GetReference(weights.Weights.Span), at * 2 * PackBytes);
        ref float terms = ref Unsafe.Add(ref MemoryMarshal.GetReference(weights.Terms.Span), at * 4);
        ref float tails = ref Unsafe.Add(ref MemoryMarshal.GetReference(weights.Tails.Span), at * 4);
        int[] packOffsets = weights.PackOffsets;
        foreach (int offset in cells)
        {
            foreach (int packOffset in packOffsets)
            {
                nint start = ((nint)offset * cellBytes) + packOffset;
                TInt dotA = TLanes.BroadcastInt(0), dotB = dotA, dotC = dotA, dotD = dotA;
                for (nint i = 0; i < PackBytes; i += 4 * TLanes.Count)
                {
                    TInt low = TLanes.LoadFours(ref weight, i), high = TLanes.LoadFours(ref weight, PackBytes + i);
                    dotA = AddHalves(dotA, ref a, start + i, low, high);
                    dotB = AddHalves(dotB, ref b, start + i, low, high);
                    dotC = AddHalves(dotC, ref c, start + i, low, high);
                    dotD = AddHalves(dotD, ref d, start + i, low, high);
                }

                PackHeaders headers = PackHeaders.Load(ref a, ref b, ref c, ref d, start);
                Vector128<float> dots = Vector128.ConvertToSingle(TLanes.SumFour(dotA, dotB, dotC, dotD));
                Vector128<float> value = Vector128.MultiplyAddEstimate(dots, Vector128.Create(Unsafe.Add(ref terms, 3)), Vector128.Create(terms)) * headers.Scale;
                value = Vector128.MultiplyAddEstimate(headers.Error, Vector128.Create(Unsafe.Add(ref terms, 1)), value + Vector128.Create(Unsafe.Add(ref terms, 2)));
                sums = Vector128.MultiplyAddEstimate(headers.Norm, value - headers.WeightedTails(ref tails), sums);
                weight = ref Unsafe.Add(ref weight, 2 * PackBytes);
                terms = ref Unsafe.Add(ref terms, 4);
                tails = ref Unsafe.Add(ref tails, 4);
            }
        }

        return sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TInt AddHalves(TInt dot, ref byte codes, nint at, TInt lowWeights, TInt highWeights)
    {
        (TInt low, TInt high) = TLanes.Halves(TLanes.LoadFours(ref codes, at));
        return TCodes.DotAddHalves(dot, low, high, lowWeights, highWeights);
    }
}
