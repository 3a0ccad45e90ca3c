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

    /// <summary>Widened channels that are worked on at a time: half of a usual first-level cache.</summary>
    private const int BlockElements = 6 * 1024;

    /// <summary>A cell whose squared norm reaches this may hold a float16 infinity or NaN, which widen to 65536 or more.</summary>
    private const float SuspectSquare = 65536f * 65536f;

    private readonly ScanPlan _plan;
    private readonly float[] _block;
    private readonly float[] _squares;
    private readonly float[] _blockSquares;
    private readonly float[] _weighted;
    private readonly float[] _sums;
    private readonly float[] _strips;
    private readonly int _blockChannels;

    public WindowScorer(ScanPlan plan)
    {
        _plan = plan;
        _blockChannels = Math.Clamp(BlockElements / plan.Cells, 1, plan.Channels);
        _block = new float[(_blockChannels * plan.Cells) + ScanKernels.Padding];
        _squares = new float[plan.Cells + ScanKernels.Padding];
        _blockSquares = new float[plan.Cells + ScanKernels.Padding];
        _weighted = new float[plan.Positions + ScanKernels.Padding];
        _sums = new float[Math.Max(plan.Positions, plan.Rows * plan.Columns) + ScanKernels.Padding];
        _strips = plan.PlacedKernels is null ? new float[(Math.Max(plan.Offsets.Length, plan.FusedCells) * plan.StripStride) + ScanKernels.Padding] : [];
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
        else
        {
            Clear();
            for (int c = 0; c < _plan.Channels; c += _blockChannels)
            {
                int channels = Math.Min(_blockChannels, _plan.Channels - c);
                _plan.Kernels.WidenAndSquare(map.Slice(c * _plan.Cells, channels * _plan.Cells), channels, _plan.Cells, _block, _blockSquares);
                TensorPrimitives.Add(_squares, _blockSquares, _squares);
                AddBlock(_block, c, channels);
            }
        }

        if (MaximumSquare() >= SuspectSquare && NonFinite.IsIn(map))
        {
            return false;
        }

        Finish(_plan.FusedKernel is not null);
        return true;
    }

    /// <summary>Scores a float32 map.</summary>
    /// <param name="map">The map, <c>[C, H, W]</c>, with <see cref="ScanKernels.Padding"/> elements of room behind it.</param>
    /// <returns>False where the map contains an infinity or NaN; then nothing was scored.</returns>
    public bool Score(ReadOnlySpan<float> map)
    {
        Clear();
        for (int c = 0; c < _plan.Channels; c += _blockChannels)
        {
            int channels = Math.Min(_blockChannels, _plan.Channels - c);
            _plan.Kernels.AddSquares(map[(c * _plan.Cells)..], channels, _plan.Cells, _squares);
            AddBlock(map[(c * _plan.Cells)..], c, channels);
        }

        // Squares of finite float32 features can themselves overflow, or vanish below the smallest float32.
        if (!float.IsFinite(MaximumSquare()))
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

    private float MaximumSquare()
    {
        float maximum = 0;
        foreach (float square in _squares.AsSpan(0, _plan.Cells))
        {
            // Not Math.Max, so that a NaN is passed on instead of compared away.
            if (!(square <= maximum))
            {
                maximum = square;
                if (!float.IsFinite(square))
                {
                    break;
                }
            }
        }

        return maximum;
    }

    private void Finish(bool isFused = false)
    {
        Array.Clear(_weighted);
        _plan.Kernels.AddShifted(_squares, 1, _plan.Cells, _plan.SquaredWeights, _plan.Offsets, _weighted, _plan.Positions);
        bool placed = _plan.PlacedKernels is not null;
        if (!placed)
        {
            AddUp(isFused);
        }

        int placement = 0;
        for (int y = 0; y < _plan.Rows; y++)
        {
            int position = y * _plan.MapWidth;
            for (int x = 0; x < _plan.Columns; x++, placement++, position++)
            {
                Similarities[placement] = _sums[placed ? placement : position] / (MathF.Sqrt(_weighted[position]) + Epsilon);
            }
        }
    }

    /// <summary>Adds up what the mask cells of a window have gathered, each where it lies in it.</summary>
    private void AddUp(bool isFused)
    {
        Span<float> sums = _sums.AsSpan(0, _plan.Positions);
        sums.Clear();
        foreach (ScanStrip strip in _plan.Strips)
        {
            // Those of a strip begin where its first cell lies at the first placement, fused ones with the map.
            int origin = isFused ? 0 : _plan.Offsets[strip.First];
            for (int j = strip.First; j < strip.First + strip.Count; j++)
            {
                TensorPrimitives.Add(sums, _strips.AsSpan((j * _plan.StripStride) + _plan.Offsets[j] - origin, sums.Length), sums);
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
