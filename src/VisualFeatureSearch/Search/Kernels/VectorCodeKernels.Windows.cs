using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VisualFeatureSearch.Search.Kernels;

/// <content>
/// Bounds of all windows of an image: first what each mask cell adds wherever it may lie, then the sums over the mask cells of
/// each window. Mask cells that are neighbours need the same codes, and are computed from the same loads: the dot product
/// unit takes two a cycle, but loads that lie across two lines of the cache come slower.
/// </content>
internal sealed partial class VectorCodeKernels<TInt, TCodes, TFloat, TLanes>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override float BoundWindows(
        ReadOnlySpan<byte> codes, int cells, PrefixWeights weights, ReadOnlySpan<float> constants, ReadOnlySpan<float> norms, ReadOnlySpan<float> validity,
        float epsilon, Span<float> values, Span<float> numerators, Span<float> denominators, Span<float> ratios, int positions, int ahead)
    {
        int valueStride = PrefixWeights.ValueStride(positions);

        // A later image is fetched bit by bit while this one is computed, so that the memory is never waited for with idle hands
        // nor left idle: two thirds along with the first strip's codes, the rest along with the sums below.
        int fetched = ahead == 0 ? 0 : weights.Groups * 2 / 3;
        ref byte rest = ref Unsafe.Add(ref MemoryMarshal.GetReference(codes), (nint)fetched * cells * 4);
        int restBytes = ahead == 0 ? 0 : (weights.Groups + TailGroups - fetched) * cells * 4;
        int restStep = ((restBytes * TLanes.Count / positions) + Prefetch.LineBytes - 1) / Prefetch.LineBytes * Prefetch.LineBytes;
        nint restAt = ahead;
        foreach ((int first, int count) in weights.Strips)
        {
            AddValues(codes, cells, weights, first, count, constants, norms, values[(first * valueStride)..], valueStride, positions, ahead, first == 0 ? fetched : 0);
        }

        ref float norm = ref MemoryMarshal.GetReference(norms);
        ref float value = ref MemoryMarshal.GetReference(values);
        ref float valid = ref MemoryMarshal.GetReference(validity);
        ref float numerator = ref MemoryMarshal.GetReference(numerators);
        ref float denominator = ref MemoryMarshal.GetReference(denominators);
        ref float ratio = ref MemoryMarshal.GetReference(ratios);
        TFloat more = TLanes.Broadcast(epsilon);
        TFloat maximum = TLanes.Broadcast(float.NegativeInfinity);
        int[] offsets = weights.Offsets;
        for (int p = 0; p < positions; p += TLanes.Count)
        {
            for (nint end = Math.Min(restAt + restStep, ahead + restBytes); restAt < end; restAt += Prefetch.LineBytes)
            {
                Prefetch.Line(ref rest, restAt);
            }

            TFloat sum = TLanes.Zero, squares = TLanes.Zero;
            for (int j = 0; j < offsets.Length; j++)
            {
                TFloat own = TLanes.Load(ref norm, p + offsets[j]);
                sum = TLanes.Add(sum, TLanes.Load(ref value, (j * valueStride) + weights.Shifts[j] + p));
                squares = TLanes.MultiplyAdd(TLanes.MultiplyAdd(own, own, TLanes.Zero), TLanes.Broadcast(weights.SquaredWeights[j]), squares);
            }

            TFloat root = TLanes.Add(TLanes.SquareRoot(squares), more);
            TFloat of = TLanes.Add(TLanes.Divide(sum, root), TLanes.Load(ref valid, p));
            TLanes.Store(sum, ref numerator, p);
            TLanes.Store(root, ref denominator, p);
            TLanes.Store(of, ref ratio, p);
            maximum = TLanes.Maximum(maximum, of);
        }

        return TLanes.MaximumOf(maximum);
    }

    /// <summary>What one mask cell, or a strip of neighbours, adds to a numerator from each cell that they may lie on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddValues(
        ReadOnlySpan<byte> codes, int cells, PrefixWeights weights, int first, int count, ReadOnlySpan<float> constants, ReadOnlySpan<float> norms, Span<float> values, int valueStride, int positions, nint ahead, int fetched)
    {
        int width = TLanes.Count;
        int cell = weights.Offsets[first];
        nint stride = (nint)cells * 4;
        ref byte code = ref Unsafe.Add(ref MemoryMarshal.GetReference(codes), cell * 4);
        ref float norm = ref Unsafe.Add(ref MemoryMarshal.GetReference(norms), cell);
        ref float constant = ref Unsafe.Add(ref MemoryMarshal.GetReference(constants), first);
        ref int weight = ref weights.Weights[first * (weights.Groups + TailGroups)];
        ref float target = ref MemoryMarshal.GetReference(values);
        int length = positions + count - 1;
        for (int i = 0, tile; i < length; i += tile * width)
        {
            ref byte from = ref Unsafe.Add(ref code, i * 4);
            ref float own = ref Unsafe.Add(ref norm, i);
            ref float to = ref Unsafe.Add(ref target, i);

            // Four vectors of cells at a time share each loaded weight, and keep the dot product unit busy: it takes new ones
            // every cycle but answers after several. A rest of one or two vectors goes by itself, and so do three mask cells,
            // of which four vectors would need more registers than there are.
            tile = count < 3 && length - i > 2 * width ? 4 : 2;
            switch (count, tile)
            {
                case (1, 4):
                    Value1x4(ref from, stride, ahead, fetched, weights, first, ref weight, ref constant, ref own, ref to);
                    break;
                case (1, 2):
                    Value1x2(ref from, stride, ahead, fetched, weights, first, ref weight, ref constant, ref own, ref to);
                    break;
                case (2, 4):
                    Value2x4(ref from, stride, ahead, fetched, weights, first, ref weight, ref constant, ref own, ref to, valueStride);
                    break;
                case (2, 2):
                    Value2x2(ref from, stride, ahead, fetched, weights, first, ref weight, ref constant, ref own, ref to, valueStride);
                    break;
                default:
                    Value3x2(ref from, stride, ahead, fetched, weights, first, ref weight, ref constant, ref own, ref to, valueStride);
                    break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Value1x4(ref byte code, nint stride, nint ahead, int fetched, PrefixWeights weights, int first, ref int weight, ref float constant, ref float norm, ref float values)
    {
        nint width = TLanes.Count;
        TInt a0 = TLanes.BroadcastInt(weights.Starts[first]), a1 = a0, a2 = a0, a3 = a0;
        Dots1x4(ref code, stride, ahead, fetched, weights.Groups, ref weight, ref a0, ref a1, ref a2, ref a3);
        TFloat xa0 = Scale(a0, weights.Scales[first], constant);
        TFloat xa1 = Scale(a1, weights.Scales[first], constant);
        TFloat xa2 = Scale(a2, weights.Scales[first], constant);
        TFloat xa3 = Scale(a3, weights.Scales[first], constant);
        a0 = a1 = a2 = a3 = TLanes.BroadcastInt(0);
        Dots1x4(ref Unsafe.Add(ref code, weights.Groups * stride), stride, ahead, 0, TailGroups, ref Unsafe.Add(ref weight, weights.Groups), ref a0, ref a1, ref a2, ref a3);
        TLanes.Store(Finish(a0, weights.TailScales[first], xa0, TLanes.Load(ref norm, 0)), ref values, 0);
        TLanes.Store(Finish(a1, weights.TailScales[first], xa1, TLanes.Load(ref norm, width)), ref values, width);
        TLanes.Store(Finish(a2, weights.TailScales[first], xa2, TLanes.Load(ref norm, 2 * width)), ref values, 2 * width);
        TLanes.Store(Finish(a3, weights.TailScales[first], xa3, TLanes.Load(ref norm, 3 * width)), ref values, 3 * width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Dots1x4(ref byte code, nint stride, nint ahead, int fetched, int groups, ref int weight, ref TInt a0, ref TInt a1, ref TInt a2, ref TInt a3)
    {
        nint bytes = 4 * TLanes.Count;
        for (int g = 0; g < groups; g++, code = ref Unsafe.Add(ref code, stride), weight = ref Unsafe.Add(ref weight, 1))
        {
            if (g < fetched)
            {
                Ahead(ref code, ahead, 4 * bytes);
            }

            TInt a = TLanes.BroadcastInt(weight);
            a0 = TCodes.DotAdd(a0, ref code, 0, a);
            a1 = TCodes.DotAdd(a1, ref code, bytes, a);
            a2 = TCodes.DotAdd(a2, ref code, 2 * bytes, a);
            a3 = TCodes.DotAdd(a3, ref code, 3 * bytes, a);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Value1x2(ref byte code, nint stride, nint ahead, int fetched, PrefixWeights weights, int first, ref int weight, ref float constant, ref float norm, ref float values)
    {
        nint width = TLanes.Count;
        TInt a0 = TLanes.BroadcastInt(weights.Starts[first]), a1 = a0;
        Dots1x2(ref code, stride, ahead, fetched, weights.Groups, ref weight, ref a0, ref a1);
        TFloat xa0 = Scale(a0, weights.Scales[first], constant);
        TFloat xa1 = Scale(a1, weights.Scales[first], constant);
        a0 = a1 = TLanes.BroadcastInt(0);
        Dots1x2(ref Unsafe.Add(ref code, weights.Groups * stride), stride, ahead, 0, TailGroups, ref Unsafe.Add(ref weight, weights.Groups), ref a0, ref a1);
        TLanes.Store(Finish(a0, weights.TailScales[first], xa0, TLanes.Load(ref norm, 0)), ref values, 0);
        TLanes.Store(Finish(a1, weights.TailScales[first], xa1, TLanes.Load(ref norm, width)), ref values, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Dots1x2(ref byte code, nint stride, nint ahead, int fetched, int groups, ref int weight, ref TInt a0, ref TInt a1)
    {
        nint bytes = 4 * TLanes.Count;
        for (int g = 0; g < groups; g++, code = ref Unsafe.Add(ref code, stride), weight = ref Unsafe.Add(ref weight, 1))
        {
            if (g < fetched)
            {
                Ahead(ref code, ahead, 2 * bytes);
            }

            TInt a = TLanes.BroadcastInt(weight);
            a0 = TCodes.DotAdd(a0, ref code, 0, a);
            a1 = TCodes.DotAdd(a1, ref code, bytes, a);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Value2x4(ref byte code, nint stride, nint ahead, int fetched, PrefixWeights weights, int first, ref int weight, ref float constant, ref float norm, ref float values, nint valueStride)
    {
        nint width = TLanes.Count;
        TInt a0 = TLanes.BroadcastInt(weights.Starts[first]), a1 = a0, a2 = a0, a3 = a0;
        TInt b0 = TLanes.BroadcastInt(weights.Starts[first + 1]), b1 = b0, b2 = b0, b3 = b0;
        Dots2x4(ref code, stride, ahead, fetched, weights.Groups, ref weight, ref a0, ref a1, ref a2, ref a3, ref b0, ref b1, ref b2, ref b3);
        TFloat xa0 = Scale(a0, weights.Scales[first], constant);
        TFloat xa1 = Scale(a1, weights.Scales[first], constant);
        TFloat xa2 = Scale(a2, weights.Scales[first], constant);
        TFloat xa3 = Scale(a3, weights.Scales[first], constant);
        TFloat xb0 = Scale(b0, weights.Scales[first + 1], Unsafe.Add(ref constant, 1));
        TFloat xb1 = Scale(b1, weights.Scales[first + 1], Unsafe.Add(ref constant, 1));
        TFloat xb2 = Scale(b2, weights.Scales[first + 1], Unsafe.Add(ref constant, 1));
        TFloat xb3 = Scale(b3, weights.Scales[first + 1], Unsafe.Add(ref constant, 1));
        a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = TLanes.BroadcastInt(0);
        Dots2x4(ref Unsafe.Add(ref code, weights.Groups * stride), stride, ahead, 0, TailGroups, ref Unsafe.Add(ref weight, 2 * weights.Groups), ref a0, ref a1, ref a2, ref a3, ref b0, ref b1, ref b2, ref b3);
        TLanes.Store(Finish(a0, weights.TailScales[first], xa0, TLanes.Load(ref norm, 0)), ref values, 0);
        TLanes.Store(Finish(a1, weights.TailScales[first], xa1, TLanes.Load(ref norm, width)), ref values, width);
        TLanes.Store(Finish(a2, weights.TailScales[first], xa2, TLanes.Load(ref norm, 2 * width)), ref values, 2 * width);
        TLanes.Store(Finish(a3, weights.TailScales[first], xa3, TLanes.Load(ref norm, 3 * width)), ref values, 3 * width);
        TLanes.Store(Finish(b0, weights.TailScales[first + 1], xb0, TLanes.Load(ref norm, 0)), ref values, valueStride);
        TLanes.Store(Finish(b1, weights.TailScales[first + 1], xb1, TLanes.Load(ref norm, width)), ref values, valueStride + width);
        TLanes.Store(Finish(b2, weights.TailScales[first + 1], xb2, TLanes.Load(ref norm, 2 * width)), ref values, valueStride + (2 * width));
        TLanes.Store(Finish(b3, weights.TailScales[first + 1], xb3, TLanes.Load(ref norm, 3 * width)), ref values, valueStride + (3 * width));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Dots2x4(ref byte code, nint stride, nint ahead, int fetched, int groups, ref int weight, ref TInt a0, ref TInt a1, ref TInt a2, ref TInt a3, ref TInt b0, ref TInt b1, ref TInt b2, ref TInt b3)
    {
        nint bytes = 4 * TLanes.Count;
        for (int g = 0; g < groups; g++, code = ref Unsafe.Add(ref code, stride), weight = ref Unsafe.Add(ref weight, 2))
        {
            if (g < fetched)
            {
                Ahead(ref code, ahead, 4 * bytes);
            }

            TInt a = TLanes.BroadcastInt(weight);
            TInt b = TLanes.BroadcastInt(Unsafe.Add(ref weight, 1));
            a0 = TCodes.DotAdd(a0, ref code, 0, a);
            b0 = TCodes.DotAdd(b0, ref code, 0, b);
            a1 = TCodes.DotAdd(a1, ref code, bytes, a);
            b1 = TCodes.DotAdd(b1, ref code, bytes, b);
            a2 = TCodes.DotAdd(a2, ref code, 2 * bytes, a);
            b2 = TCodes.DotAdd(b2, ref code, 2 * bytes, b);
            a3 = TCodes.DotAdd(a3, ref code, 3 * bytes, a);
            b3 = TCodes.DotAdd(b3, ref code, 3 * bytes, b);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Value2x2(ref byte code, nint stride, nint ahead, int fetched, PrefixWeights weights, int first, ref int weight, ref float constant, ref float norm, ref float values, nint valueStride)
    {
        nint width = TLanes.Count;
        TInt a0 = TLanes.BroadcastInt(weights.Starts[first]), a1 = a0;
        TInt b0 = TLanes.BroadcastInt(weights.Starts[first + 1]), b1 = b0;
        Dots2x2(ref code, stride, ahead, fetched, weights.Groups, ref weight, ref a0, ref a1, ref b0, ref b1);
        TFloat xa0 = Scale(a0, weights.Scales[first], constant);
        TFloat xa1 = Scale(a1, weights.Scales[first], constant);
        TFloat xb0 = Scale(b0, weights.Scales[first + 1], Unsafe.Add(ref constant, 1));
        TFloat xb1 = Scale(b1, weights.Scales[first + 1], Unsafe.Add(ref constant, 1));
        a0 = a1 = b0 = b1 = TLanes.BroadcastInt(0);
        Dots2x2(ref Unsafe.Add(ref code, weights.Groups * stride), stride, ahead, 0, TailGroups, ref Unsafe.Add(ref weight, 2 * weights.Groups), ref a0, ref a1, ref b0, ref b1);
        TLanes.Store(Finish(a0, weights.TailScales[first], xa0, TLanes.Load(ref norm, 0)), ref values, 0);
        TLanes.Store(Finish(a1, weights.TailScales[first], xa1, TLanes.Load(ref norm, width)), ref values, width);
        TLanes.Store(Finish(b0, weights.TailScales[first + 1], xb0, TLanes.Load(ref norm, 0)), ref values, valueStride);
        TLanes.Store(Finish(b1, weights.TailScales[first + 1], xb1, TLanes.Load(ref norm, width)), ref values, valueStride + width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Dots2x2(ref byte code, nint stride, nint ahead, int fetched, int groups, ref int weight, ref TInt a0, ref TInt a1, ref TInt b0, ref TInt b1)
    {
        nint bytes = 4 * TLanes.Count;
        for (int g = 0; g < groups; g++, code = ref Unsafe.Add(ref code, stride), weight = ref Unsafe.Add(ref weight, 2))
        {
            if (g < fetched)
            {
                Ahead(ref code, ahead, 2 * bytes);
            }

            TInt a = TLanes.BroadcastInt(weight);
            TInt b = TLanes.BroadcastInt(Unsafe.Add(ref weight, 1));
            a0 = TCodes.DotAdd(a0, ref code, 0, a);
            b0 = TCodes.DotAdd(b0, ref code, 0, b);
            a1 = TCodes.DotAdd(a1, ref code, bytes, a);
            b1 = TCodes.DotAdd(b1, ref code, bytes, b);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Value3x2(ref byte code, nint stride, nint ahead, int fetched, PrefixWeights weights, int first, ref int weight, ref float constant, ref float norm, ref float values, nint valueStride)
    {
        nint width = TLanes.Count;
        TInt a0 = TLanes.BroadcastInt(weights.Starts[first]), a1 = a0;
        TInt b0 = TLanes.BroadcastInt(weights.Starts[first + 1]), b1 = b0;
        TInt c0 = TLanes.BroadcastInt(weights.Starts[first + 2]), c1 = c0;
        Dots3x2(ref code, stride, ahead, fetched, weights.Groups, ref weight, ref a0, ref a1, ref b0, ref b1, ref c0, ref c1);
        TFloat xa0 = Scale(a0, weights.Scales[first], constant);
        TFloat xa1 = Scale(a1, weights.Scales[first], constant);
        TFloat xb0 = Scale(b0, weights.Scales[first + 1], Unsafe.Add(ref constant, 1));
        TFloat xb1 = Scale(b1, weights.Scales[first + 1], Unsafe.Add(ref constant, 1));
        TFloat xc0 = Scale(c0, weights.Scales[first + 2], Unsafe.Add(ref constant, 2));
        TFloat xc1 = Scale(c1, weights.Scales[first + 2], Unsafe.Add(ref constant, 2));
        a0 = a1 = b0 = b1 = c0 = c1 = TLanes.BroadcastInt(0);
        Dots3x2(ref Unsafe.Add(ref code, weights.Groups * stride), stride, ahead, 0, TailGroups, ref Unsafe.Add(ref weight, 3 * weights.Groups), ref a0, ref a1, ref b0, ref b1, ref c0, ref c1);
        TLanes.Store(Finish(a0, weights.TailScales[first], xa0, TLanes.Load(ref norm, 0)), ref values, 0);
        TLanes.Store(Finish(a1, weights.TailScales[first], xa1, TLanes.Load(ref norm, width)), ref values, width);
        TLanes.Store(Finish(b0, weights.TailScales[first + 1], xb0, TLanes.Load(ref norm, 0)), ref values, valueStride);
        TLanes.Store(Finish(b1, weights.TailScales[first + 1], xb1, TLanes.Load(ref norm, width)), ref values, valueStride + width);
        TLanes.Store(Finish(c0, weights.TailScales[first + 2], xc0, TLanes.Load(ref norm, 0)), ref values, 2 * valueStride);
        TLanes.Store(Finish(c1, weights.TailScales[first + 2], xc1, TLanes.Load(ref norm, width)), ref values, (2 * valueStride) + width);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Dots3x2(ref byte code, nint stride, nint ahead, int fetched, int groups, ref int weight, ref TInt a0, ref TInt a1, ref TInt b0, ref TInt b1, ref TInt c0, ref TInt c1)
    {
        nint bytes = 4 * TLanes.Count;
        for (int g = 0; g < groups; g++, code = ref Unsafe.Add(ref code, stride), weight = ref Unsafe.Add(ref weight, 3))
        {
            if (g < fetched)
            {
                Ahead(ref code, ahead, 2 * bytes);
            }

            TInt a = TLanes.BroadcastInt(weight);
            TInt b = TLanes.BroadcastInt(Unsafe.Add(ref weight, 1));
            TInt c = TLanes.BroadcastInt(Unsafe.Add(ref weight, 2));
            a0 = TCodes.DotAdd(a0, ref code, 0, a);
            b0 = TCodes.DotAdd(b0, ref code, 0, b);
            c0 = TCodes.DotAdd(c0, ref code, 0, c);
            a1 = TCodes.DotAdd(a1, ref code, bytes, a);
            b1 = TCodes.DotAdd(b1, ref code, bytes, b);
            c1 = TCodes.DotAdd(c1, ref code, bytes, c);
        }
    }

    /// <summary>Fetches what lies some bytes further on than vectors of codes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ahead(ref byte code, nint ahead, nint bytes)
    {
        for (nint at = 0; at < bytes; at += Prefetch.LineBytes)
        {
            Prefetch.Line(ref code, ahead + at);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloat Scale(TInt sum, float scale, float constant) =>
        TLanes.MultiplyAdd(TLanes.ToFloat(sum), TLanes.Broadcast(scale), TLanes.Broadcast(constant));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloat Finish(TInt tail, float tailScale, TFloat value, TFloat norm) =>
        TLanes.MultiplyAdd(norm, TLanes.MultiplyAdd(TLanes.ToFloat(tail), TLanes.Broadcast(tailScale), value), TLanes.Zero);
}
