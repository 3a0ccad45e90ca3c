using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Benchmarks;

/// <summary>Numbers of <see cref="StoreKind.LowRank"/>, <see cref="StoreKind.Signed"/> and <see cref="StoreKind.Random"/>.</summary>
internal sealed class MixedDirections : IMapSource
{
    private const int Rank = 24;

    private readonly StoreKind _kind;
    private readonly int _channels;
    private readonly int _grid;
    private readonly int _cells;
    private readonly int _stride;
    private readonly float[] _transposed;
    private readonly float[] _mix;
    private readonly float[] _sums;

    public MixedDirections(StoreKind kind, int channels, int grid)
    {
        _kind = kind;
        _channels = channels;
        _grid = grid;
        _cells = grid * grid;
        _stride = _cells + (2 * ScanKernels.Padding);
        Random random = new(7);
        float[] basis = [.. Enumerable.Range(0, Rank * channels).Select(_ => random.NextSingle() - 0.5f)];
        _transposed = [.. Enumerable.Range(0, Rank * channels).Select(i => basis[(i % Rank * channels) + (i / Rank)])];
        _mix = new float[(Rank * _cells) + ScanKernels.Padding];
        _sums = new float[channels * _stride];
    }

    public void Fill(Random random, Span<float> map)
    {
        if (_kind != StoreKind.Random)
        {
            for (int r = 0; r < Rank; r++)
            {
                for (int cell = 0; cell < _cells; cell++)
                {
                    float fresh = random.NextSingle() - 0.5f;
                    _mix[(r * _cells) + cell] = cell % _grid == 0 ? fresh : (0.6f * _mix[(r * _cells) + cell - 1]) + (0.4f * fresh);
                }
            }

            ScanKernels.Best.Project(_transposed, _channels, _mix, Rank, _cells, _sums, _stride);
        }

        float noise = _kind == StoreKind.Random ? 2 : 0.05f;
        for (int c = 0; c < _channels; c++)
        {
            for (int cell = 0; cell < _cells; cell++)
            {
                float value = _sums[(c * _stride) + cell] + (noise * (random.NextSingle() - 0.5f));
                map[(c * _cells) + cell] = _kind == StoreKind.Signed ? value : Math.Max(value, 0);
            }
        }
    }

    public void Dispose()
    {
        // Nothing but arrays.
    }
}
