using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Search;

/// <summary>
/// The sums of a float16 map's windows, computed with channels as lanes: Σ k·m·F of every placement and Σ F² of every cell.
/// Holds one thread's buffers.
/// </summary>
internal sealed class LaneSums
{
    private readonly ScanPlan _plan;
    private readonly AlignedFloats _kernel;
    private readonly int _lanes;
    private readonly int _groupElements;
    private readonly int _blockGroups;
    private readonly AlignedFloats _block;
    private readonly AlignedFloats _squares;
    private readonly AlignedFloats _sums;
    private readonly ushort[] _rest;

    /// <summary>Makes buffers.</summary>
    /// <param name="plan">The region.</param>
    /// <param name="kernel">Its <see cref="ScanPlan.LaneKernel"/>.</param>
    public LaneSums(ScanPlan plan, AlignedFloats kernel)
    {
        _plan = plan;
        _kernel = kernel;
        _lanes = plan.Kernels.Lanes;
        _groupElements = plan.Cells * _lanes;
        _blockGroups = Math.Max(1, ScanKernels.BlockElements / _groupElements);
        _block = new AlignedFloats(_blockGroups * _groupElements);
        _squares = new AlignedFloats(_groupElements);
        _sums = new AlignedFloats(plan.Rows * plan.Columns * _lanes);
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
        for (int group = 0; group < whole; group += _blockGroups)
        {
            int groups = Math.Min(_blockGroups, whole - group);
            Add(map.Slice(group * _groupElements, groups * _groupElements), group, groups);
        }

        if (_rest.Length > 0)
        {
            // Channels that fill no vector are made one with zeros.
            map.Slice(whole * _groupElements, _plan.Channels % _lanes * _plan.Cells).CopyTo(_rest);
            Add(_rest, whole, 1);
        }

        _plan.Kernels.SumLanes(_squares.Span, squares[.._plan.Cells]);
        _plan.Kernels.SumLanes(_sums.Span, sums[..(_plan.Rows * _plan.Columns)]);
    }

    private void Add(ReadOnlySpan<ushort> map, int firstGroup, int groups)
    {
        ScanKernels kernels = _plan.Kernels;
        Span<float> block = _block.Span;
        kernels.WidenIntoLanes(map, groups, _plan.Cells, block);
        kernels.AddLaneSquares(block, groups, _plan.Cells, _squares.Span);
        int kernelElements = _plan.Offsets.Length * _lanes;
        ReadOnlySpan<float> kernel = _kernel.Span.Slice(firstGroup * kernelElements, groups * kernelElements);
        int rowElements = _plan.Columns * _lanes;
        for (int y = 0; y < _plan.Rows; y++)
        {
            kernels.AddLaneWindows(
                block, groups, _plan.Cells, kernel, _plan.Offsets, y * _plan.MapWidth, _plan.Columns, _sums.Span.Slice(y * rowElements, rowElements));
        }
    }
}
