using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Search;

/// <summary>
/// The sums of a float16 map's windows, computed with channels as lanes: Σ k·m·F of every placement and Σ F² of every cell.
/// Holds one thread's buffers.
/// </summary>
internal sealed class LaneSums
{
    private readonly ScanPlan _plan;
    private readonly AlignedArray<float> _kernel;
    private readonly int _lanes;
    private readonly int _groupElements;
    private readonly AlignedArray<float> _block;
    private readonly AlignedArray<float> _squares;
    private readonly AlignedArray<float> _sums;
    private readonly ushort[] _rest;

    /// <summary>Makes buffers.</summary>
    /// <param name="plan">The region.</param>
    /// <param name="kernel">Its <see cref="ScanPlan.LaneKernel"/>.</param>
    public LaneSums(ScanPlan plan, AlignedArray<float> kernel)
    {
        _plan = plan;
        _kernel = kernel;
        _lanes = plan.Kernels.Lanes;
        _groupElements = plan.Cells * _lanes;
        _block = new AlignedArray<float>(_groupElements);
        _squares = new AlignedArray<float>(ScanKernels.LaneSlots(plan.Cells) * _lanes);
        _sums = new AlignedArray<float>(plan.Rows * plan.Columns * _lanes);
        _rest = plan.Channels % _lanes == 0 ? [] : new ushort[_groupElements];
    }

    /// <summary>Sums a map.</summary>
    /// <param name="map">The map, <c>[C, H, W]</c>.</param>
    /// <param name="squares">Becomes Σ F² of each cell.</param>
    /// <param name="sums">Becomes Σ k·m·F of each placement.</param>
    public void Sum(ReadOnlySpan<ushort> map, Span<float> squares, Span<float> sums)
    {
        _squares.Span.Clear();
        _sums.Span.Clear();
        int whole = _plan.Channels / _lanes;
        Add(map, 0, whole);
        if (_rest.Length > 0)
        {
            // Channels that fill no vector are made one with zeros.
            map.Slice(whole * _groupElements, _plan.Channels % _lanes * _plan.Cells).CopyTo(_rest);
            Add(_rest, whole, 1);
        }

        // The last slots are those of the last cells: see ScanKernels.LaneSlots.
        int last = ScanKernels.LaneSlots(_plan.Cells) - ScanKernels.LaneCells;
        _plan.Kernels.SumLanes(_squares.Span, squares[..last]);
        _plan.Kernels.SumLanes(_squares.Span[(last * _lanes)..], squares.Slice(_plan.Cells - ScanKernels.LaneCells, ScanKernels.LaneCells));
        _plan.Kernels.SumLanes(_sums.Span, sums[..(_plan.Rows * _plan.Columns)]);
    }

    private void Add(ReadOnlySpan<ushort> map, int firstGroup, int groups)
    {
        int kernelElements = _plan.Offsets.Length * _lanes;
        _plan.Kernels.AddLanes(
            map,
            groups,
            _plan.Cells,
            _kernel.Span.Slice(firstGroup * kernelElements, groups * kernelElements),
            _plan.Offsets,
            _plan.Grid,
            _block.Span,
            _squares.Span,
            _sums.Span);
    }
}
