using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Search.Index;

/// <summary>Bounds the windows of one image after another. Holds one thread's buffers, so that nothing is allocated an image.</summary>
internal sealed class BoundScorer
{
    /// <summary>How many images ahead their prefix is fetched from memory.</summary>
    private const int AheadImages = 2;

    private readonly FeatureIndex _index;
    private readonly BoundPlan _plan;
    private readonly float[] _norms;
    private readonly float[] _values;
    private readonly float[] _numerators;
    private readonly float[] _denominators;
    private readonly float[] _ratios;
    private readonly float[] _constants;

    public BoundScorer(FeatureIndex index, BoundPlan plan)
    {
        _index = index;
        _plan = plan;
        _norms = new float[plan.Scan.Cells + CodeKernels.Padding];
        int windows = Math.Max(plan.Scan.Positions, plan.Placements.Length) + CodeKernels.Padding;
        _values = new float[plan.Scan.Offsets.Length * PrefixWeights.ValueStride(plan.Scan.Positions)];
        _numerators = new float[windows];
        _denominators = new float[windows];
        _ratios = new float[windows];
        Array.Fill(_ratios, float.NegativeInfinity);
        _constants = new float[plan.Scan.Offsets.Length];
    }

    /// <summary>Bounds all windows of an image by its prefix.</summary>
    /// <param name="image">An image whose status is <see cref="ImageStatus.Bounded"/>.</param>
    /// <returns>The largest ratio of any window: see <see cref="BoundPlan.Bound"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public float Score(long image)
    {
        IndexLayout layout = _index.Layout;
        ReadOnlySpan<byte> record = _index.Record(0, image);
        MemoryMarshal.Cast<byte, float>(record)[..layout.Cells].CopyTo(_norms);
        float error = BinaryPrimitives.ReadSingleLittleEndian(record[layout.ErrorOffset..]);
        ReadOnlySpan<byte> codes = record[layout.CodesOffset..];
        int ahead = AheadImages * layout.RecordBytes[0];
        if (_plan.Placements.Length > 0)
        {
            Kernels.Prefetch.Ahead(record, ahead);
            return ScorePlaced(codes, error);
        }

        // The kernels fetch the codes.
        Kernels.Prefetch.Ahead(record[..layout.CodesOffset], ahead);

        float[] constants = _plan.Constants;
        float[] errors = _plan.Errors;
        for (int j = 0; j < _constants.Length; j++)
        {
            _constants[j] = constants[j] + (errors[j] * error);
        }

        return _plan.Kernels.BoundWindows(
            codes, layout.Cells, _plan.Prefix, _constants, _norms, _plan.Validity, WindowScorer.Epsilon, _values, _numerators, _denominators, _ratios, _plan.Scan.Positions, ahead);
    }

    /// <summary>Writes down the windows of the last image whose ratio is not below one.</summary>
    /// <param name="image">The image.</param>
    /// <param name="ratio">The ratio.</param>
    /// <param name="target">Room for all windows of an image.</param>
    /// <returns>How many there are.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Collect(int image, float ratio, Span<WindowBound> target)
    {
        // What is no placement, and all room behind, has a ratio of minus infinity.
        Vector256<float> floor = Vector256.Create(Math.Max(ratio, float.MinValue));
        PlacedWeights[] placements = _plan.Placements;
        int windows = placements.Length > 0 ? placements.Length : _plan.Scan.Positions;
        int count = 0;
        for (int first = 0; first < windows; first += Vector256<float>.Count)
        {
            uint left = Vector256.GreaterThanOrEqual(Vector256.LoadUnsafe(ref _ratios[0], (nuint)first), floor).ExtractMostSignificantBits();
            for (; left != 0; left &= left - 1)
            {
                int i = first + BitOperations.TrailingZeroCount(left);
                target[count++] = new WindowBound(image, placements.Length > 0 ? placements[i].Corner : i, _numerators[i], _denominators[i]);
            }
        }

        return count;
    }

    /// <summary>Fetches what a refinement will need of a window.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Prefetch(in WindowBound window, int refinement)
    {
        int cellBytes = _index.Layout.CellBytes[refinement];
        ReadOnlySpan<byte> record = _index.Record(refinement + 1, window.Image);
        foreach (int offset in _plan.Scan.Offsets)
        {
            Kernels.Prefetch.Ahead(record.Slice((window.Corner + offset) * cellBytes, cellBytes), 0);
        }
    }

    /// <summary>Makes a window's bound tighter by a refinement's packs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Refine(ref WindowBound window, int refinement)
    {
        float sum = _plan.Kernels.SumPacks(
            _index.Record(refinement + 1, window.Image), _index.Layout.CellBytes[refinement], _plan.Packs[refinement], window.Corner, _plan.Scan.Offsets);
        window = window with { Numerator = window.Numerator + sum };
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float ScorePlaced(ReadOnlySpan<byte> codes, float error)
    {
        float best = float.NegativeInfinity;
        for (int i = 0; i < _plan.Placements.Length; i++)
        {
            (float numerator, float squares) = _plan.Kernels.BoundPlacement(codes, _index.Layout.Cells, _plan.Prefix.Groups, _plan.Placements[i], error, _norms);
            _numerators[i] = numerator;
            _denominators[i] = MathF.Sqrt(squares) + WindowScorer.Epsilon;
            _ratios[i] = numerator / _denominators[i];
            best = Math.Max(best, _ratios[i]);
        }

        return best;
    }
}

/// <summary>A window that may still be in the answer.</summary>
/// <param name="Image">Its image.</param>
/// <param name="Corner">Its flat position.</param>
/// <param name="Numerator">The numerator of its bound.</param>
/// <param name="Denominator">The denominator.</param>
internal readonly record struct WindowBound(int Image, int Corner, float Numerator, float Denominator)
{
    /// <summary>See <see cref="BoundPlan.Bound"/>.</summary>
    public float Ratio => Numerator / Denominator;
}
