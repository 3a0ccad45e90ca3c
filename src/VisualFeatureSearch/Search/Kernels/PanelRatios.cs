using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VisualFeatureSearch.Search.Kernels;

/// <summary>
/// The second half of bounding a panel: from the numerators of its windows and the norms of its cells to ratios. It works on
/// float32 alone, so its vectors may be wider than those of the codes.
/// </summary>
internal static class PanelRatios
{
    /// <summary>Computes the ratios of all windows, and each image's best.</summary>
    /// <typeparam name="TVector">A vector of float32.</typeparam>
    /// <typeparam name="TLanes">Its operations.</typeparam>
    /// <param name="panel">The panel: see <see cref="PrefixPanel"/>.</param>
    /// <param name="weights">The region's weights.</param>
    /// <param name="floors">The floor of each image's ratios.</param>
    /// <param name="numerators">The numerators, <c>[placements, images]</c>.</param>
    /// <param name="inverses">Becomes the inverses of the denominators, <c>[placements, images]</c>; has room for <c>[cells, images]</c>.</param>
    /// <param name="left">Becomes a bit for each image whose ratio is not below its floor, <c>[placements]</c>.</param>
    /// <param name="best">Becomes the largest ratio of each image.</param>
    /// <param name="ahead">
    /// How far behind the start of the panel memory has been asked for. The rest, up to <see cref="PrefixPanel.AheadBytes"/> into the next
    /// panel, is asked for here, bit by bit. In the sample, and at the end of what a worker takes together, that is for nothing, and costs
    /// nothing but bandwidth.
    /// </param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Compute<TVector, TLanes>(
        ReadOnlySpan<byte> panel,
        PrefixWeights weights,
        ReadOnlySpan<float> floors,
        ReadOnlySpan<float> numerators,
        Span<float> inverses,
        Span<ulong> left,
        Span<float> best,
        nint ahead)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        ref float squares = ref MemoryMarshal.GetReference(inverses[..(weights.Cells * PrefixPanel.Images)]);
        ref float numerator = ref MemoryMarshal.GetReference(numerators[..(weights.Corners.Length * PrefixPanel.Images)]);
        ref float floor = ref MemoryMarshal.GetReference(floors[..PrefixPanel.Images]);
        panel = panel[..PrefixPanel.Bytes(weights.Cells, weights.FineGroups, weights.CoarseGroups)];
        best = best[..PrefixPanel.Images];
        left = left[..weights.Corners.Length];
        left.Clear();
        Square<TVector, TLanes>(ref MemoryMarshal.GetReference(panel), weights, ref squares);
        BoundedRoot root = weights.Root;
        nint width = TLanes.Count;
        ref byte start = ref MemoryMarshal.GetReference(panel);
        nint share = (Math.Max(panel.Length + PrefixPanel.AheadBytes - ahead, 0) / (weights.Corners.Length * (PrefixPanel.Images / (4 * width)))) + 1;
        nint asked = ahead;
        for (nint lane = 0; lane < PrefixPanel.Images; lane += 4 * width)
        {
            TVector best0 = TLanes.Broadcast(float.NegativeInfinity), best1 = best0, best2 = best0, best3 = best0;
            TVector floor0 = TLanes.Load(ref floor, lane), floor1 = TLanes.Load(ref floor, lane + width);
            TVector floor2 = TLanes.Load(ref floor, lane + (2 * width)), floor3 = TLanes.Load(ref floor, lane + (3 * width));
            nint at = lane;
            ref ulong own = ref MemoryMarshal.GetReference(left);
            foreach (int corner in weights.Corners)
            {
                for (ahead += share; asked < ahead; asked += Prefetch.LineBytes)
                {
                    Prefetch.FarLine(ref start, asked);
                }

                // A placement's number is never larger than its corner, so that its inverses replace squares of no later one.
                (TVector sum0, TVector sum1, TVector sum2, TVector sum3) = Sum<TVector, TLanes>(ref Unsafe.Add(ref squares, ((nint)corner * PrefixPanel.Images) + lane), weights);
                TVector ratio0 = Divide<TVector, TLanes>(sum0, in root, ref numerator, ref squares, at);
                TVector ratio1 = Divide<TVector, TLanes>(sum1, in root, ref numerator, ref squares, at + width);
                TVector ratio2 = Divide<TVector, TLanes>(sum2, in root, ref numerator, ref squares, at + (2 * width));
                TVector ratio3 = Divide<TVector, TLanes>(sum3, in root, ref numerator, ref squares, at + (3 * width));
                (best0, best1) = (TLanes.Maximum(best0, ratio0), TLanes.Maximum(best1, ratio1));
                (best2, best3) = (TLanes.Maximum(best2, ratio2), TLanes.Maximum(best3, ratio3));
                ulong bits = TLanes.NotBelow(ratio0, floor0) | ((ulong)TLanes.NotBelow(ratio1, floor1) << TLanes.Count)
                    | ((ulong)TLanes.NotBelow(ratio2, floor2) << (2 * TLanes.Count)) | ((ulong)TLanes.NotBelow(ratio3, floor3) << (3 * TLanes.Count));
                own |= bits << (int)lane;
                own = ref Unsafe.Add(ref own, 1);
                at += PrefixPanel.Images;
            }

            ref float target = ref Unsafe.Add(ref MemoryMarshal.GetReference(best), lane);
            TLanes.Store(best0, ref target, 0);
            TLanes.Store(best1, ref target, width);
            TLanes.Store(best2, ref target, 2 * width);
            TLanes.Store(best3, ref target, 3 * width);
        }
    }

    /// <summary>The squared norms of all cells.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Square<TVector, TLanes>(ref byte panel, PrefixWeights weights, ref float squares)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        int lines = PrefixPanel.CellLines(weights.FineGroups, weights.CoarseGroups);
        for (int cell = 0; cell < weights.Cells; cell++)
        {
            ref float norms = ref Unsafe.As<byte, float>(ref Unsafe.Add(ref panel, PrefixPanel.LineOf(cell, 0, lines)));
            ref float own = ref Unsafe.Add(ref squares, cell * PrefixPanel.Images);
            for (nint lane = 0; lane < PrefixPanel.Images; lane += TLanes.Count)
            {
                TVector norm = TLanes.Load(ref norms, lane);
                TLanes.Store(TLanes.Multiply(norm, norm), ref own, lane);
            }
        }
    }

    /// <summary>Σ m² * norm² of the window of four vectors of images.</summary>
    /// <param name="squares">The squared norm of the cell at the window's corner.</param>
    /// <param name="weights">The region's weights.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TVector Sum0, TVector Sum1, TVector Sum2, TVector Sum3) Sum<TVector, TLanes>(ref float squares, PrefixWeights weights)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        ref float weight = ref MemoryMarshal.GetArrayDataReference(weights.SquaredWeights);
        nint width = TLanes.Count;
        TVector sum0 = TLanes.Zero, sum1 = TLanes.Zero, sum2 = TLanes.Zero, sum3 = TLanes.Zero;
        foreach (int offset in weights.Offsets)
        {
            ref float own = ref Unsafe.Add(ref squares, (nint)offset * PrefixPanel.Images);
            TVector m = TLanes.Broadcast(weight);
            weight = ref Unsafe.Add(ref weight, 1);
            sum0 = TLanes.MultiplyAdd(m, TLanes.Load(ref own, 0), sum0);
            sum1 = TLanes.MultiplyAdd(m, TLanes.Load(ref own, width), sum1);
            sum2 = TLanes.MultiplyAdd(m, TLanes.Load(ref own, 2 * width), sum2);
            sum3 = TLanes.MultiplyAdd(m, TLanes.Load(ref own, 3 * width), sum3);
        }

        return (sum0, sum1, sum2, sum3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Divide<TVector, TLanes>(TVector sum, in BoundedRoot root, ref float numerators, ref float inverses, nint at)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        TVector inverse = TLanes.Multiply(
            TLanes.InverseRoot(TLanes.MultiplyAdd(sum, TLanes.Broadcast(root.Slope), TLanes.Broadcast(root.Floor))), TLanes.Broadcast(root.Factor));
        TLanes.Store(inverse, ref inverses, at);
        return TLanes.Multiply(TLanes.Load(ref numerators, at), inverse);
    }
}
