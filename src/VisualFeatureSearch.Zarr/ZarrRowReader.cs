using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace VisualFeatureSearch.Zarr;

/// <summary>
/// Reads rows (one index of the first axis, all of the others) as packed elements in C order and the machine's byte
/// order, whatever the chunking, order and codec. Reading forward is fast with every codec: the open chunk is kept. Of chunks
/// that can be entered at any row several are kept, so that reading here and there does not open them again and again.
/// Not safe for several threads at once; open one a thread.
/// </summary>
public sealed class ZarrRowReader : IDisposable
{
    /// <summary>Open chunks that are kept: as many files, and each thread may have a reader.</summary>
    private static readonly int MaximumKept = Math.Clamp(2048 / Environment.ProcessorCount, 16, 256);

    private readonly Dictionary<long, Stream> _kept = [];
    private readonly ZarrArray _array;
    private readonly ZarrArrayMetadata _metadata;
    private readonly long[] _chunkIndex;
    private Stream? _stream;
    private long _streamChunk = -1;
    private long _streamPosition;
    private byte[] _discard = [];

    internal ZarrRowReader(ZarrArray array)
    {
        _array = array;
        _metadata = array.Metadata;
        _chunkIndex = new long[_metadata.Shape.Count];
    }

    /// <summary>Reads <paramref name="count"/> rows from <paramref name="first"/> on. Missing chunks give the fill value.</summary>
    /// <param name="first">The first row, 0 or more.</param>
    /// <param name="count">How many rows; together with <paramref name="first"/> inside the array.</param>
    /// <param name="destination">Room for exactly these rows.</param>
    /// <exception cref="ZarrException">A chunk is truncated or corrupt; the message names it.</exception>
    public void Read(long first, int count, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + count, _metadata.Shape[0], nameof(count));
        long rowLength = _metadata.RowLength;
        if (destination.Length != rowLength * count)
        {
            throw new ArgumentException($"{count} rows have {rowLength * count} bytes, not {destination.Length}.", nameof(destination));
        }

        int chunkRows = _metadata.ChunkShape[0];
        while (count > 0)
        {
            long chunk = first / chunkRows;
            int within = (int)(first % chunkRows);
            int rows = Math.Min(count, chunkRows - within);
            Span<byte> target = destination[..(int)(rows * rowLength)];
            if (_metadata.HasWholeRowChunks)
            {
                ReadWholeRows(chunk, within, target);
            }
            else
            {
                ReadSplitRows(chunk, within, rows, target);
            }

            destination = destination[target.Length..];
            first += rows;
            count -= rows;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        LeaveStream();
        DropKept();
    }

    private void ReadWholeRows(long chunk, int within, Span<byte> target)
    {
        if (_streamChunk != chunk)
        {
            OpenStream(chunk);
        }

        if (_stream is null)
        {
            Fill(target);
            return;
        }

        try
        {
            MoveTo(chunk, within * _metadata.RowLength);
            _stream.ReadExactly(target);
            _streamPosition += target.Length;
            if (_streamPosition == _metadata.ChunkLength)
            {
                EnsureEnded(_stream);
            }
        }
        catch (Exception exception) when (IsBrokenChunk(exception))
        {
            LeaveStream();
            DropKept();
            Array.Clear(_chunkIndex);
            _chunkIndex[0] = chunk;
            throw _array.Describe(_chunkIndex, exception);
        }

        SwapBytes(target);
    }

    private static bool IsBrokenChunk(Exception exception) =>
        exception is ZarrException or EndOfStreamException or InvalidDataException or ZstdSharp.ZstdException;

    /// <summary>Reading to the very end lets a decoder check its trailer, and finds chunks that are too long.</summary>
    private static void EnsureEnded(Stream stream)
    {
        if (!stream.CanSeek && stream.ReadByte() >= 0)
        {
            throw new ZarrException("it decodes to more bytes than a chunk has: it belongs to another array");
        }
    }

    private void OpenStream(long chunk)
    {
        LeaveStream();
        if (!_kept.TryGetValue(chunk, out _stream))
        {
            Array.Clear(_chunkIndex);
            _chunkIndex[0] = chunk;
            _stream = _array.OpenChunk(_chunkIndex);
            if (_stream is { CanSeek: true })
            {
                if (_kept.Count == MaximumKept)
                {
                    DropKept();
                }

                _kept.Add(chunk, _stream);
            }
        }

        _streamChunk = chunk;
        _streamPosition = _stream is { CanSeek: true } ? _stream.Position : 0;
    }

    private void LeaveStream()
    {
        if (!_kept.ContainsKey(_streamChunk))
        {
            _stream?.Dispose();
        }

        _stream = null;
        _streamChunk = -1;
    }

    private void DropKept()
    {
        foreach (Stream stream in _kept.Values)
        {
            stream.Dispose();
        }

        _kept.Clear();
    }

    private void MoveTo(long chunk, long position)
    {
        if (position == _streamPosition)
        {
            return;
        }

        if (_stream!.CanSeek)
        {
            _stream.Position = position;
            _streamPosition = position;
            return;
        }

        if (position < _streamPosition)
        {
            OpenStream(chunk);
        }

        if (_discard.Length == 0)
        {
            _discard = new byte[64 * 1024];
        }

        while (_streamPosition < position)
        {
            int step = (int)Math.Min(_discard.Length, position - _streamPosition);
            _stream.ReadExactly(_discard, 0, step);
            _streamPosition += step;
        }
    }

    /// <summary>The general case: rows are spread over several chunks, or a chunk has its first axis innermost.</summary>
    private void ReadSplitRows(long chunkRow, int within, int rows, Span<byte> target)
    {
        byte[] chunk = new byte[_metadata.ChunkLength];
        Array.Clear(_chunkIndex);
        _chunkIndex[0] = chunkRow;
        do
        {
            using (Stream? stream = _array.OpenChunk(_chunkIndex))
            {
                if (stream is null)
                {
                    Fill(chunk);
                }
                else
                {
                    try
                    {
                        stream.ReadExactly(chunk);
                        EnsureEnded(stream);
                    }
                    catch (Exception exception) when (IsBrokenChunk(exception))
                    {
                        throw _array.Describe(_chunkIndex, exception);
                    }

                    SwapBytes(chunk);
                }
            }

            Scatter(chunk, within, rows, target);
        }
        while (NextChunkOfRow());
    }

    private bool NextChunkOfRow()
    {
        for (int axis = _chunkIndex.Length - 1; axis > 0; axis--)
        {
            if (++_chunkIndex[axis] < _metadata.ChunkCount(axis))
            {
                return true;
            }

            _chunkIndex[axis] = 0;
        }

        return false;
    }

    private void Scatter(ReadOnlySpan<byte> chunk, int within, int rows, Span<byte> target)
    {
        int rank = _chunkIndex.Length;
        int size = _metadata.DataType.Size;
        Span<long> chunkStride = stackalloc long[rank];
        Span<long> targetStride = stackalloc long[rank];
        Span<long> extent = stackalloc long[rank];
        long chunkStep = size;
        long targetStep = size;
        for (int i = 0; i < rank; i++)
        {
            int axis = _metadata.IsColumnMajor ? i : rank - 1 - i;
            chunkStride[axis] = chunkStep;
            chunkStep *= _metadata.ChunkShape[axis];
            targetStride[rank - 1 - i] = targetStep;
            targetStep *= _metadata.Shape[rank - 1 - i];
        }

        long targetStart = 0;
        for (int axis = 0; axis < rank; axis++)
        {
            long start = _chunkIndex[axis] * _metadata.ChunkShape[axis];
            extent[axis] = axis == 0 ? rows : Math.Min(_metadata.ChunkShape[axis], _metadata.Shape[axis] - start);
            targetStart += axis == 0 ? 0 : start * targetStride[axis];
        }

        Span<long> at = stackalloc long[rank];
        at.Clear();
        while (true)
        {
            long from = within * chunkStride[0];
            long to = targetStart;
            for (int axis = 0; axis < rank; axis++)
            {
                from += at[axis] * chunkStride[axis];
                to += at[axis] * targetStride[axis];
            }

            long run = extent[rank - 1];
            if (chunkStride[rank - 1] == size)
            {
                chunk.Slice((int)from, (int)(run * size)).CopyTo(target[(int)to..]);
            }
            else
            {
                for (long i = 0; i < run; i++)
                {
                    chunk.Slice((int)(from + (i * chunkStride[rank - 1])), size).CopyTo(target[(int)(to + (i * size))..]);
                }
            }

            int moving = rank - 2;
            while (moving >= 0 && ++at[moving] == extent[moving])
            {
                at[moving--] = 0;
            }

            if (moving < 0)
            {
                return;
            }
        }
    }

    private void Fill(Span<byte> target)
    {
        if (_metadata.FillValue is not { } value || !value.Span.ContainsAnyExcept((byte)0))
        {
            target.Clear();
            return;
        }

        for (int at = 0; at < target.Length; at += value.Length)
        {
            value.Span.CopyTo(target[at..]);
        }

        SwapBytes(target);
    }

    private void SwapBytes(Span<byte> elements)
    {
        if (_metadata.DataType.IsBigEndian != BitConverter.IsLittleEndian)
        {
            return;
        }

        switch (_metadata.DataType.Size)
        {
            case 2:
                Span<short> two = MemoryMarshal.Cast<byte, short>(elements);
                BinaryPrimitives.ReverseEndianness(two, two);
                break;
            case 4:
                Span<int> four = MemoryMarshal.Cast<byte, int>(elements);
                BinaryPrimitives.ReverseEndianness(four, four);
                break;
            case 8:
                Span<long> eight = MemoryMarshal.Cast<byte, long>(elements);
                BinaryPrimitives.ReverseEndianness(eight, eight);
                break;
        }
    }
}
