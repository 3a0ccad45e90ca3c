using System.Buffers.Binary;
using System.Numerics.Tensors;
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

    /// <summary>For sums of squares in double, of coordinates rounded to float32.</summary>
    private const double RoundUp = 1 + 1e-6;

    private readonly EigenBasis _basis;
    private readonly IndexLayout _layout;
    private readonly float[] _squares;
    private readonly float[] _norms;
    private readonly double[] _inverses;
    private readonly float[] _products;
    private readonly double[] _meanCoordinates;
    private readonly float[] _coordinates;
    private readonly byte[] _coarseCodes;
    private readonly byte[] _tails;
    private readonly int _stride;
    private readonly double _coordinateError;
    private readonly double _lengthError;
    private double _coarseSquares;
    private long _coarseCount;

    public CellEncoder(EigenBasis basis, IndexLayout layout)
    {
        _basis = basis;
        _layout = layout;
        _stride = layout.Cells + (2 * ScanKernels.Padding);
        _squares = new float[_stride];
        _norms = new float[layout.Cells];
        _inverses = new double[layout.Cells];
        _products = new float[(basis.Dimensions + 1) * _stride];
        _coordinates = new float[layout.Cells * basis.Dimensions];
        _coarseCodes = new byte[layout.Cells * layout.CoarseDimensions];
        _tails = new byte[layout.Cells * IndexLayout.TailBlocks];
        _meanCoordinates = new double[basis.Dimensions];
        for (int d = 0; d < basis.Dimensions; d++)
        {
            for (int c = 0; c < basis.Channels; c++)
            {
                _meanCoordinates[d] += (double)basis.Rows[(d * basis.Channels) + c] * basis.Mean[c];
            }
        }

        // The product of a row and a cell is off by at most (additions in a chain) * unit * both lengths; over all rows these
        // add up as the sides of a box. Then the basis' rows themselves stand askew by its skew, for a vector of length 2 at
        // most, and each coordinate is rounded to float32 once.
        double chain = ScanKernels.ProjectError(basis.Channels);
        _coordinateError = (Math.Sqrt(basis.Dimensions) * chain * 1.01) + (2.1 * basis.Skew) + (2.1 * ScanKernels.RoundingUnit);

        // |û - μ|² = |û|² - 2<û, μ> + |μ|², less the coordinates' squares: the errors of all of them, for lengths of 2 at most.
        _lengthError = (2.1 * (basis.Channels + 8) * ScanKernels.RoundingUnit) + (4 * chain) + (4.1 * _coordinateError);
        PackReaches = new double[layout.Packs.Length];
        LargestScales = new double[layout.Packs.Length];
    }

    /// <summary>The largest coordinate in the prefix' fine dimensions of all maps measured so far, in units of directions.</summary>
    public double LargestCoordinate { get; private set; }

    /// <summary>The standard deviation of coordinates in the prefix' coarse dimensions of all maps measured so far.</summary>
    public double CoarseDeviation => Math.Sqrt(_coarseSquares / Math.Max(_coarseCount, 1));

    /// <summary>The longest tail of all maps measured so far.</summary>
    public double LargestTail { get; private set; }

    /// <summary>The longest vector of fine codes of all maps encoded so far, in units of directions.</summary>
    public double FineReach { get; private set; }

    /// <summary>The longest vector of coarse codes of all maps encoded so far.</summary>
    public double CoarseReach { get; private set; }

    /// <summary>The longest vector of codes in each pack of all maps encoded so far.</summary>
    public double[] PackReaches { get; }

    /// <summary>The largest scale in each pack of all maps encoded so far.</summary>
    public double[] LargestScales { get; }

    /// <summary>Looks at a map to find out how large its numbers are, before steps are chosen.</summary>
    public void Measure(ReadOnlySpan<float> map)
    {
        for (int cell = 0, cells = Project(map) ? _layout.Cells : 0; cell < cells; cell++)
        {
            ReadOnlySpan<float> coordinates = Coordinates(cell);
            if (_norms[cell] > 0)
            {
                foreach (float coordinate in coordinates[.._layout.FineDimensions])
                {
                    LargestCoordinate = Math.Max(LargestCoordinate, Math.Abs(coordinate));
                }

                _coarseSquares += CoordinateLoops.SumOfSquares(coordinates[_layout.FineDimensions.._layout.PrefixDimensions]);
                _coarseCount += _layout.CoarseDimensions;
            }
        }
    }

    /// <summary>Looks at a map to find out how long tails are, when all steps but that of tails are chosen.</summary>
    public void MeasureTails(ReadOnlySpan<float> map, IndexPrefix prefix)
    {
        Span<double> tails = stackalloc double[IndexLayout.TailBlocks];
        for (int cell = 0, cells = Project(map) ? _layout.Cells : 0; cell < cells; cell++)
        {
            MeasureTails(cell, prefix, tails);
            foreach (double tail in tails)
            {
                LargestTail = Math.Max(LargestTail, tail);
            }
        }
    }

    /// <summary>Writes a map's records.</summary>
    /// <param name="map">The finite map, <c>[C, H, W]</c>, with <see cref="ScanKernels.Padding"/> elements of room behind it.</param>
    /// <param name="prefix">The steps.</param>
    /// <param name="records">Room for the panels and records of a unit of images, one buffer a stage, empty at first.</param>
    /// <param name="record">Which image of the unit this map is.</param>
    public ImageStatus Encode(ReadOnlySpan<float> map, IndexPrefix prefix, byte[][] records, int record)
    {
        if (!Project(map) || !MeasureTails(prefix))
        {
            return ImageStatus.Unbounded;
        }

        EncodePrefix(prefix, records[0], record);
        for (int refinement = 0; refinement < _layout.Refinements.Length; refinement++)
        {
            Span<byte> target = records[refinement + 1].AsSpan(record * _layout.RecordBytes[refinement], _layout.RecordBytes[refinement]);
            int cellBytes = _layout.CellBytes[refinement];
            (int firstPack, int packs) = _layout.Refinements[refinement].GetOffsetAndLength(_layout.Packs.Length);
            for (int pack = firstPack; pack < firstPack + packs; pack++)
            {
                int offset = _layout.PackOffsets[pack];
                for (int cell = 0; cell < _layout.Cells; cell++)
                {
                    EncodePack(pack, cell, target[((cell * cellBytes) + offset)..]);
                }
            }
        }

        return ImageStatus.Bounded;
    }

    /// <summary>The tails of all cells in whole steps, rounded up; false where one is longer than a byte can say.</summary>
    private bool MeasureTails(IndexPrefix prefix)
    {
        Span<double> lengths = stackalloc double[IndexLayout.TailBlocks];
        for (int cell = 0; cell < _layout.Cells; cell++)
        {
            MeasureTails(cell, prefix, lengths);
            for (int b = 0; b < lengths.Length; b++)
            {
                double units = Math.Ceiling(lengths[b] / prefix.TailStep * (1 + 1e-9));
                if (units > byte.MaxValue)
                {
                    return false;
                }

                _tails[(cell * IndexLayout.TailBlocks) + b] = (byte)units;
            }
        }

        return true;
    }

    private void EncodePrefix(IndexPrefix prefix, Span<byte> panel, int lane)
    {
        double inverse = 1 / prefix.Step;
        double largestError = 0;
        for (int cell = 0; cell < _layout.Cells; cell++)
        {
            if (_norms[cell] == 0)
            {
                // It has no direction, and everything is multiplied by its norm.
                continue;
            }

            Span<byte> lines = panel[(PrefixPanel.LineOf(cell, 0, _layout.CellLines) + (lane * 4))..];
            BinaryPrimitives.WriteSingleLittleEndian(lines, _norms[cell]);
            lines = lines[PrefixPanel.LineBytes..];
            ReadOnlySpan<float> coordinates = Coordinates(cell);
            double error = 0, reach = 0;
            for (int d = 0; d < _layout.FineDimensions; d++)
            {
                double units = Math.Clamp(coordinates[d] * inverse, -127, 127);
                int code = (int)(units + (units < 0 ? -0.5 : 0.5));
                double rest = coordinates[d] - (code * prefix.Step);
                error += rest * rest;
                reach += (double)code * code;
                lines[(d / 4 * PrefixPanel.LineBytes) + (d % 4)] = (byte)(code + CodeKernels.Bias);
            }

            largestError = Math.Max(largestError, error);
            FineReach = Math.Max(FineReach, Math.Sqrt(reach) * prefix.Step * RoundUp);
            lines = lines[(_layout.FineGroups * PrefixPanel.LineBytes)..];
            for (int d = 0; d < _layout.CoarseDimensions; d++)
            {
                int code = _coarseCodes[(cell * _layout.CoarseDimensions) + d];
                lines[(d / 8 * PrefixPanel.LineBytes) + (d % 4)] |= (byte)(d % 8 < 4 ? code : code << 4);
            }

            lines = lines[(_layout.CoarseGroups * PrefixPanel.LineBytes)..];
            for (int b = 0; b < IndexLayout.TailBlocks; b++)
            {
                lines[(b / 4 * PrefixPanel.LineBytes) + (b % 4)] = _tails[(cell * IndexLayout.TailBlocks) + b];
            }
        }

        float stored = MathF.BitIncrement((float)((Math.Sqrt(largestError) * RoundUp) + _coordinateError));
        BinaryPrimitives.WriteSingleLittleEndian(panel[(lane * 4)..], stored);
    }

    /// <summary>How long the error of a cell's coarse codes is; the codes are kept.</summary>
    private double EncodeCoarse(int cell, IndexPrefix prefix)
    {
        int dimensions = _layout.CoarseDimensions;
        (double error, double reach) = CoordinateLoops.Encode(
            Coordinates(cell).Slice(_layout.FineDimensions, dimensions), prefix.CoarseStep, _coarseCodes.AsSpan(cell * dimensions, dimensions));
        CoarseReach = Math.Max(CoarseReach, Math.Sqrt(reach) * RoundUp);
        return (Math.Sqrt(error) * RoundUp) + _coordinateError;
    }

    private void EncodePack(int pack, int cell, Span<byte> target)
    {
        int dimensions = _layout.Packs[pack];
        int bytes = IndexLayout.PackBytes(dimensions) - IndexLayout.PackHeader;
        ReadOnlySpan<float> coordinates = Coordinates(cell).Slice(_layout.FirstDimensions[pack], dimensions);
        float largest = Math.Abs(TensorPrimitives.MaxMagnitude(coordinates));

        // The scale as it is stored, so that nothing of it is left to be rounded; up, so that no code is cut off.
        float scale = RoundUpToBFloat16(largest / CodeKernels.PackBias);
        (int firstBlock, int blocks) = _layout.BlocksOfPacks[pack].GetOffsetAndLength(IndexLayout.TailBlocks);
        for (int b = 0; b < blocks; b++)
        {
            target[sizeof(uint) + b] = _tails[(cell * IndexLayout.TailBlocks) + firstBlock + b];
        }

        BinaryPrimitives.WriteSingleLittleEndian(target[(sizeof(uint) + IndexLayout.PackTails)..], _norms[cell]);
        Span<byte> codes = stackalloc byte[2 * IndexLayout.PackDimensions];
        codes[dimensions..].Clear();
        (double error, double reach) = CoordinateLoops.Encode(coordinates, scale, codes);
        for (int i = 0; i < bytes; i++)
        {
            target[IndexLayout.PackHeader + i] = (byte)(codes[i] | (codes[bytes + i] << 4));
        }

        PackReaches[pack] = Math.Max(PackReaches[pack], Math.Sqrt(reach) * RoundUp);
        LargestScales[pack] = Math.Max(LargestScales[pack], scale);
        float stored = _norms[cell] == 0 ? 0 : RoundUpToBFloat16((float)(((Math.Sqrt(error) * RoundUp) + _coordinateError) * RoundUp));
        BinaryPrimitives.WriteUInt32LittleEndian(target, (BitConverter.SingleToUInt32Bits(scale) >> 16) | BitConverter.SingleToUInt32Bits(stored));
    }

    /// <summary>The next number of 8 significant bits: the upper half of a float32, its lower half empty.</summary>
    private static float RoundUpToBFloat16(float value) =>
        BitConverter.UInt32BitsToSingle((BitConverter.SingleToUInt32Bits(value) + 0xFFFF) & 0xFFFF0000);

    /// <summary>A cell's tails, rounded up: the error of its coarse codes, and how long it is in each other block.</summary>
    private void MeasureTails(int cell, IndexPrefix prefix, Span<double> lengths)
    {
        lengths.Clear();
        if (_norms[cell] == 0)
        {
            return;
        }

        ReadOnlySpan<float> coordinates = Coordinates(cell);
        lengths[0] = _layout.CoarseDimensions > 0 ? EncodeCoarse(cell, prefix) : 0;
        for (int b = 1; b < lengths.Length; b++)
        {
            (int first, int count) = _layout.Blocks[b].GetOffsetAndLength(_layout.Dimensions);
            if (count > 0)
            {
                lengths[b] = (Math.Sqrt(CoordinateLoops.SumOfSquares(coordinates.Slice(first, count))) * RoundUp) + _coordinateError;
            }
        }

        if (_layout.HasRest)
        {
            double length = 1 - (2 * (_products[(_basis.Dimensions * _stride) + cell] / (double)_norms[cell])) + (_basis.MeanLength * _basis.MeanLength);
            lengths[^1] = Math.Sqrt(Math.Max(length - CoordinateLoops.SumOfSquares(coordinates), 0) + _lengthError);
        }
    }

    private ReadOnlySpan<float> Coordinates(int cell) => _coordinates.AsSpan(cell * _basis.Dimensions, _basis.Dimensions);

    /// <summary>False where the map's numbers are outside of what bounds can be trusted with.</summary>
    private bool Project(ReadOnlySpan<float> map)
    {
        ScanKernels kernels = ScanKernels.Best;
        int cells = _layout.Cells;
        Array.Clear(_squares);
        kernels.AddSquares(map, _basis.Channels, cells, _squares);
        foreach (float square in _squares.AsSpan(0, cells))
        {
            if (!(square < LargestNorm * LargestNorm) || (square < SmallestNorm * SmallestNorm && square > 0))
            {
                return false;
            }
        }

        kernels.Project(_basis.Rows, _basis.Dimensions + 1, map, _basis.Channels, cells, _products, _stride);
        for (int cell = 0; cell < cells; cell++)
        {
            _norms[cell] = MathF.Sqrt(_squares[cell]);
            _inverses[cell] = _norms[cell] == 0 ? 0 : 1.0 / _norms[cell];
        }

        // From rows of dimensions to rows of cells, a few dimensions at a time: these stay in the cache while all cells take
        // theirs.
        const int Together = 16;
        int dimensions = _basis.Dimensions;
        for (int first = 0; first < dimensions; first += Together)
        {
            int count = Math.Min(Together, dimensions - first);
            for (int d = first; d < first + count; d++)
            {
                CoordinateLoops.Normalise(_products.AsSpan(d * _stride, cells), _inverses, _meanCoordinates[d]);
            }

            ReadOnlySpan<float> rows = _products.AsSpan(first * _stride, count * _stride);
            for (int cell = 0; cell < cells; cell++)
            {
                Span<float> coordinates = _coordinates.AsSpan((cell * dimensions) + first, count);
                for (int d = 0, at = cell; d < coordinates.Length; d++, at += _stride)
                {
                    coordinates[d] = rows[at];
                }
            }
        }

        return true;
    }
}
