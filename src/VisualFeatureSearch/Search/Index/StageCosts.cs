using VisualFeatureSearch.Features;

namespace VisualFeatureSearch.Search.Index;

/// <summary>
/// Chooses which stage of an index to look at next, from what each would cost and how many of a few candidates it left alive.
/// </summary>
/// <remarks>
/// Nanoseconds of one core, from the bytes that have to come from memory and the multiplications. Only their proportions
/// matter, and only to the time: whatever is chosen, the answer is the same.
/// </remarks>
internal sealed class StageCosts
{
    private const double BytesANanosecond = 10;
    private const double CodeProductsANanosecond = 60;
    private const double FloatProductsANanosecond = 25;

    private readonly double[] _stages;
    private readonly double _exact;

    public StageCosts(FeatureArray features, BoundPlan plan, IndexLayout layout)
    {
        ScanPlan scan = plan.Scan;
        double pairs = plan.IsPlaced ? scan.Rows * scan.Columns * scan.Cells : scan.Offsets.Length * ((scan.Positions + 7) / 8 * 8);
        _stages = new double[layout.Stages];
        double bytes = 0, products = 0;
        for (int stage = 0; stage < layout.Stages; stage++)
        {
            bytes += layout.RecordBytes[stage];
            products += pairs * (layout.Dimensions[stage] + 16);
            _stages[stage] = (bytes / BytesANanosecond) + (products / CodeProductsANanosecond);
        }

        double scanPairs = scan.PlacedKernels is { } placed ? placed.Length * scan.Cells : scan.Offsets.Length * (double)scan.Positions;
        _exact = (features.Array.Metadata.RowLength / BytesANanosecond) + (features.Channels * (scanPairs + scan.Cells) / FloatProductsANanosecond);
    }

    /// <summary>The stage to look at after one, or the number of stages to score exactly at once.</summary>
    /// <param name="current">The stage that the candidates have passed.</param>
    /// <param name="alive">For each stage, how many of a sample of candidates it leaves alive.</param>
    public int Next(int current, ReadOnlySpan<int> alive)
    {
        int stages = _stages.Length;
        double[] cost = new double[stages];
        int next = stages;
        for (int from = stages - 1; from >= current; from--)
        {
            // What an image costs that this stage has left alive: the exact score, or another stage and what that leaves.
            cost[from] = _exact;
            next = stages;
            for (int to = from + 1; to < stages; to++)
            {
                double left = alive[from] == 0 ? 0 : (double)alive[to] / alive[from];
                double through = _stages[to] + (left * cost[to]);
                if (through < cost[from])
                {
                    cost[from] = through;
                    next = to;
                }
            }
        }

        return next;
    }
}
