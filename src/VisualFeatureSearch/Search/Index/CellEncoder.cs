using System.Buffers.Binary;
using System.Runtime.InteropServices;
using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Search.Index;

/// <summary>What an index knows of a whole image.</summary>
internal enum ImageStatus : byte
{
    /// <summary>Its bounds hold.</summary>
    Bounded = 0,

    /// <summary>It contains an infinity or NaN, and no search compares it.</summary>
    NonFinite = 1,

    /// <summary>Its numbers are too large, too small or too unusual to be bounded: every search scores it.</summary>
    Unbounded = 2,
}

/// <summary>
/// Turns feature maps into records of an index. Holds one thread's buffers. Every figure that a bound rests on is rounded
/// away from the truth, so that a bound is never too low: see <see cref="BoundPlan"/> for how they are put together.
/// </summary>
internal sealed class CellEncoder
{
    /// <summary>Norms beyond these would make squares overflow, or vanish, in float32.</summary>
    private const float LargestNorm = 1e15f;
    private const float SmallestNorm = 1e-12f;

    private readonly EigenBasis _basis;
    private readonly IndexLayout _layout;
    private readonly float[] _squares;
    private readonly float[] _products;
    private readonly double[] _meanCoordinates;
    private readonly double[] _left;
    private readonly double[] _errorSquares;
    private readonly double[] _codeSquares;
    private readonly int _stride;
    private readonly double _coordinateError;
    private readonly double _lengthError;

    public CellEncoder(EigenBasis basis, IndexLayout layout)
    {
        _basis = basis;
        _layout = layout;
        _stride = layout.Cells + (2 * ScanKernels.Padding);
        _squares = new float[_stride];
        _products = new float[(basis.Dimensions + 1) * _stride];
        _left = new double[layout.Cells];
        _errorSquares = new double[layout.Cells];
        _codeSquares = new double[layout.Cells];
        _meanCoordinates = new double[basis.Dimensions];
        for (int d = 0; d < basis.Dimensions; d++)
        {
            for (int c = 0; c < basis.Channels; c++)
            {
                _meanCoordinates[d] += (double)basis.Rows[(d * basis.Channels) + c] * basis.Mean[c];
            }
        }

        // The product of a row and a cell is off by at most (additions in a chain) * unit * both lengths; over all rows these
        // add up as the sides of a box. Then the basis' rows themselves stand askew by its skew, for a vector of length 2 at most.
        double chain = ScanKernels.ProjectError(basis.Channels);
        _coordinateError = (Math.Sqrt(basis.Dimensions) * chain * 1.01) + (2.1 * basis.Skew);

        // |û - μ|² = |û|² - 2<û, μ> + |μ|², less the coordinates' squares: the errors of all of them, for lengths of 2 at most.
        _lengthError = (2.1 * (basis.Channels + 8) * ScanKernels.RoundingUnit) + (4 * chain) + (4.1 * _coordinateError);
        Errors = new double[layout.Stages];
        Tails = new double[layout.Stages];
        Reaches = new double[layout.Stages];
        LargestCoordinates = new double[layout.Stages];
    }

    /// <summary>The largest of each stage over all maps measured or encoded so far, in units of directions.</summary>
    public double[] Errors { get; }

    /// <inheritdoc cref="Errors"/>
    public double[] Tails { get; }

    /// <inheritdoc cref="Errors"/>
    public double[] Reaches { get; }

    /// <inheritdoc cref="Errors"/>
    public double[] LargestCoordinates { get; }

    /// <summary>Looks at a map to find out how large its numbers are, before steps are chosen.</summary>
    public void Measure(ReadOnlySpan<float> map)
    {
        if (!Project(map))
        {
            return;
        }

        for (int cell = 0; cell < _layout.Cells; cell++)
        {
            if (_squares[cell] == 0)
            {
                continue;
            }

            float norm = MathF.Sqrt(_squares[cell]);
            double left = CentredSquare(cell, norm);
            for (int stage = 0, d = 0; stage < _layout.Stages; stage++)
            {
                for (int end = d + _layout.Dimensions[stage]; d < end; d++)
                {
                    double coordinate = (_products[(d * _stride) + cell] / (double)norm) - _meanCoordinates[d];
                    LargestCoordinates[stage] = Math.Max(LargestCoordinates[stage], Math.Abs(coordinate));
                    left -= coordinate * coordinate;
                }

                Tails[stage] = Math.Max(Tails[stage], Math.Sqrt(Math.Max(left, 0) + _lengthError));
            }
        }
    }

    /// <summary>Writes a map's records.</summary>
    /// <param name="map">The finite map, <c>[C, H, W]</c>, with <see cref="ScanKernels.Padding"/> elements of room behind it.</param>
    /// <param name="stages">The steps.</param>
    /// <param name="records">Room for the records of several images, one buffer a stage.</param>
    /// <param name="record">Which of them this map's is.</param>
    public ImageStatus Encode(ReadOnlySpan<float> map, IReadOnlyList<IndexStage> stages, byte[][] records, int record)
    {
        if (!Project(map))
        {
            return ImageStatus.Unbounded;
        }

        int cells = _layout.Cells;
        Span<byte> first = Record(records, 0, record);
        Span<float> norms = MemoryMarshal.Cast<byte, float>(first)[..cells];
        for (int cell = 0; cell < cells; cell++)
        {
            norms[cell] = MathF.Sqrt(_squares[cell]);
        }

        for (int cell = 0; cell < cells; cell++)
        {
            _left[cell] = norms[cell] == 0 ? 0 : CentredSquare(cell, norms[cell]);
        }

        for (int stage = 0, d = 0; stage < stages.Count; stage++)
        {
            Span<byte> target = Record(records, stage, record);
            Span<byte> codes = target[_layout.CodesOffset(stage)..];
            double step = stages[stage].Step;
            Array.Clear(_errorSquares);
            Array.Clear(_codeSquares);
            for (int k = 0; k < _layout.Dimensions[stage]; k++, d++)
            {
                ReadOnlySpan<float> products = _products.AsSpan(d * _stride, cells);
                Span<byte> group = codes[(k / 4 * cells * 4)..];
                double mean = _meanCoordinates[d];
                for (int cell = 0; cell < cells; cell++)
                {
                    int code = 0;
                    if (norms[cell] > 0)
                    {
                        double coordinate = (products[cell] / (double)norms[cell]) - mean;
                        double units = Math.Clamp(coordinate / step, -127, 127);
                        code = (int)(units + (units < 0 ? -0.5 : 0.5));
                        double rest = coordinate - (code * step);
                        _errorSquares[cell] += rest * rest;
                        _left[cell] -= coordinate * coordinate;
                        _codeSquares[cell] += (double)code * code;
                    }

                    group[(cell * 4) + (k % 4)] = (byte)(code + CodeKernels.Bias);
                }
            }

            double error = 0;
            Span<byte> tails = target.Slice(_layout.TailsOffset(stage), cells);
            for (int cell = 0; cell < cells; cell++)
            {
                error = Math.Max(error, _errorSquares[cell]);
                Reaches[stage] = Math.Max(Reaches[stage], Math.Sqrt(_codeSquares[cell]) * step);
                double tail = norms[cell] == 0 ? 0 : Math.Sqrt(Math.Max(_left[cell], 0) + _lengthError);
                double units = Math.Ceiling(tail / stages[stage].TailStep * (1 + 1e-9));
                if (units > byte.MaxValue)
                {
                    return ImageStatus.Unbounded;
                }

                tails[cell] = (byte)units;
            }

            float stored = MathF.BitIncrement((float)((Math.Sqrt(error) * (1 + 1e-9)) + _coordinateError));
            BinaryPrimitives.WriteSingleLittleEndian(target[_layout.ErrorOffset(stage)..], stored);
        }

        return ImageStatus.Bounded;
    }

    private Span<byte> Record(byte[][] records, int stage, int record) =>
        records[stage].AsSpan(record * _layout.RecordBytes[stage], _layout.RecordBytes[stage]);

    /// <summary>The squared length of a cell's direction less the mean direction.</summary>
    private double CentredSquare(int cell, float norm) =>
        1 - (2 * (_products[(_basis.Dimensions * _stride) + cell] / (double)norm)) + (_basis.MeanLength * _basis.MeanLength);

    /// <summary>False where the map's numbers are outside of what bounds can be trusted with.</summary>
    private bool Project(ReadOnlySpan<float> map)
    {
        ScanKernels kernels = ScanKernels.Best;
        Array.Clear(_squares);
        kernels.AddSquares(map, _basis.Channels, _layout.Cells, _squares);
        foreach (float square in _squares.AsSpan(0, _layout.Cells))
        {
            if (!(square < LargestNorm * LargestNorm) || (square < SmallestNorm * SmallestNorm && square > 0))
            {
                return false;
            }
        }

        kernels.Project(_basis.Rows, _basis.Dimensions + 1, map, _basis.Channels, _layout.Cells, _products, _stride);
        return true;
    }
}
