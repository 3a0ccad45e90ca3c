using System.Numerics.Tensors;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Search;

/// <summary>
/// Scores every window of one feature map after another: Σ k·m·F / (sqrt(Σ m²·F²) + 1e-5). Holds one thread's buffers, so
/// that nothing is allocated an image.
/// </summary>
internal sealed class WindowScorer
{
    /// <summary>Added to the denominator, as the original does, so that an empty window has similarity 0.</summary>
    public const float Epsilon = 1e-5f;

    /// <summary>A cell whose squared norm reaches this may hold a float16 infinity or NaN, which widen to 65536 or more.</summary>
    private const float SuspectSquare = 65536f * 65536f;

    /// <summary>Widened features that are worked on at a time: half of a usual first-level cache.</summary>
    private const int BlockElements = 6 * 1024;

    private readonly ScanPlan _plan;
    private readonly float[] _block;
    private readonly float[] _squares;
    private readonly LaneSums? _lanes;
    private readonly float[] _weighted;
    private readonly float[] _sums;
    private readonly float[] _strips;
    private readonly int _blockChannels;

    public WindowScorer(ScanPlan plan)
    {
        _plan = plan;
        _blockChannels = Math.Clamp(BlockElements / plan.Cells, 1, plan.Channels);
        _block = plan.FusedKernel is null && plan.LaneKernel is null ? new float[(_blockChannels * plan.Cells) + ScanKernels.Padding] : [];
        _squares = new float[plan.Cells + ScanKernels.Padding];
        _lanes = plan.LaneKernel is { } kernel ? new LaneSums(plan, kernel) : null;
        _weighted = new float[plan.Positions + ScanKernels.Padding];
        _sums = new float[Math.Max(plan.Positions, plan.Rows * plan.Columns) + ScanKernels.Padding];
        _strips = _lanes is null && plan.PlacedKernels is null ? new float[(Math.Max(plan.Offsets.Length, plan.FusedCells) * plan.StripStride) + ScanKernels.Padding] : [];
        Similarities = new float[plan.Rows * plan.Columns];
    }

    /// <summary>The similarity of every placement of the last scored map, <c>[H - h + 1, W - w + 1]</c>.</summary>
    public float[] Similarities { get; }

    /// <summary>Scores a float16 map.</summary>
    /// <param name="map">The map, <c>[C, H, W]</c>.</param>
    /// <returns>False where the map contains an infinity or NaN; then nothing was scored.</returns>
    public bool Score(ReadOnlySpan<ushort> map)
    {
        if (_plan.FusedKernel is { } fused)
        {
            _plan.Kernels.SumHalves(map, _plan.Channels, _plan.Cells, fused, _plan.FusedCells, _squares, _strips, _plan.StripStride);
        }
        else if (_lanes is not null)
        {
            _lanes.Sum(map, _squares, _sums);
        }
        else
        {
            Clear();
            for (int c = 0; c < _plan.Channels; c += _blockChannels)
            {
                int channels = Math.Min(_blockChannels, _plan.Channels - c);
                _plan.Kernels.WidenHalves(map.Slice(c * _plan.Cells, channels * _plan.Cells), _block);
                AddBlock(_block, c, channels);
            }
        }

        // A square that is NaN is not below either.
        if (!(MaximumSquare() < SuspectSquare) && NonFinite.IsIn(map))
        {
            return false;
        }

        Finish();
        return true;
    }

    /// <summary>Scores a float32 map.</summary>
    /// <param name="map">The map, <c>[C, H, W]</c>, with <see cref="ScanKernels.Padding"/> elements of room behind it.</param>
    /// <returns>False where the map contains an infinity or NaN; then nothing was scored.</returns>
    /// <exception cref="InvalidOperationException">The plan is laid out for float16.</exception>
    public bool Score(ReadOnlySpan<float> map)
    {
        if (_plan.IsHalf)
        {
            throw new InvalidOperationException("The plan is laid out for float16 maps.");
        }

        Clear();
        for (int c = 0; c < _plan.Channels; c += _blockChannels)
        {
            AddBlock(map[(c * _plan.Cells)..], c, Math.Min(_blockChannels, _plan.Channels - c));
        }

        // Squares of finite float32 features, or their sum over a window, can overflow.
        if (!float.IsFinite(MaximumSquare() * _plan.SquaredLength))
        {
            if (NonFinite.IsIn(map[..(_plan.Channels * _plan.Cells)]))
            {
                return false;
            }

            ScoreInDouble(map);
            return true;
        }

        Finish();
        return true;
    }

    /// <summary>The best window of the last scored map, the first in row-major order on a tie.</summary>
    public Match Best(long index)
    {
        int best = 0;
        for (int i = 1; i < Similarities.Length; i++)
        {
            if (Similarities[i] > Similarities[best])
            {
                best = i;
            }
        }

        return new Match(
            index,
            Similarities[best],
            new Window(best / _plan.Columns, best % _plan.Columns, _plan.WindowHeight, _plan.WindowWidth));
    }

    private void Clear()
    {
        Array.Clear(_squares);
        Array.Clear(_sums);
        Array.Clear(_strips);
    }

    private void AddBlock(ReadOnlySpan<float> block, int firstChannel, int channels)
    {
        ScanKernels kernels = _plan.Kernels;
        kernels.AddSquares(block, channels, _plan.Cells, _squares);
        if (_plan.PlacedKernels is not { } placed)
        {
            foreach (ScanStrip strip in _plan.Strips)
            {
                ReadOnlySpan<float> kernel = strip.Kernel.AsSpan(firstChannel * strip.Count, channels * strip.Count);
                Span<float> sums = _strips.AsSpan(strip.First * _plan.StripStride);
                kernels.AddStrip(block, channels, _plan.Cells, kernel, strip.Count, _plan.Offsets[strip.First], sums, _plan.StripStride, strip.Length);
            }

            return;
        }

        int start = firstChannel * _plan.Cells;
        int length = channels * _plan.Cells;
        for (int placement = 0; placement < placed.Length; placement++)
        {
            _sums[placement] += kernels.Dot(placed[placement].AsSpan(start, length), block[..length]);
        }
    }

    /// <summary>The largest squared norm of a cell; NaN where one is NaN.</summary>
    private float MaximumSquare() => TensorPrimitives.Max(_squares.AsSpan(0, _plan.Cells));

    private void Finish()
    {
        Array.Clear(_weighted);
        _plan.Kernels.AddShifted(_squares, 1, _plan.Cells, _plan.SquaredWeights, _plan.Offsets, _weighted, _plan.Positions);
        if (_plan.FusedKernel is not null)
        {
            AddUpFused();
        }
        else if (_plan.Strips.Length > 0)
        {
            AddUpStrips();
        }

        if (_lanes is null && _plan.PlacedKernels is null)
        {
            MoveTogether(_sums);
        }

        MoveTogether(_weighted);
        Span<float> norms = _weighted.AsSpan(0, Similarities.Length);
        TensorPrimitives.Sqrt(norms, norms);
        TensorPrimitives.Add(norms, Epsilon, norms);
        TensorPrimitives.Divide(_sums.AsSpan(0, Similarities.Length), norms, Similarities);
    }

    /// <summary>From flat positions to placements: what lies between the rows of placements goes.</summary>
    private void MoveTogether(Span<float> values)
    {
        if (_plan.Columns == _plan.MapWidth)
        {
            return;
        }

        for (int y = 1; y < _plan.Rows; y++)
        {
            values.Slice(y * _plan.MapWidth, _plan.Columns).CopyTo(values[(y * _plan.Columns)..]);
        }
    }

    /// <summary>Adds up what the mask cells of a window have gathered, each where it lies in it.</summary>
    private void AddUpFused()
    {
        Span<float> sums = _sums.AsSpan(0, _plan.Positions);
        _strips.AsSpan(_plan.Offsets[0], sums.Length).CopyTo(sums);
        for (int j = 1; j < _plan.Offsets.Length; j++)
        {
            TensorPrimitives.Add(sums, _strips.AsSpan((j * _plan.StripStride) + _plan.Offsets[j], sums.Length), sums);
        }
    }

    private void AddUpStrips()
    {
        Span<float> sums = _sums.AsSpan(0, _plan.Positions);
        foreach (ScanStrip strip in _plan.Strips)
        {
            for (int j = strip.First; j < strip.First + strip.Count; j++)
            {
                int start = (j * _plan.StripStride) + _plan.Offsets[j] - _plan.Offsets[strip.First];
                TensorPrimitives.Add(sums, _strips.AsSpan(start, sums.Length), sums);
            }
        }
    }

    private void ScoreInDouble(ReadOnlySpan<float> map)
    {
        int cells = _plan.Offsets.Length;
        for (int placement = 0; placement < Similarities.Length; placement++)
        {
            int corner = _plan.CornerOf(placement);
            double sum = 0, squares = 0;
            for (int c = 0; c < _plan.Channels; c++)
            {
                for (int j = 0; j < cells; j++)
                {
                    double value = map[(c * _plan.Cells) + corner + _plan.Offsets[j]];
                    sum += _plan.ShiftedKernel[(c * cells) + j] * value;
                    squares += _plan.SquaredWeights[j] * value * value;
                }
            }

            Similarities[placement] = (float)(sum / (Math.Sqrt(squares) + Epsilon));
        }
    }
}
