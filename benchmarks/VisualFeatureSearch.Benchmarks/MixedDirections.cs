using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Benchmarks;

/// <summary>
/// Numbers of <see cref="StoreKind.LowRank"/>, <see cref="StoreKind.Signed"/> and <see cref="StoreKind.Random"/>. Directions
/// are mixed with weights that get smaller, as those of real features do, and that change smoothly over the map: a few random
/// numbers down and across, and linear between them.
/// </summary>
internal sealed class MixedDirections : IMapSource
{
    private const int Rank = 48;
    private const float Noise = 0.1f;

    private readonly StoreKind _kind;
    private readonly int _channels;
    private readonly int _grid;
    private readonly int _cells;
    private readonly int _stride;
    private readonly int _knots;
    private readonly float[] _transposed;
    private readonly float[] _knotValues;
    private readonly float[] _mix;
    private readonly float[] _sums;

    public MixedDirections(StoreKind kind, int channels, int grid)
    {
        _kind = kind;
        _channels = channels;
        _grid = grid;
        _cells = grid * grid;
        _stride = _cells + (2 * ScanKernels.Padding);
        _knots = Math.Max(2, (grid + 4) / 3);
        Random random = new(7);
        _transposed = new float[Rank * channels];
        for (int r = 0; r < Rank; r++)
        {
            float scale = MathF.Pow(r + 1, -0.5f);
            for (int c = 0; c < channels; c++)
            {
                _transposed[(c * Rank) + r] = scale * Normal(random);
            }
        }

        _knotValues = new float[_knots * _knots];
        _mix = new float[(Rank * _cells) + ScanKernels.Padding];
        _sums = new float[channels * _stride];
    }

    public void Fill(Random random, Span<float> map)
    {
        if (_kind != StoreKind.Random)
        {
            for (int r = 0; r < Rank; r++)
            {
                FillSmoothly(random, _mix.AsSpan(r * _cells, _cells));
            }

            ScanKernels.Best.Project(_transposed, _channels, _mix, Rank, _cells, _sums, _stride);
        }

        for (int c = 0; c < _channels; c++)
        {
            for (int cell = 0; cell < _cells; cell++)
            {
                float noise = random.NextSingle() - 0.5f;
                float value = _kind == StoreKind.Random ? noise : _sums[(c * _stride) + cell] + (Noise * noise);
                map[(c * _cells) + cell] = _kind == StoreKind.Signed ? value : Math.Max(value, 0);
            }
        }
    }

    public void Dispose()
    {
        // Nothing but arrays.
    }

    private void FillSmoothly(Random random, Span<float> cells)
    {
        for (int i = 0; i < _knotValues.Length; i++)
        {
            _knotValues[i] = Normal(random);
        }

        float step = (_knots - 1) / (float)Math.Max(_grid - 1, 1);
        for (int y = 0; y < _grid; y++)
        {
            int top = Math.Min((int)(y * step), _knots - 2);
            float down = (y * step) - top;
            for (int x = 0; x < _grid; x++)
            {
                int left = Math.Min((int)(x * step), _knots - 2);
                float across = (x * step) - left;
                ReadOnlySpan<float> knots = _knotValues.AsSpan((top * _knots) + left);
                float above = (knots[0] * (1 - across)) + (knots[1] * across);
                float below = (knots[_knots] * (1 - across)) + (knots[_knots + 1] * across);
                cells[(y * _grid) + x] = (above * (1 - down)) + (below * down);
            }
        }
    }

    /// <summary>Nearly normal, of mean 0 and variance 1.</summary>
    private static float Normal(Random random) => 2 * (random.NextSingle() + random.NextSingle() + random.NextSingle() - 1.5f);
}
