using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace VisualFeatureSearch.Search.Kernels;

/// <summary>The loops over an index's codes in vectors of any instruction set.</summary>
/// <typeparam name="TInt">A vector of 32-bit sums, one a cell.</typeparam>
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
    public override (float Numerator, float Squares) BoundPlacement(
        ReadOnlySpan<byte> codes, int cells, int groups, PlacedWeights weights, float error, ReadOnlySpan<float> norms)
    {
        ref byte code = ref MemoryMarshal.GetReference(codes);
        ref byte weight = ref MemoryMarshal.GetArrayDataReference(weights.Weights);
        nint stride = (nint)cells * 4;
        int width = TLanes.Count;
        TFloat numerator = TLanes.Zero, squares = TLanes.Zero;
        TFloat errors = TLanes.Broadcast(error);
        for (int cell = 0; cell < cells; cell += 2 * width)
        {
            TInt sum0 = TLanes.LoadInts(ref MemoryMarshal.GetArrayDataReference(weights.Starts), cell);
            TInt sum1 = TLanes.LoadInts(ref MemoryMarshal.GetArrayDataReference(weights.Starts), cell + width);
            nint at = (nint)cell * 4;
            for (int g = 0; g < groups; g++, at += stride)
            {
                sum0 = TCodes.DotAdd(sum0, ref code, at, TLanes.LoadFours(ref weight, at));
                sum1 = TCodes.DotAdd(sum1, ref code, at + (4 * width), TLanes.LoadFours(ref weight, at + (4 * width)));
            }

            TInt tail0 = TLanes.BroadcastInt(0), tail1 = TLanes.BroadcastInt(0);
            for (int g = 0; g < TailGroups; g++, at += stride)
            {
                tail0 = TCodes.DotAdd(tail0, ref code, at, TLanes.LoadFours(ref weight, at));
                tail1 = TCodes.DotAdd(tail1, ref code, at + (4 * width), TLanes.LoadFours(ref weight, at + (4 * width)));
            }

            AddPlaced(sum0, tail0, weights, errors, norms, cell, ref numerator, ref squares);
            AddPlaced(sum1, tail1, weights, errors, norms, cell + width, ref numerator, ref squares);
        }

        return (TLanes.Sum(numerator), TLanes.Sum(squares));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override float SumPacks(ReadOnlySpan<byte> record, int cellBytes, PackWeights weights, int corner, ReadOnlySpan<int> offsets)
    {
        ref byte code = ref MemoryMarshal.GetReference(record);
        ref byte weight = ref MemoryMarshal.GetArrayDataReference(weights.Weights);
        ref float scales = ref MemoryMarshal.GetArrayDataReference(weights.Scales);
        ref float starts = ref MemoryMarshal.GetArrayDataReference(weights.Starts);
        ref float errors = ref MemoryMarshal.GetArrayDataReference(weights.Errors);
        ref float constants = ref MemoryMarshal.GetArrayDataReference(weights.Constants);
        ref float tails = ref MemoryMarshal.GetArrayDataReference(weights.Tails);
        int packs = weights.Packs;
        TFloat sums = TLanes.Zero;
        Vector128<float> tailSums = Vector128<float>.Zero;
        float besides = 0;
        int at = 0;
        for (int j = 0; j < offsets.Length; j++)
        {
            int cell = corner + offsets[j];
            for (int pack = 0; pack < packs; pack++, at++)
            {
                nint start = ((nint)cell * cellBytes) + weights.PackOffsets[pack];
                ref byte own = ref Unsafe.Add(ref weight, at * 2 * PackBytes);
                TInt dot = TLanes.BroadcastInt(0);
                for (nint i = 0; i < PackBytes; i += 4 * TLanes.Count)
                {
                    dot = TCodes.DotAddHalves(dot, ref code, start + i, TLanes.LoadFours(ref own, i), TLanes.LoadFours(ref own, PackBytes + i));
                }

                float norm = Unsafe.ReadUnaligned<float>(ref Unsafe.Add(ref code, start + 8));
                ulong header = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref code, start));
                (float scale, float error) = ScalarCodeKernels.ReadHeader((uint)header);
                Vector128<ushort> widened = Vector128.WidenLower(Vector128.CreateScalarUnsafe((uint)(header >> 32)).AsByte());
                Vector128<float> four = Vector128.ConvertToSingle(Vector128.WidenLower(widened).AsInt32());

                // Lanes are added up once, for all packs of all mask cells together.
                sums = TLanes.MultiplyAdd(TLanes.ToFloat(dot), TLanes.Broadcast(norm * scale * Unsafe.Add(ref scales, at)), sums);
                tailSums = Vector128.MultiplyAddEstimate(four * Vector128.LoadUnsafe(ref tails, (nuint)at * 4), Vector128.Create(norm), tailSums);
                besides += norm * ((scale * Unsafe.Add(ref starts, at)) + (error * Unsafe.Add(ref errors, at)) + Unsafe.Add(ref constants, at));
            }
        }

        return TLanes.Sum(sums) + besides - Vector128.Sum(tailSums);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddPlaced(
        TInt sum, TInt tail, PlacedWeights weights, TFloat error, ReadOnlySpan<float> norms, int cell, ref TFloat numerator, ref TFloat squares)
    {
        TFloat norm = TLanes.Load(ref MemoryMarshal.GetReference(norms), cell);
        TFloat value = TLanes.MultiplyAdd(error, At(weights.Errors, cell), At(weights.Constants, cell));
        value = TLanes.MultiplyAdd(TLanes.ToFloat(tail), At(weights.TailScales, cell), value);
        value = TLanes.MultiplyAdd(TLanes.ToFloat(sum), At(weights.Scales, cell), value);
        numerator = TLanes.MultiplyAdd(norm, value, numerator);
        squares = TLanes.MultiplyAdd(TLanes.MultiplyAdd(norm, norm, TLanes.Zero), At(weights.SquaredWeights, cell), squares);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloat At(float[] values, int cell) => TLanes.Load(ref MemoryMarshal.GetArrayDataReference(values), cell);
}
