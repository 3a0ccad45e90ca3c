using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Search.Index;

/// <summary>Bounds the windows of one panel of images after another. Holds one thread's buffers, so that nothing is allocated a panel.</summary>
internal sealed class BoundScorer
{
    /// <summary>Windows that are written down at once, whether so many are left or not.</summary>
    private const int CollectedTogether = 8;

    /// <summary>How far behind the windows that are written down memory is asked for those to come.</summary>
    private const int AheadBytes = 4096;

    private readonly FeatureIndex _index;
    private readonly BoundPlan _plan;
    private readonly AlignedArray<float> _numerators;
    private readonly AlignedArray<float> _inverses;
    private readonly ulong[] _left;
    private readonly float[] _best = new float[PrefixPanel.Images];

    public BoundScorer(FeatureIndex index, BoundPlan plan)
    {
        _index = index;
        _plan = plan;
        _numerators = new AlignedArray<float>(plan.Windows);
        _inverses = new AlignedArray<float>(plan.Prefix.Cells * PrefixPanel.Images);
        _left = new ulong[plan.Prefix.Corners.Length];
    }

    /// <summary>Room that <see cref="Collect"/> needs: all windows of a panel, and a few that are written down for nothing.</summary>
    public int RoomToCollect => _plan.Windows + CollectedTogether;

    /// <summary>Bounds all windows of a panel's images by their prefix.</summary>
    /// <param name="panel">The panel; of images that are not <see cref="ImageStatus.Bounded"/> the bounds say nothing.</param>
    /// <param name="floors">The ratio below which windows of an image are not collected; plus infinity for none of its windows.</param>
    /// <returns>The largest ratio of any window of each image, until the next call: see <see cref="BoundPlan.Bound(float)"/>.</returns>
    public ReadOnlySpan<float> Score(long panel, ReadOnlySpan<float> floors)
    {
        _plan.Kernels.BoundPanel(_index.Panel(panel), _plan.Prefix, floors, _numerators.Span, _inverses.Span, _left, _best);
        return _best;
    }

    /// <summary>Writes down the windows of the last panel whose ratio is not below its image's floor.</summary>
    /// <param name="firstImage">The panel's first image.</param>
    /// <param name="target">Room for them: <see cref="RoomToCollect"/>. What lies behind them is overwritten.</param>
    /// <returns>How many there are.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Collect(int firstImage, Span<WindowBound> target)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(target.Length, RoomToCollect);
        if (!_left.AsSpan().ContainsAnyExcept(0UL))
        {
            return 0;
        }

        int[] corners = _plan.Prefix.Corners;
        ref float numerator = ref MemoryMarshal.GetReference(_numerators.Span);
        ref float inverse = ref MemoryMarshal.GetReference(_inverses.Span);
        ref WindowBound start = ref MemoryMarshal.GetReference(target);
        int count = 0;
        for (int placement = 0; placement < corners.Length; placement++)
        {
            ulong left = _left[placement];
            int end = count + BitOperations.PopCount(left);
            Prefetch.Line(ref Unsafe.As<WindowBound, byte>(ref start), (count * Unsafe.SizeOf<WindowBound>()) + AheadBytes);

            // How many are left is as good as random, so a loop that ended with the last would be guessed wrongly each time.
            do
            {
                ref WindowBound own = ref Unsafe.Add(ref start, count);
                for (int i = 0; i < CollectedTogether; i++)
                {
                    int lane = BitOperations.TrailingZeroCount(left) & (PrefixPanel.Images - 1);
                    own = new WindowBound(firstImage + lane, corners[placement], Unsafe.Add(ref numerator, lane), Unsafe.Add(ref inverse, lane));
                    own = ref Unsafe.Add(ref own, 1);
                    left &= left - 1;
                }

                count += CollectedTogether;
            }
            while (count < end);

            count = end;
            numerator = ref Unsafe.Add(ref numerator, PrefixPanel.Images);
            inverse = ref Unsafe.Add(ref inverse, PrefixPanel.Images);
        }

        return count;
    }

    /// <summary>Makes the bounds of windows tighter by all of a refinement.</summary>
    /// <param name="firstImage">The first image of the unit that all of them are of.</param>
    /// <param name="windows">The windows.</param>
    /// <param name="refinement">The refinement.</param>
    public void Refine(int firstImage, Span<WindowBound> windows, int refinement) =>
        Refine(firstImage, windows, refinement, PackStep.All(_plan.Scan.Offsets.Length));

    /// <summary>Makes the bounds of windows tighter by a step of a refinement.</summary>
    /// <param name="firstImage">The first image of the unit that all of them are of.</param>
    /// <param name="windows">The windows.</param>
    /// <param name="refinement">The refinement.</param>
    /// <param name="step">One of its steps.</param>
    public void Refine(int firstImage, Span<WindowBound> windows, int refinement, PackStep step)
    {
        IndexLayout layout = _index.Layout;
        _plan.Kernels.AddPacks(
            _index.Records(refinement, firstImage), layout.RecordBytes[refinement], layout.CellBytes[refinement], _plan.Packs[refinement], step, _plan.Scan.Offsets, firstImage, windows);
    }
}
