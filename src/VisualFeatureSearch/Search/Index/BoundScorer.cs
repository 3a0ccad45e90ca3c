using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Search.Index;

/// <summary>Bounds the windows of one panel of images after another. Holds one thread's buffers, so that nothing is allocated a panel.</summary>
internal sealed class BoundScorer
{
    private readonly FeatureIndex _index;
    private readonly BoundPlan _plan;
    private readonly AlignedArray<float> _numerators;
    private readonly AlignedArray<float> _inverses;
    private readonly AlignedArray<float> _ratios;
    private readonly float[] _best = new float[PrefixPanel.Images];

    public BoundScorer(FeatureIndex index, BoundPlan plan)
    {
        _index = index;
        _plan = plan;
        _numerators = new AlignedArray<float>(plan.Windows);
        _inverses = new AlignedArray<float>(plan.Prefix.Cells * PrefixPanel.Images);
        _ratios = new AlignedArray<float>(plan.Windows);
    }

    /// <summary>Bounds all windows of a panel's images by their prefix.</summary>
    /// <param name="panel">The panel; of images that are not <see cref="ImageStatus.Bounded"/> the bounds say nothing.</param>
    /// <returns>The largest ratio of any window of each image, until the next call: see <see cref="BoundPlan.Bound(float)"/>.</returns>
    public ReadOnlySpan<float> Score(long panel)
    {
        _plan.Kernels.BoundPanel(_index.Panel(panel), _plan.Prefix, _numerators.Span, _inverses.Span, _ratios.Span, _best);
        return _best;
    }

    /// <summary>Writes down the windows of the last panel whose ratio is not below a floor.</summary>
    /// <param name="firstImage">The panel's first image.</param>
    /// <param name="floors">The floor of each of its images; plus infinity for none of its windows.</param>
    /// <param name="target">Room for all windows of a panel.</param>
    /// <returns>How many there are.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Collect(int firstImage, ReadOnlySpan<float> floors, Span<WindowBound> target)
    {
        int[] corners = _plan.Prefix.Corners;
        ReadOnlySpan<float> numerators = _numerators.Span, inverses = _inverses.Span, ratios = _ratios.Span;
        int count = 0;
        for (int placement = 0, first = 0; placement < corners.Length; placement++, first += PrefixPanel.Images)
        {
            ulong left = 0;
            for (int lane = 0; lane < PrefixPanel.Images; lane += Vector256<float>.Count)
            {
                Vector256<float> own = Vector256.Create(ratios[(first + lane)..]);
                left |= (ulong)Vector256.GreaterThanOrEqual(own, Vector256.Create(floors[lane..])).ExtractMostSignificantBits() << lane;
            }

            for (; left != 0; left &= left - 1)
            {
                int lane = BitOperations.TrailingZeroCount(left);
                target[count++] = new WindowBound(firstImage + lane, corners[placement], numerators[first + lane], inverses[first + lane]);
            }
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
