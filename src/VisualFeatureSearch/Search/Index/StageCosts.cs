using VisualFeatureSearch.Features;
using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Search.Index;

/// <summary>What the stages of an index left of a few images; several threads count together.</summary>
internal sealed class PilotCounts(int stages)
{
    private readonly long[] _images = new long[stages];
    private readonly long[] _windows = new long[stages];
    private long _tried;

    /// <summary>How many images were tried.</summary>
    public long Tried => _tried;

    /// <summary>Images that had a window left after each stage.</summary>
    public IReadOnlyList<long> Images => _images;

    /// <summary>Windows that were left after each stage.</summary>
    public IReadOnlyList<long> Windows => _windows;

    /// <summary>How many stages are counted.</summary>
    public int Stages => _images.Length;

    public void AddTried(int images) => Interlocked.Add(ref _tried, images);

    public void AddLeft(int stage, int images, int windows)
    {
        Interlocked.Add(ref _images[stage], images);
        Interlocked.Add(ref _windows[stage], windows);
    }
}

/// <summary>Decides how far bounds pay, from what each stage costs and left alive of a few images.</summary>
/// <remarks>
/// Nanoseconds of one core, from the bytes that have to come from memory and the multiplications. Only their proportions
/// matter, and only to the time: whatever is chosen, the answer is the same.
/// </remarks>
internal sealed class StageCosts
{
    private const double BytesANanosecond = 12;
    private const double CodeProductsANanosecond = 60;
    private const double FloatProductsANanosecond = 25;
    private const double NanosecondsAPack = 7;

    private readonly double _prefix;
    private readonly double[] _refinements;
    private readonly double _exact;

    public StageCosts(FeatureArray features, BoundPlan plan, IndexLayout layout)
    {
        ScanPlan scan = plan.Scan;
        double pairs = plan.Prefix.PairCells.Length;
        _prefix = ((double)layout.PanelBytes / PrefixPanel.Images / BytesANanosecond) + (pairs * (layout.PrefixDimensions + 24) / CodeProductsANanosecond);
        _refinements = [.. layout.Refinements.Select(packs => scan.Offsets.Length * layout.Packs[packs].Length * NanosecondsAPack)];
        double scanPairs = scan.Offsets.Length * (double)(scan.LaneKernel is null ? scan.Positions : scan.Rows * scan.Columns);
        if (scan.PlacedKernels is { } placed)
        {
            scanPairs = placed.Length * (double)scan.Cells;
        }

        _exact = (features.Array.Metadata.RowLength / BytesANanosecond) + (features.Channels * (scanPairs + scan.Cells) / FloatProductsANanosecond);
    }

    /// <summary>Whether scoring all images exactly is cheaper than bounding them first.</summary>
    public bool IsHopeless(PilotCounts pilot) =>
        (_prefix * pilot.Tried) + CostAfter(0, pilot) > 0.95 * _exact * pilot.Tried;

    /// <summary>How many refinements to go through before scoring exactly.</summary>
    public int ChooseRefinements(PilotCounts pilot)
    {
        int refinement = 0;
        while (refinement < _refinements.Length && CostAfter(refinement, pilot) < _exact * pilot.Images[refinement])
        {
            refinement++;
        }

        // Where the pilot has nothing left, few images may still have: another refinement costs little.
        return pilot.Images[refinement] == 0 ? _refinements.Length : refinement;
    }

    /// <summary>What is left to do after a stage, in the cheapest way.</summary>
    private double CostAfter(int stage, PilotCounts pilot)
    {
        double exact = _exact * pilot.Images[stage];
        return stage == _refinements.Length
            ? exact
            : Math.Min(exact, (_refinements[stage] * pilot.Windows[stage]) + CostAfter(stage + 1, pilot));
    }
}
