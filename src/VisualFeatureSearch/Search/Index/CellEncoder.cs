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

    /// <summary>For sums of squares in double, of coordinates rounded to float32.</summary>
    private const double RoundUp = 1 + 1e-6;

    private readonly EigenBasis _basis;
    private readonly IndexLayout _layout;
    private readonly float[] _squares;
    private readonly float[] _norms;
    private readonly float[] _products;
    private readonly double[] _meanCoordinates;
    private readonly float[] _coordinates;
    private readonly int _stride;
    private readonly double _coordinateError;
    private readonly double _lengthError;

    public CellEncoder(EigenBasis basis, IndexLayout layout)
    {
        _basis = basis;
        _layout = layout;
        _stride = layout.Cells + (2 * ScanKernels.Padding);
        _squares = new float[_stride];
        _norms = new float[layout.Cells];
        _products = new float[(basis.Dimensions + 1) * _stride];
        _coordinates = new float[layout.Cells * basis.Dimensions];
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

    /// <summary>The largest coordinate in the prefix of all maps measured so far, in units of directions.</summary>
    public double LargestCoordinate { get; private set; }

    /// <summary>The longest tail of all maps measured so far.</summary>
    public double LargestTail { get; private set; }

    /// <summary>The longest vector of prefix codes of all maps encoded so far, in units of directions.</summary>
    public double PrefixReach { get; private set; }

    /// <summary>The longest vector of codes in each pack of all maps encoded so far.</summary>
    public double[] PackReaches { get; }

    /// <summary>The largest scale in each pack of all maps encoded so far.</summary>
    public double[] LargestScales { get; }

    /// <summary>Looks at a map to find out how large its numbers are, before steps are chosen.</summary>
    public void Measure(ReadOnlySpan<float> map)
    {
        if (!Project(map))
        {
            return;
        }

        Span<double> tails = stackalloc double[IndexLayout.TailBlocks];
        for (int cell = 0; cell < _layout.Cells; cell++)
        {
            if (_norms[cell] == 0)
            {
                continue;
            }

            MeasureTails(cell, tails);
            foreach (double tail in tails)
            {
                LargestTail = Math.Max(LargestTail, tail);
            }

            foreach (float coordinate in Coordinates(cell)[.._layout.PrefixDimensions])
            {
                LargestCoordinate = Math.Max(LargestCoordinate, Math.Abs(coordinate));
            }
        }
    }

    /// <summary>Writes a map's records.</summary>
    /// <param name="map">The finite map, <c>[C, H, W]</c>, with <see cref="ScanKernels.Padding"/> elements of room behind it.</param>
    /// <param name="prefix">The steps.</param>
    /// <param name="records">Room for the records of several images, one buffer a stage.</param>
    /// <param name="record">Which of them this map's is.</param>
    public ImageStatus Encode(ReadOnlySpan<float> map, IndexPrefix prefix, byte[][] records, int record)
    {
        if (!Project(map) || !EncodePrefix(prefix, Record(records, 0, record)))
        {
            return ImageStatus.Unbounded;
        }

        ReadOnlySpan<byte> tails = Record(records, 0, record)[_layout.TailsOffset..];
        for (int refinement = 0; refinement < _layout.Refinements.Length; refinement++)
        {
            Span<byte> target = Record(records, refinement + 1, record);
            int cellBytes = _layout.CellBytes[refinement];
            (int firstPack, int packs) = _layout.Refinements[refinement].GetOffsetAndLength(_layout.Packs.Length);
            for (int pack = firstPack; pack < firstPack + packs; pack++)
            {
                int offset = _layout.PackOffsets[pack];
                for (int cell = 0; cell < _layout.Cells; cell++)
                {
                    EncodePack(pack, cell, tails, target[((cell * cellBytes) + offset)..]);
                }
            }
        }

        return ImageStatus.Bounded;
    }

    private bool EncodePrefix(IndexPrefix prefix, Span<byte> target)
    {
        int cells = _layout.Cells;
        MemoryMarshal.AsBytes(_norms.AsSpan()).CopyTo(target);
        Span<byte> codes = target[_layout.CodesOffset..];
        Span<byte> tails = target[_layout.TailsOffset..];
        Span<double> lengths = stackalloc double[IndexLayout.TailBlocks];
        double inverse = 1 / prefix.Step;
        double largestError = 0;
        for (int cell = 0; cell < cells; cell++)
        {
            ReadOnlySpan<float> coordinates = Coordinates(cell);
            double error = 0, reach = 0;
            for (int d = 0; d < _layout.PrefixDimensions; d++)
            {
                double units = Math.Clamp(coordinates[d] * inverse, -127, 127);
                int code = (int)(units + (units < 0 ? -0.5 : 0.5));
                double rest = coordinates[d] - (code * prefix.Step);
                error += rest * rest;
                reach += (double)code * code;
                codes[(((d / 4 * cells) + cell) * 4) + (d % 4)] = (byte)(code + CodeKernels.Bias);
            }

            largestError = Math.Max(largestError, error);
            PrefixReach = Math.Max(PrefixReach, Math.Sqrt(reach) * prefix.Step * RoundUp);
            MeasureTails(cell, lengths);
            for (int b = 0; b < lengths.Length; b++)
            {
                double units = Math.Ceiling(lengths[b] / prefix.TailStep * (1 + 1e-9));
                if (units > byte.MaxValue)
                {
                    return false;
                }

                tails[TailOffset(cell, b)] = (byte)units;
            }
        }

        float stored = MathF.BitIncrement((float)((Math.Sqrt(largestError) * RoundUp) + _coordinateError));
        BinaryPrimitives.WriteSingleLittleEndian(target[_layout.ErrorOffset..], stored);
        return true;
    }

    private void EncodePack(int pack, int cell, ReadOnlySpan<byte> tails, Span<byte> target)
    {
        int dimensions = _layout.Packs[pack];
        int bytes = IndexLayout.PackBytes(dimensions) - IndexLayout.PackHeader;
        ReadOnlySpan<float> coordinates = Coordinates(cell).Slice(_layout.FirstDimensions[pack], dimensions);
        float largest = 0;
        foreach (float coordinate in coordinates)
        {
            largest = Math.Max(largest, Math.Abs(coordinate));
        }

        // The scale as it is stored, so that nothing of it is left to be rounded; up, so that no code is cut off.
        float scale = RoundUpToBFloat16(largest / CodeKernels.PackBias);
        float inverse = scale > 0 ? 1 / scale : 0;
        double error = 0, reach = 0;
        (int firstBlock, int blocks) = _layout.BlocksOfPacks[pack].GetOffsetAndLength(IndexLayout.TailBlocks);
        for (int b = 0; b < blocks; b++)
        {
            target[sizeof(uint) + b] = tails[TailOffset(cell, firstBlock + b)];
        }

        BinaryPrimitives.WriteSingleLittleEndian(target[(sizeof(uint) + IndexLayout.PackTails)..], _norms[cell]);
        Span<byte> codes = target[IndexLayout.PackHeader..];
        for (int i = 0; i < dimensions; i++)
        {
            int code = Math.Clamp((int)((coordinates[i] * inverse) + 8), 0, 15);
            double value = (code - CodeKernels.PackBias) * (double)scale;
            double rest = coordinates[i] - value;
            error += rest * rest;
            reach += value * value;
            codes[i % bytes] |= (byte)(i < bytes ? code : code << 4);
        }

        PackReaches[pack] = Math.Max(PackReaches[pack], Math.Sqrt(reach) * RoundUp);
        LargestScales[pack] = Math.Max(LargestScales[pack], scale);
        float stored = _norms[cell] == 0 ? 0 : RoundUpToBFloat16((float)(((Math.Sqrt(error) * RoundUp) + _coordinateError) * RoundUp));
        BinaryPrimitives.WriteUInt32LittleEndian(target, (BitConverter.SingleToUInt32Bits(scale) >> 16) | BitConverter.SingleToUInt32Bits(stored));
    }

    private int TailOffset(int cell, int block) => (((block / 4 * _layout.Cells) + cell) * 4) + (block % 4);

    /// <summary>The next number of 8 significant bits: the upper half of a float32, its lower half empty.</summary>
    private static float RoundUpToBFloat16(float value) =>
        BitConverter.UInt32BitsToSingle((BitConverter.SingleToUInt32Bits(value) + 0xFFFF) & 0xFFFF0000);

    /// <summary>How long a cell is in each block of tails, rounded up.</summary>
    private void MeasureTails(int cell, Span<double> lengths)
    {
        lengths.Clear();
        if (_norms[cell] == 0)
        {
            return;
        }

        ReadOnlySpan<float> coordinates = Coordinates(cell);
        for (int b = 0; b < lengths.Length; b++)
        {
            (int first, int count) = _layout.Blocks[b].GetOffsetAndLength(_layout.Dimensions);
            if (count > 0)
            {
                lengths[b] = (Math.Sqrt(SumOfSquares(coordinates.Slice(first, count))) * RoundUp) + _coordinateError;
            }
        }

        if (_layout.HasRest)
        {
            double length = 1 - (2 * (_products[(_basis.Dimensions * _stride) + cell] / (double)_norms[cell])) + (_basis.MeanLength * _basis.MeanLength);
            lengths[^1] = Math.Sqrt(Math.Max(length - SumOfSquares(coordinates), 0) + _lengthError);
        }
    }

    private static double SumOfSquares(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
        {
            sum += (double)value * value;
        }

        return sum;
    }

    private ReadOnlySpan<float> Coordinates(int cell) => _coordinates.AsSpan(cell * _basis.Dimensions, _basis.Dimensions);

    private Span<byte> Record(byte[][] records, int stage, int record) =>
        records[stage].AsSpan(record * _layout.RecordBytes[stage], _layout.RecordBytes[stage]);

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
            double inverse = _norms[cell] == 0 ? 0 : 1.0 / _norms[cell];
            Span<float> coordinates = _coordinates.AsSpan(cell * _basis.Dimensions, _basis.Dimensions);
            for (int d = 0; d < coordinates.Length; d++)
            {
                coordinates[d] = (float)((_products[(d * _stride) + cell] * inverse) - _meanCoordinates[d]);
            }
        }

        return true;
    }
}
