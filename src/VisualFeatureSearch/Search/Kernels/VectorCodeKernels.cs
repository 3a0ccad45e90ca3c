using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VisualFeatureSearch.Search.Kernels;

/// <summary>The loops over an index's codes in vectors of any instruction set.</summary>
/// <typeparam name="TInt">A vector of 32-bit sums, one a cell.</typeparam>
/// <typeparam name="TCodes">The product of codes and weights.</typeparam>
/// <typeparam name="TFloat">A vector of as many float32.</typeparam>
/// <typeparam name="TLanes">The operations of this width.</typeparam>
internal sealed class VectorCodeKernels<TInt, TCodes, TFloat, TLanes> : CodeKernels
    where TInt : struct
    where TCodes : ICodeLanes<TInt>
    where TFloat : struct
    where TLanes : ILanes<TFloat>, IIntLanes<TInt, TFloat>
{
    public override int MaximumWeight => TCodes.MaximumWeight;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddShifted(
        ReadOnlySpan<byte> codes, int groups, int cells, ReadOnlySpan<int> weights, ReadOnlySpan<int> starts, ReadOnlySpan<float> scales,
        ReadOnlySpan<int> offsets, ReadOnlySpan<float> factors, Span<float> sums, int positions)
    {
        ref byte code = ref MemoryMarshal.GetReference(codes);
        ref float factor = ref MemoryMarshal.GetReference(factors);
        ref float target = ref MemoryMarshal.GetReference(sums);
        nint stride = (nint)cells * 4;
        int width = TLanes.Count;
        for (int j = 0; j < offsets.Length; j++)
        {
            ref int weight = ref Unsafe.Add(ref MemoryMarshal.GetReference(weights), j * groups);
            TInt start = TLanes.BroadcastInt(starts[j]);
            TFloat scale = TLanes.Broadcast(scales[j]);
            int offset = offsets[j];
            int p = 0;

            // Four vectors of placements at a time share each loaded weight, and keep the dot product unit busy: it takes a
            // new one every cycle but answers after several.
            for (; p + (3 * width) < positions; p += 4 * width)
            {
                TInt sum0 = start, sum1 = start, sum2 = start, sum3 = start;
                nint at = (nint)(p + offset) * 4;
                for (int g = 0; g < groups; g++, at += stride)
                {
                    TInt four = TLanes.BroadcastInt(Unsafe.Add(ref weight, g));
                    sum0 = TCodes.DotAdd(sum0, ref code, at, four);
                    sum1 = TCodes.DotAdd(sum1, ref code, at + (4 * width), four);
                    sum2 = TCodes.DotAdd(sum2, ref code, at + (8 * width), four);
                    sum3 = TCodes.DotAdd(sum3, ref code, at + (12 * width), four);
                }

                Add(sum0, scale, ref factor, p + offset, ref target, p);
                Add(sum1, scale, ref factor, p + width + offset, ref target, p + width);
                Add(sum2, scale, ref factor, p + (2 * width) + offset, ref target, p + (2 * width));
                Add(sum3, scale, ref factor, p + (3 * width) + offset, ref target, p + (3 * width));
            }

            for (; p + width < positions; p += 2 * width)
            {
                TInt sum0 = start, sum1 = start;
                nint at = (nint)(p + offset) * 4;
                for (int g = 0; g < groups; g++, at += stride)
                {
                    TInt four = TLanes.BroadcastInt(Unsafe.Add(ref weight, g));
                    sum0 = TCodes.DotAdd(sum0, ref code, at, four);
                    sum1 = TCodes.DotAdd(sum1, ref code, at + (4 * width), four);
                }

                Add(sum0, scale, ref factor, p + offset, ref target, p);
                Add(sum1, scale, ref factor, p + width + offset, ref target, p + width);
            }

            if (p < positions)
            {
                TInt sum = start;
                nint at = (nint)(p + offset) * 4;
                for (int g = 0; g < groups; g++, at += stride)
                {
                    sum = TCodes.DotAdd(sum, ref code, at, TLanes.BroadcastInt(Unsafe.Add(ref weight, g)));
                }

                Add(sum, scale, ref factor, p + offset, ref target, p);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override float SumPlaced(
        ReadOnlySpan<byte> codes, int groups, int cells, ReadOnlySpan<byte> weights, ReadOnlySpan<int> starts, ReadOnlySpan<float> scales, ReadOnlySpan<float> factors)
    {
        ref byte code = ref MemoryMarshal.GetReference(codes);
        ref byte weight = ref MemoryMarshal.GetReference(weights);
        ref int start = ref MemoryMarshal.GetReference(starts);
        nint stride = (nint)cells * 4;
        int width = TLanes.Count;
        TFloat total = TLanes.Zero;
        int cell = 0;
        for (; cell + (3 * width) < cells; cell += 4 * width)
        {
            TInt sum0 = TLanes.LoadInts(ref start, cell);
            TInt sum1 = TLanes.LoadInts(ref start, cell + width);
            TInt sum2 = TLanes.LoadInts(ref start, cell + (2 * width));
            TInt sum3 = TLanes.LoadInts(ref start, cell + (3 * width));
            nint at = (nint)cell * 4;
            for (int g = 0; g < groups; g++, at += stride)
            {
                sum0 = TCodes.DotAdd(sum0, ref code, at, TLanes.LoadFours(ref weight, at));
                sum1 = TCodes.DotAdd(sum1, ref code, at + (4 * width), TLanes.LoadFours(ref weight, at + (4 * width)));
                sum2 = TCodes.DotAdd(sum2, ref code, at + (8 * width), TLanes.LoadFours(ref weight, at + (8 * width)));
                sum3 = TCodes.DotAdd(sum3, ref code, at + (12 * width), TLanes.LoadFours(ref weight, at + (12 * width)));
            }

            total = AddScaled(sum0, scales, factors, cell, total);
            total = AddScaled(sum1, scales, factors, cell + width, total);
            total = AddScaled(sum2, scales, factors, cell + (2 * width), total);
            total = AddScaled(sum3, scales, factors, cell + (3 * width), total);
        }

        for (; cell < cells; cell += width)
        {
            TInt sum = TLanes.LoadInts(ref start, cell);
            nint at = (nint)cell * 4;
            for (int g = 0; g < groups; g++, at += stride)
            {
                sum = TCodes.DotAdd(sum, ref code, at, TLanes.LoadFours(ref weight, at));
            }

            total = AddScaled(sum, scales, factors, cell, total);
        }

        return TLanes.Sum(total);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override float MaximumRatio(ReadOnlySpan<float> numerators, ReadOnlySpan<float> squares, ReadOnlySpan<float> validity, float epsilon, int positions)
    {
        ref float numerator = ref MemoryMarshal.GetReference(numerators);
        ref float square = ref MemoryMarshal.GetReference(squares);
        ref float valid = ref MemoryMarshal.GetReference(validity);
        TFloat more = TLanes.Broadcast(epsilon);
        TFloat maximum = TLanes.Broadcast(float.NegativeInfinity);
        for (int p = 0; p < positions; p += TLanes.Count)
        {
            TFloat ratio = TLanes.Divide(TLanes.Load(ref numerator, p), TLanes.Add(TLanes.SquareRoot(TLanes.Load(ref square, p)), more));
            maximum = TLanes.Maximum(maximum, TLanes.Add(ratio, TLanes.Load(ref valid, p)));
        }

        return TLanes.MaximumOf(maximum);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Unpack(ReadOnlySpan<float> factors, ReadOnlySpan<byte> bytes, float step, Span<float> tails, Span<float> squares, int length)
    {
        ref float factor = ref MemoryMarshal.GetReference(factors);
        ref byte source = ref MemoryMarshal.GetReference(bytes);
        ref float tail = ref MemoryMarshal.GetReference(tails);
        ref float square = ref MemoryMarshal.GetReference(squares);
        TFloat steps = TLanes.Broadcast(step);
        for (int i = 0; i < length; i += TLanes.Count)
        {
            TFloat own = TLanes.Load(ref factor, i);
            TLanes.Store(TLanes.MultiplyAdd(own, TLanes.MultiplyAdd(TLanes.LoadBytes(ref source, i), steps, TLanes.Zero), TLanes.Zero), ref tail, i);
            TLanes.Store(TLanes.MultiplyAdd(own, own, TLanes.Zero), ref square, i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(TInt sum, TFloat scale, ref float factor, int cell, ref float target, int position)
    {
        TFloat scaled = TLanes.MultiplyAdd(TLanes.ToFloat(sum), scale, TLanes.Zero);
        TLanes.Store(TLanes.MultiplyAdd(scaled, TLanes.Load(ref factor, cell), TLanes.Load(ref target, position)), ref target, position);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloat AddScaled(TInt sum, ReadOnlySpan<float> scales, ReadOnlySpan<float> factors, int cell, TFloat total)
    {
        TFloat scaled = TLanes.MultiplyAdd(TLanes.ToFloat(sum), TLanes.Load(ref MemoryMarshal.GetReference(scales), cell), TLanes.Zero);
        return TLanes.MultiplyAdd(scaled, TLanes.Load(ref MemoryMarshal.GetReference(factors), cell), total);
    }
}
