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
    public override int MaximumWeight => TCodes.MaximumWeight;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddPacks(
        ReadOnlySpan<byte> records, int recordBytes, int cellBytes, PackWeights weights, PackStep step, ReadOnlySpan<int> offsets, int firstImage, Span<WindowBound> windows)
    {
        // They lie here and there: all are asked for before the first is needed, which takes hardly longer than one would.
        ref byte first = ref MemoryMarshal.GetReference(records);
        foreach (ref WindowBound window in windows)
        {
            ref byte own = ref Unsafe.Add(ref first, (nint)(window.Image - firstImage) * recordBytes);
            foreach (int offset in offsets[step.FirstCell..step.EndCell])
            {
                nint cell = (nint)(window.Corner + offset) * cellBytes;
                for (int line = 0; line < cellBytes; line += Prefetch.LineBytes)
                {
                    Prefetch.Line(ref own, cell + line);
                }
            }
        }

        ref byte weight = ref MemoryMarshal.GetReference(weights.Weights.Span);
        ref float terms = ref MemoryMarshal.GetReference(weights.Terms.Span);
        ref float tails = ref MemoryMarshal.GetReference(weights.Tails.Span);
        foreach (ref WindowBound window in windows)
        {
            ref byte own = ref Unsafe.Add(ref first, (nint)(window.Image - firstImage) * recordBytes);
            window = window with { Numerator = window.Numerator + SumPacks(ref own, cellBytes, weights, ref weight, ref terms, ref tails, step, window.Corner, offsets) };
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float SumPacks(
        ref byte code, int cellBytes, PackWeights weights, ref byte weight, ref float terms, ref float tails, PackStep step, int corner, ReadOnlySpan<int> offsets)
    {
        TFloat sums = TLanes.Zero;
        Vector128<float> besides = Vector128<float>.Zero, tailSums = Vector128<float>.Zero;
        Vector128<float> one = Vector128.Create(0f, 0f, 1f, 0f);
        for (int j = step.FirstCell; j < step.EndCell; j++)
        {
            int cell = corner + offsets[j];
            for (int pack = 0; pack < weights.Packs; pack++)
            {
                int at = (j * weights.Packs) + pack;
                nint start = ((nint)cell * cellBytes) + weights.PackOffsets[pack];
                ref byte own = ref Unsafe.Add(ref weight, at * 2 * PackBytes);
                TInt dot = TLanes.BroadcastInt(0);
                for (nint i = 0; i < PackBytes; i += 4 * TLanes.Count)
                {
                    (TInt low, TInt high) = TLanes.Halves(TLanes.LoadFours(ref code, start + i));
                    dot = TCodes.DotAddHalves(dot, low, high, TLanes.LoadFours(ref own, i), TLanes.LoadFours(ref own, PackBytes + i));
                }

                // The scale, the error and a 1, each with its own term; the last lane has to be 0, whatever the processor.
                ref byte header = ref Unsafe.Add(ref code, start);
                Vector128<float> norm = Vector128.Create(Unsafe.ReadUnaligned<float>(ref Unsafe.Add(ref header, 8)));
                Vector128<uint> two = Vector128.WidenLower(Vector128.CreateScalar(Unsafe.ReadUnaligned<uint>(ref header)).AsUInt16());
                Vector128<float> described = ((two << 16).AsSingle() | one) * norm;
                Vector128<ushort> widened = Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref header, 4))).AsByte());
                Vector128<float> four = Vector128.ConvertToSingle(Vector128.WidenLower(widened).AsInt32()) * norm;
                Vector128<float> term = Vector128.LoadUnsafe(ref terms, (nuint)at * 4);
                besides = Vector128.MultiplyAddEstimate(described, term, besides);
                tailSums = Vector128.MultiplyAddEstimate(four, Vector128.LoadUnsafe(ref tails, (nuint)at * 4), tailSums);

                // Lanes are added up once, for all packs of all mask cells together.
                sums = TLanes.MultiplyAdd(TLanes.ToFloat(dot), TLanes.Broadcast(described.ToScalar() * Unsafe.Add(ref terms, (at * 4) + 3)), sums);
            }
        }

        return TLanes.Sum(sums) + Vector128.Sum(besides - tailSums);
    }
}
