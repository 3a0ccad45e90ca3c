using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Search.Index;

/// <summary>Bounds the best similarity of one image after another. Holds one thread's buffers, so that nothing is allocated an image.</summary>
internal sealed class BoundScorer
{
    private readonly FeatureIndex _index;
    private readonly BoundPlan _plan;
    private readonly float[] _norms;
    private readonly float[] _tails;
    private readonly float[] _squares;
    private readonly float[] _numerators;
    private readonly float[] _denominators;
    private readonly float[] _factors;
    private readonly float[] _coefficients;

    public BoundScorer(FeatureIndex index, BoundPlan plan)
    {
        _index = index;
        _plan = plan;
        int cells = plan.Scan.Cells + CodeKernels.Padding;
        _norms = new float[cells];
        _squares = new float[cells];

        // Norms and tails one behind the other, as two channels of a map for the kernels of the scan.
        _factors = new float[(2 * plan.Scan.Cells) + CodeKernels.Padding];
        _tails = new float[cells];
        _numerators = new float[plan.Scan.Positions + CodeKernels.Padding];
        _denominators = new float[plan.Scan.Positions + CodeKernels.Padding];
        _coefficients = new float[2 * plan.Scan.Offsets.Length];
    }

    /// <summary>
    /// A number that the best similarity of an image is certainly not above (or, for a lower plan, not below), from the codes
    /// of all stages up to one. Never negative: a similarity below zero is bounded by zero.
    /// </summary>
    /// <param name="image">An image whose status is <see cref="ImageStatus.Bounded"/>.</param>
    /// <param name="stage">The last stage to look at.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public float Score(long image, int stage)
    {
        IndexLayout layout = _index.Layout;
        int cells = layout.Cells;
        ReadOnlySpan<byte> first = _index.Record(0, image);
        MemoryMarshal.Cast<byte, float>(first)[..cells].CopyTo(_norms);
        ReadOnlySpan<byte> last = stage == 0 ? first : _index.Record(stage, image);
        _plan.Kernels.Unpack(_norms, last[layout.TailsOffset(stage)..], (float)_index.Header.Stages[stage].TailStep * 1.000001f, _tails, _squares, cells);
        float best = _plan.IsPlaced ? BestPlaced(image, stage) : BestShifted(image, stage);
        return _plan.IsUpper
            ? (Math.Max(best, 0) * (1 + _plan.RelativeSlack)) + _plan.Slack
            : Math.Max(0, (best * (1 - _plan.RelativeSlack)) - _plan.Slack);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float BestShifted(long image, int stage)
    {
        ScanPlan scan = _plan.Scan;
        IndexLayout layout = _index.Layout;
        int cells = layout.Cells;
        _numerators.AsSpan().Clear();
        _denominators.AsSpan().Clear();
        BoundStage last = _plan.Stage(stage);
        Span<float> normCoefficients = _coefficients.AsSpan(0, scan.Offsets.Length);
        last.Constants.CopyTo(normCoefficients);
        for (int s = 0; s <= stage; s++)
        {
            BoundStage of = _plan.Stage(s);
            ReadOnlySpan<byte> record = _index.Record(s, image);
            float error = BinaryPrimitives.ReadSingleLittleEndian(record[layout.ErrorOffset(s)..]);
            for (int j = 0; j < normCoefficients.Length; j++)
            {
                normCoefficients[j] += of.Errors[j] * error;
            }

            _plan.Kernels.AddShifted(
                record[layout.CodesOffset(s)..], of.Groups, cells, of.Weights, of.Starts, of.Scales, scan.Offsets, _norms, _numerators, scan.Positions);
        }

        last.Tails.CopyTo(_coefficients.AsSpan(scan.Offsets.Length));
        _norms.AsSpan(0, cells).CopyTo(_factors);
        _tails.AsSpan(0, cells).CopyTo(_factors.AsSpan(cells));
        scan.Kernels.AddShifted(_factors, 2, cells, _coefficients, scan.Offsets, _numerators, scan.Positions);
        scan.Kernels.AddShifted(_squares, 1, cells, scan.SquaredWeights, scan.Offsets, _denominators, scan.Positions);
        return _plan.Kernels.MaximumRatio(_numerators, _denominators, _plan.Validity, WindowScorer.Epsilon, scan.Positions);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float BestPlaced(long image, int stage)
    {
        ScanPlan scan = _plan.Scan;
        IndexLayout layout = _index.Layout;
        int cells = layout.Cells;
        ReadOnlySpan<float> norms = _norms.AsSpan(0, cells);
        float best = float.NegativeInfinity;
        for (int placement = 0; placement < scan.Rows * scan.Columns; placement++)
        {
            PlacedStage last = _plan.Stage(stage).Placements[placement];
            float numerator = scan.Kernels.Dot(norms, last.Constants) + scan.Kernels.Dot(_tails.AsSpan(0, cells), last.Tails);
            for (int s = 0; s <= stage; s++)
            {
                BoundStage of = _plan.Stage(s);
                PlacedStage placed = of.Placements[placement];
                ReadOnlySpan<byte> record = _index.Record(s, image);
                float error = BinaryPrimitives.ReadSingleLittleEndian(record[layout.ErrorOffset(s)..]);
                numerator += (error * scan.Kernels.Dot(norms, placed.Errors))
                    + _plan.Kernels.SumPlaced(record[layout.CodesOffset(s)..], of.Groups, cells, placed.Weights, placed.Starts, placed.Scales, _norms);
            }

            float squares = scan.Kernels.Dot(_squares.AsSpan(0, cells), last.SquaredWeights);
            best = Math.Max(best, numerator / (MathF.Sqrt(squares) + WindowScorer.Epsilon));
        }

        return best;
    }
}
