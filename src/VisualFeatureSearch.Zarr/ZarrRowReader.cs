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
    private readonly long _rowLength;
    private readonly long _chunkLength;
    private Stream? _stream;
    private long _streamChunk = -1;
    private long _streamPosition;
    private byte[] _discard = [];

    internal ZarrRowReader(ZarrArray array)
    {
        _array = array;
        _metadata = array.Metadata;
        _chunkIndex = new long[_metadata.Shape.Count];
        _rowLength = _metadata.RowLength;
        _chunkLength = _metadata.ChunkLength;
    }

    /// <summary>Reads <paramref name="count"/> rows from <paramref name="first"/> on. Missing chunks give the fill value.</summary>
    /// <param name="first">The first row, 0 or more.</param>
    /// <param name="count">How many rows; together with <paramref name="first"/> inside the array.</param>
    /// <param name="destination">Room for exactly these rows.</param>
    /// <exception cref="ZarrException">A chunk is truncated or corrupt; the message names it.</exception>
    public void Read(long first, int count, Span<byte> destination)
    {
        EnsureInside(first, count);
        if (destination.Length != _rowLength * count)
        {
            throw new ArgumentException($"{count} rows have {_rowLength * count} bytes, not {destination.Length}.", nameof(destination));
        }

        int chunkRows = _metadata.ChunkShape[0];
        while (count > 0)
        {
            long chunk = first / chunkRows;
            int within = (int)(first % chunkRows);
            int rows = Math.Min(count, chunkRows - within);
            Span<byte> target = destination[..(int)(rows * _rowLength)];
            if (_metadata.HasWholeRowChunks)
            {
                ReadWholeRows(chunk, within, target);
            }
            else
            {
                ReadSplitRows(first, rows, target);
            }

            destination = destination[target.Length..];
            first += rows;
            count -= rows;
        }
    }

    /// <summary>
    /// As <see cref="Read"/>, without copying where the rows lie in one file of the store as they are: then what is returned
    /// is the file itself, mapped into memory.
    /// </summary>
    /// <param name="first">The first row, 0 or more.</param>
    /// <param name="count">How many rows; together with <paramref name="first"/> inside the array.</param>
    /// <param name="padding">Bytes that can be read behind them, whatever they are.</param>
    /// <param name="buffer">Room for the rows and the padding.</param>
    /// <returns>The rows and the padding, until the next call, or until the reader is disposed.</returns>
    /// <exception cref="ZarrException">A chunk is truncated or corrupt; the message names it.</exception>
    public ReadOnlySpan<byte> View(long first, int count, int padding, Span<byte> buffer)
    {
        EnsureInside(first, count);
        (long chunk, long within) = Math.DivRem(first, _metadata.ChunkShape[0]);
        int length = checked((int)(count * _rowLength));
        buffer = buffer[..checked(length + padding)];
        if (_array.Mapped is { } mapped && length > 0 && (within * _rowLength) + length + padding <= _chunkLength && mapped.Find(chunk) is { } file)
        {
            return file.Slice(within * _rowLength, length + padding);
        }

        Read(first, count, buffer[..length]);
        return buffer;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        LeaveStream();
        DropKept();

        // Rows that were viewed are the array's as long as it is held.
        GC.KeepAlive(_array);
    }

    private void EnsureInside(long first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + count, _metadata.Shape[0], nameof(count));
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
            MoveTo(chunk, within * _rowLength);
            _stream.ReadExactly(target);
            _streamPosition += target.Length;
            if (_streamPosition == _chunkLength)
            {
                EnsureEnded(_stream);
            }
        }
        catch (Exception exception) when (ZarrArray.IsBrokenChunk(exception))
        {
            LeaveStream();
            DropKept();
            Array.Clear(_chunkIndex);
            _chunkIndex[0] = chunk;
            throw _array.Describe(_chunkIndex, exception);
        }

        _metadata.DataType.ToMachineOrder(target);
    }

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

    /// <summary>The general case: rows are spread over several chunks, or a chunk has another order of axes.</summary>
    private void ReadSplitRows(long first, int rows, Span<byte> target)
    {
        long[] start = new long[_chunkIndex.Length];
        start[0] = first;
        ZarrRegion region = new(_metadata, start, [rows, .. _metadata.Shape.Skip(1)]);
        foreach (long[] index in region.Chunks())
        {
            Stream? stream = _array.OpenChunk(index);
            _array.Place(region, index, stream is null ? null : _array.DecodeWhole(index, stream), target);
        }
    }

    private void Fill(Span<byte> target)
    {
        Span<byte> element = stackalloc byte[_metadata.DataType.Size];
        _array.FillElement(element);
        ZarrRegion.Repeat(element, target);
    }
}
