using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace VisualFeatureSearch.Search.Kernels;

/// <content>
/// Bounds of all windows of a panel. Cell by cell, from the front of the panel to its end, what each mask cell that may lie on
/// the cell adds is added to the numerator of the window that they belong to: so a panel comes from memory once, in the order
/// in which it lies there. Four vectors of images and up to three mask cells are computed together, so that codes are
/// unpacked once for three mask cells, weights are loaded once for four vectors, and the dot product unit, which takes new
/// ones every cycle but answers after several, always has independent sums to work on.
/// </content>
internal sealed partial class VectorCodeKernels<TInt, TCodes, TFloat, TLanes>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void BoundPanel(
        ReadOnlySpan<byte> panel, PrefixWeights weights, ReadOnlySpan<float> floors, Span<float> numerators, Span<float> inverses, Span<ulong> left, Span<float> best)
    {
        int lines = PrefixPanel.CellLines(weights.FineGroups, weights.CoarseGroups);
        ref byte start = ref MemoryMarshal.GetReference(panel);
        ref float numerator = ref MemoryMarshal.GetReference(numerators);
        numerators[..(weights.Corners.Length * PrefixPanel.Images)].Clear();
        int[] firstPairs = weights.FirstPairs;
        PanelPace pace = weights.Pace;
        nint ahead = PrefixPanel.AheadBytes;
        for (int cell = 0; cell < weights.Cells; cell++)
        {
            int end = firstPairs[cell + 1];
            for (int lane = 0; lane < PrefixPanel.Images; lane += 4 * TLanes.Count)
            {
                ref float error = ref Unsafe.Add(ref Unsafe.As<byte, float>(ref start), lane);
                nint at = PrefixPanel.LineOf(cell, 0, lines) + (lane * 4);
                ahead = Math.Max(ahead, at + PrefixPanel.LeastAheadBytes);
                ref byte column = ref Unsafe.Add(ref start, at);
                ref float target = ref Unsafe.Add(ref numerator, lane);
                int together;
                for (int pair = firstPairs[cell]; pair < end; pair += together)
                {
                    together = PanelPace.Together(end - pair);
                    switch (together)
                    {
                        case 3:
                            AddThree(weights, pair, ref column, ref error, ref target, ahead - at);
                            ahead += Stride(pace.Three) * lines;
                            break;
                        case 2:
                            AddTwo(weights, pair, ref column, ref error, ref target, ahead - at);
                            ahead += Stride(pace.Two) * lines;
                            break;
                        default:
                            AddOne(weights, pair, ref column, ref error, ref target, ahead - at);
                            ahead += Stride(pace.One) * lines;
                            break;
                    }
                }
            }
        }

        if (Vector512.IsHardwareAccelerated)
        {
            PanelRatios.Compute<Vector512<float>, Lanes512>(panel, weights, floors, numerators, inverses, left, best, ahead);
        }
        else
        {
            PanelRatios.Compute<TFloat, TLanes>(panel, weights, floors, numerators, inverses, left, best, ahead);
        }
    }

    /// <summary>Three mask cells on four vectors of images: as many sums as there are registers for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddThree(PrefixWeights weights, int pair, ref byte column, ref float error, ref float target, nint ahead)
    {
        ref int cells = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(weights.PairCells), pair);
        ref int wa = ref WeightsOf(weights, cells);
        ref PrefixTerms ta = ref TermsOf(weights, cells);
        ref int wb = ref WeightsOf(weights, Unsafe.Add(ref cells, 1));
        ref PrefixTerms tb = ref TermsOf(weights, Unsafe.Add(ref cells, 1));
        ref int wc = ref WeightsOf(weights, Unsafe.Add(ref cells, 2));
        ref PrefixTerms tc = ref TermsOf(weights, Unsafe.Add(ref cells, 2));
        nint width = 4 * TLanes.Count, stride = Stride(weights.Pace.Three);
        nint i = 0, at = PrefixPanel.LineBytes;
        TInt a0 = TLanes.BroadcastInt(ta.Start), a1 = a0, a2 = a0, a3 = a0;
        TInt b0 = TLanes.BroadcastInt(tb.Start), b1 = b0, b2 = b0, b3 = b0;
        TInt c0 = TLanes.BroadcastInt(tc.Start), c1 = c0, c2 = c0, c3 = c0;
        for (nint end = weights.FineGroups; i < end; i++, at += PrefixPanel.LineBytes, ahead += stride)
        {
            Ahead(ref column, ahead, stride);
            TInt w = Weight(ref wa, i), v = Weight(ref wb, i), u = Weight(ref wc, i);
            TInt x = TLanes.LoadFours(ref column, at);
            (a0, b0, c0) = (TCodes.DotAdd(a0, x, w), TCodes.DotAdd(b0, x, v), TCodes.DotAdd(c0, x, u));
            x = TLanes.LoadFours(ref column, at + width);
            (a1, b1, c1) = (TCodes.DotAdd(a1, x, w), TCodes.DotAdd(b1, x, v), TCodes.DotAdd(c1, x, u));
            x = TLanes.LoadFours(ref column, at + (2 * width));
            (a2, b2, c2) = (TCodes.DotAdd(a2, x, w), TCodes.DotAdd(b2, x, v), TCodes.DotAdd(c2, x, u));
            x = TLanes.LoadFours(ref column, at + (3 * width));
            (a3, b3, c3) = (TCodes.DotAdd(a3, x, w), TCodes.DotAdd(b3, x, v), TCodes.DotAdd(c3, x, u));
        }

        for (nint end = i + (2 * weights.CoarseGroups); i < end; i += 2, at += PrefixPanel.LineBytes, ahead += stride)
        {
            Ahead(ref column, ahead, stride);
            TInt w = Weight(ref wa, i), wHigh = Weight(ref wa, i + 1), v = Weight(ref wb, i), vHigh = Weight(ref wb, i + 1), u = Weight(ref wc, i), uHigh = Weight(ref wc, i + 1);
            (TInt x, TInt xHigh) = TLanes.Halves(TLanes.LoadFours(ref column, at));
            (a0, b0, c0) = (TCodes.DotAddHalves(a0, x, xHigh, w, wHigh), TCodes.DotAddHalves(b0, x, xHigh, v, vHigh), TCodes.DotAddHalves(c0, x, xHigh, u, uHigh));
            (x, xHigh) = TLanes.Halves(TLanes.LoadFours(ref column, at + width));
            (a1, b1, c1) = (TCodes.DotAddHalves(a1, x, xHigh, w, wHigh), TCodes.DotAddHalves(b1, x, xHigh, v, vHigh), TCodes.DotAddHalves(c1, x, xHigh, u, uHigh));
            (x, xHigh) = TLanes.Halves(TLanes.LoadFours(ref column, at + (2 * width)));
            (a2, b2, c2) = (TCodes.DotAddHalves(a2, x, xHigh, w, wHigh), TCodes.DotAddHalves(b2, x, xHigh, v, vHigh), TCodes.DotAddHalves(c2, x, xHigh, u, uHigh));
            (x, xHigh) = TLanes.Halves(TLanes.LoadFours(ref column, at + (3 * width)));
            (a3, b3, c3) = (TCodes.DotAddHalves(a3, x, xHigh, w, wHigh), TCodes.DotAddHalves(b3, x, xHigh, v, vHigh), TCodes.DotAddHalves(c3, x, xHigh, u, uHigh));
        }

        TFloat va0 = Begin(a0, in ta, ref error, 0), va1 = Begin(a1, in ta, ref error, TLanes.Count);
        TFloat va2 = Begin(a2, in ta, ref error, 2 * TLanes.Count), va3 = Begin(a3, in ta, ref error, 3 * TLanes.Count);
        TFloat vb0 = Begin(b0, in tb, ref error, 0), vb1 = Begin(b1, in tb, ref error, TLanes.Count);
        TFloat vb2 = Begin(b2, in tb, ref error, 2 * TLanes.Count), vb3 = Begin(b3, in tb, ref error, 3 * TLanes.Count);
        TFloat vc0 = Begin(c0, in tc, ref error, 0), vc1 = Begin(c1, in tc, ref error, TLanes.Count);
        TFloat vc2 = Begin(c2, in tc, ref error, 2 * TLanes.Count), vc3 = Begin(c3, in tc, ref error, 3 * TLanes.Count);
        a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = c0 = c1 = c2 = c3 = TLanes.BroadcastInt(0);
        for (nint end = i + TailGroups; i < end; i++, at += PrefixPanel.LineBytes, ahead += stride)
        {
            Ahead(ref column, ahead, stride);
            TInt w = Weight(ref wa, i), v = Weight(ref wb, i), u = Weight(ref wc, i);
            TInt x = TLanes.LoadFours(ref column, at);
            (a0, b0, c0) = (TCodes.DotAdd(a0, x, w), TCodes.DotAdd(b0, x, v), TCodes.DotAdd(c0, x, u));
            x = TLanes.LoadFours(ref column, at + width);
            (a1, b1, c1) = (TCodes.DotAdd(a1, x, w), TCodes.DotAdd(b1, x, v), TCodes.DotAdd(c1, x, u));
            x = TLanes.LoadFours(ref column, at + (2 * width));
            (a2, b2, c2) = (TCodes.DotAdd(a2, x, w), TCodes.DotAdd(b2, x, v), TCodes.DotAdd(c2, x, u));
            x = TLanes.LoadFours(ref column, at + (3 * width));
            (a3, b3, c3) = (TCodes.DotAdd(a3, x, w), TCodes.DotAdd(b3, x, v), TCodes.DotAdd(c3, x, u));
        }

        Ahead(ref column, ahead, stride);
        ref int placements = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(weights.PairPlacements), pair);
        ref float own = ref Unsafe.Add(ref target, placements * PrefixPanel.Images);
        Add(Scaled(a0, ta.TailScale, va0), ref column, ref own, 0);
        Add(Scaled(a1, ta.TailScale, va1), ref column, ref own, TLanes.Count);
        Add(Scaled(a2, ta.TailScale, va2), ref column, ref own, 2 * TLanes.Count);
        Add(Scaled(a3, ta.TailScale, va3), ref column, ref own, 3 * TLanes.Count);
        own = ref Unsafe.Add(ref target, Unsafe.Add(ref placements, 1) * PrefixPanel.Images);
        Add(Scaled(b0, tb.TailScale, vb0), ref column, ref own, 0);
        Add(Scaled(b1, tb.TailScale, vb1), ref column, ref own, TLanes.Count);
        Add(Scaled(b2, tb.TailScale, vb2), ref column, ref own, 2 * TLanes.Count);
        Add(Scaled(b3, tb.TailScale, vb3), ref column, ref own, 3 * TLanes.Count);
        own = ref Unsafe.Add(ref target, Unsafe.Add(ref placements, 2) * PrefixPanel.Images);
        Add(Scaled(c0, tc.TailScale, vc0), ref column, ref own, 0);
        Add(Scaled(c1, tc.TailScale, vc1), ref column, ref own, TLanes.Count);
        Add(Scaled(c2, tc.TailScale, vc2), ref column, ref own, 2 * TLanes.Count);
        Add(Scaled(c3, tc.TailScale, vc3), ref column, ref own, 3 * TLanes.Count);
    }

    /// <summary>Two mask cells on four vectors of images.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddTwo(PrefixWeights weights, int pair, ref byte column, ref float error, ref float target, nint ahead)
    {
        ref int cells = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(weights.PairCells), pair);
        ref int wa = ref WeightsOf(weights, cells);
        ref PrefixTerms ta = ref TermsOf(weights, cells);
        ref int wb = ref WeightsOf(weights, Unsafe.Add(ref cells, 1));
        ref PrefixTerms tb = ref TermsOf(weights, Unsafe.Add(ref cells, 1));
        nint width = 4 * TLanes.Count, stride = Stride(weights.Pace.Two);
        nint i = 0, at = PrefixPanel.LineBytes;
        TInt a0 = TLanes.BroadcastInt(ta.Start), a1 = a0, a2 = a0, a3 = a0;
        TInt b0 = TLanes.BroadcastInt(tb.Start), b1 = b0, b2 = b0, b3 = b0;
        for (nint end = weights.FineGroups; i < end; i++, at += PrefixPanel.LineBytes, ahead += stride)
        {
            Ahead(ref column, ahead, stride);
            TInt w = Weight(ref wa, i), v = Weight(ref wb, i);
            TInt x = TLanes.LoadFours(ref column, at);
            (a0, b0) = (TCodes.DotAdd(a0, x, w), TCodes.DotAdd(b0, x, v));
            x = TLanes.LoadFours(ref column, at + width);
            (a1, b1) = (TCodes.DotAdd(a1, x, w), TCodes.DotAdd(b1, x, v));
            x = TLanes.LoadFours(ref column, at + (2 * width));
            (a2, b2) = (TCodes.DotAdd(a2, x, w), TCodes.DotAdd(b2, x, v));
            x = TLanes.LoadFours(ref column, at + (3 * width));
            (a3, b3) = (TCodes.DotAdd(a3, x, w), TCodes.DotAdd(b3, x, v));
        }

        for (nint end = i + (2 * weights.CoarseGroups); i < end; i += 2, at += PrefixPanel.LineBytes, ahead += stride)
        {
            Ahead(ref column, ahead, stride);
            TInt w = Weight(ref wa, i), wHigh = Weight(ref wa, i + 1), v = Weight(ref wb, i), vHigh = Weight(ref wb, i + 1);
            (TInt x, TInt xHigh) = TLanes.Halves(TLanes.LoadFours(ref column, at));
            (a0, b0) = (TCodes.DotAddHalves(a0, x, xHigh, w, wHigh), TCodes.DotAddHalves(b0, x, xHigh, v, vHigh));
            (x, xHigh) = TLanes.Halves(TLanes.LoadFours(ref column, at + width));
            (a1, b1) = (TCodes.DotAddHalves(a1, x, xHigh, w, wHigh), TCodes.DotAddHalves(b1, x, xHigh, v, vHigh));
            (x, xHigh) = TLanes.Halves(TLanes.LoadFours(ref column, at + (2 * width)));
            (a2, b2) = (TCodes.DotAddHalves(a2, x, xHigh, w, wHigh), TCodes.DotAddHalves(b2, x, xHigh, v, vHigh));
            (x, xHigh) = TLanes.Halves(TLanes.LoadFours(ref column, at + (3 * width)));
            (a3, b3) = (TCodes.DotAddHalves(a3, x, xHigh, w, wHigh), TCodes.DotAddHalves(b3, x, xHigh, v, vHigh));
        }

        TFloat va0 = Begin(a0, in ta, ref error, 0), va1 = Begin(a1, in ta, ref error, TLanes.Count);
        TFloat va2 = Begin(a2, in ta, ref error, 2 * TLanes.Count), va3 = Begin(a3, in ta, ref error, 3 * TLanes.Count);
        TFloat vb0 = Begin(b0, in tb, ref error, 0), vb1 = Begin(b1, in tb, ref error, TLanes.Count);
        TFloat vb2 = Begin(b2, in tb, ref error, 2 * TLanes.Count), vb3 = Begin(b3, in tb, ref error, 3 * TLanes.Count);
        a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = TLanes.BroadcastInt(0);
        for (nint end = i + TailGroups; i < end; i++, at += PrefixPanel.LineBytes, ahead += stride)
        {
            Ahead(ref column, ahead, stride);
            TInt w = Weight(ref wa, i), v = Weight(ref wb, i);
            TInt x = TLanes.LoadFours(ref column, at);
            (a0, b0) = (TCodes.DotAdd(a0, x, w), TCodes.DotAdd(b0, x, v));
            x = TLanes.LoadFours(ref column, at + width);
            (a1, b1) = (TCodes.DotAdd(a1, x, w), TCodes.DotAdd(b1, x, v));
            x = TLanes.LoadFours(ref column, at + (2 * width));
            (a2, b2) = (TCodes.DotAdd(a2, x, w), TCodes.DotAdd(b2, x, v));
            x = TLanes.LoadFours(ref column, at + (3 * width));
            (a3, b3) = (TCodes.DotAdd(a3, x, w), TCodes.DotAdd(b3, x, v));
        }

        Ahead(ref column, ahead, stride);
        ref int placements = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(weights.PairPlacements), pair);
        ref float own = ref Unsafe.Add(ref target, placements * PrefixPanel.Images);
        Add(Scaled(a0, ta.TailScale, va0), ref column, ref own, 0);
        Add(Scaled(a1, ta.TailScale, va1), ref column, ref own, TLanes.Count);
        Add(Scaled(a2, ta.TailScale, va2), ref column, ref own, 2 * TLanes.Count);
        Add(Scaled(a3, ta.TailScale, va3), ref column, ref own, 3 * TLanes.Count);
        own = ref Unsafe.Add(ref target, Unsafe.Add(ref placements, 1) * PrefixPanel.Images);
        Add(Scaled(b0, tb.TailScale, vb0), ref column, ref own, 0);
        Add(Scaled(b1, tb.TailScale, vb1), ref column, ref own, TLanes.Count);
        Add(Scaled(b2, tb.TailScale, vb2), ref column, ref own, 2 * TLanes.Count);
        Add(Scaled(b3, tb.TailScale, vb3), ref column, ref own, 3 * TLanes.Count);
    }

    /// <summary>One mask cell on four vectors of images.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddOne(PrefixWeights weights, int pair, ref byte column, ref float error, ref float target, nint ahead)
    {
        int cell = Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(weights.PairCells), pair);
        ref int wa = ref WeightsOf(weights, cell);
        ref PrefixTerms terms = ref TermsOf(weights, cell);
        nint width = 4 * TLanes.Count, stride = Stride(weights.Pace.One);
        nint i = 0, at = PrefixPanel.LineBytes;
        TInt a0 = TLanes.BroadcastInt(terms.Start), a1 = a0, a2 = a0, a3 = a0;
        for (nint end = weights.FineGroups; i < end; i++, at += PrefixPanel.LineBytes, ahead += stride)
        {
            Ahead(ref column, ahead, stride);
            TInt w = Weight(ref wa, i);
            a0 = TCodes.DotAdd(a0, TLanes.LoadFours(ref column, at), w);
            a1 = TCodes.DotAdd(a1, TLanes.LoadFours(ref column, at + width), w);
            a2 = TCodes.DotAdd(a2, TLanes.LoadFours(ref column, at + (2 * width)), w);
            a3 = TCodes.DotAdd(a3, TLanes.LoadFours(ref column, at + (3 * width)), w);
        }

        for (nint end = i + (2 * weights.CoarseGroups); i < end; i += 2, at += PrefixPanel.LineBytes, ahead += stride)
        {
            Ahead(ref column, ahead, stride);
            TInt w = Weight(ref wa, i), wHigh = Weight(ref wa, i + 1);
            (TInt x, TInt xHigh) = TLanes.Halves(TLanes.LoadFours(ref column, at));
            a0 = TCodes.DotAddHalves(a0, x, xHigh, w, wHigh);
            (x, xHigh) = TLanes.Halves(TLanes.LoadFours(ref column, at + width));
            a1 = TCodes.DotAddHalves(a1, x, xHigh, w, wHigh);
            (x, xHigh) = TLanes.Halves(TLanes.LoadFours(ref column, at + (2 * width)));
            a2 = TCodes.DotAddHalves(a2, x, xHigh, w, wHigh);
            (x, xHigh) = TLanes.Halves(TLanes.LoadFours(ref column, at + (3 * width)));
            a3 = TCodes.DotAddHalves(a3, x, xHigh, w, wHigh);
        }

        TFloat v0 = Begin(a0, in terms, ref error, 0), v1 = Begin(a1, in terms, ref error, TLanes.Count);
        TFloat v2 = Begin(a2, in terms, ref error, 2 * TLanes.Count), v3 = Begin(a3, in terms, ref error, 3 * TLanes.Count);
        a0 = a1 = a2 = a3 = TLanes.BroadcastInt(0);
        for (nint end = i + TailGroups; i < end; i++, at += PrefixPanel.LineBytes, ahead += stride)
        {
            Ahead(ref column, ahead, stride);
            TInt w = Weight(ref wa, i);
            a0 = TCodes.DotAdd(a0, TLanes.LoadFours(ref column, at), w);
            a1 = TCodes.DotAdd(a1, TLanes.LoadFours(ref column, at + width), w);
            a2 = TCodes.DotAdd(a2, TLanes.LoadFours(ref column, at + (2 * width)), w);
            a3 = TCodes.DotAdd(a3, TLanes.LoadFours(ref column, at + (3 * width)), w);
        }

        Ahead(ref column, ahead, stride);
        ref float own = ref Unsafe.Add(ref target, weights.PairPlacements[pair] * PrefixPanel.Images);
        Add(Scaled(a0, terms.TailScale, v0), ref column, ref own, 0);
        Add(Scaled(a1, terms.TailScale, v1), ref column, ref own, TLanes.Count);
        Add(Scaled(a2, terms.TailScale, v2), ref column, ref own, 2 * TLanes.Count);
        Add(Scaled(a3, terms.TailScale, v3), ref column, ref own, 3 * TLanes.Count);
    }

    /// <summary>What four vectors ask for at a line, of what a line of all images asks for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint Stride(int pace) => pace * TLanes.Count / (PrefixPanel.Images / 4);

    /// <summary>Asks for some bytes that will be needed later: at most as many as four vectors take, which are one, two or four lines of the cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ahead(ref byte column, nint ahead, nint bytes)
    {
        Prefetch.FarLine(ref column, ahead);
        if (TLanes.Count > 4)
        {
            Prefetch.FarLine(ref column, ahead + (bytes >> 1));
        }

        if (TLanes.Count > 8)
        {
            Prefetch.FarLine(ref column, ahead + (bytes >> 2));
            Prefetch.FarLine(ref column, ahead + (bytes >> 1) + (bytes >> 2));
        }
    }

    /// <summary>A cell's norms are in its first line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloat Norm(ref byte column, nint lane) => TLanes.Load(ref Unsafe.As<byte, float>(ref column), lane);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref int WeightsOf(PrefixWeights weights, int cell) =>
        ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(weights.Weights), cell * weights.Stride);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref PrefixTerms TermsOf(PrefixWeights weights, int cell) =>
        ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(weights.Terms), cell);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TInt Weight(ref int weights, nint at) => TLanes.BroadcastInt(Unsafe.Add(ref weights, at));

    /// <summary>scale * sum + constant + error * the images' errors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloat Begin(TInt sum, in PrefixTerms terms, ref float error, nint lane) => Scaled(
        sum, terms.Scale, TLanes.MultiplyAdd(TLanes.Load(ref error, lane), TLanes.Broadcast(terms.Error), TLanes.Broadcast(terms.Constant)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TFloat Scaled(TInt sum, float scale, TFloat addend) => TLanes.MultiplyAdd(TLanes.ToFloat(sum), TLanes.Broadcast(scale), addend);

    /// <summary>Adds norm * value to numerators.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(TFloat value, ref byte column, ref float numerators, nint lane) =>
        TLanes.Store(TLanes.MultiplyAdd(Norm(ref column, lane), value, TLanes.Load(ref numerators, lane)), ref numerators, lane);
}
