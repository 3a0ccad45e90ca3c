using System.Buffers.Binary;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Zarr.Codecs.Blosc;

/// <summary>The decoded bytes of a Blosc frame, one block in memory at a time; seeking costs at most one block.</summary>
internal sealed class BloscStream : ReadOnlyStream
{
    /// <summary>More than any compressor here reaches, Zstandard's runs of one byte included.</summary>
    private const int LargestRatio = 1 << 16;

    private readonly ZarrBlob _blob;
    private readonly BloscHeader _header;
    private readonly int[] _starts = [];
    private readonly int[] _ends = [];
    private byte[] _block = [];
    private byte[] _encoded = [];
    private byte[] _shuffled = [];
    private int _blockIndex = -1;

    public BloscStream(ZarrBlob blob, long? decodedLength)
    {
        _blob = blob;
        Span<byte> header = stackalloc byte[BloscHeader.Length];
        ReadBytes(0, header);
        _header = BloscHeader.Read(header);
        if (decodedLength is { } wanted && _header.DecodedLength != wanted)
        {
            throw new ZarrException($"it decodes to {_header.DecodedLength} bytes where {decodedLength} are needed: it belongs to another array");
        }

        if (_header.EncodedLength > blob.Length || (_header.IsStored && _header.EncodedLength < BloscHeader.Length + _header.DecodedLength))
        {
            throw new ZarrException($"it has {blob.Length} bytes where its header says {_header.EncodedLength}: the file is truncated");
        }

        if (!_header.IsStored)
        {
            (_starts, _ends) = ReadBlockPlaces();
        }
    }

    public override bool CanSeek => true;

    public override long Length => _header.DecodedLength;

    public override long Position { get; set; }

    public override int Read(Span<byte> buffer)
    {
        int wanted = (int)Math.Min(buffer.Length, Length - Position);
        if (wanted <= 0)
        {
            return 0;
        }

        if (_header.IsStored)
        {
            ReadBytes(BloscHeader.Length + Position, buffer[..wanted]);
            Position += wanted;
            return wanted;
        }

        int index = (int)(Position / _header.BlockSize);
        int within = (int)(Position % _header.BlockSize);
        if (index != _blockIndex)
        {
            DecodeBlock(index);
        }

        int taken = Math.Min(wanted, BlockLength(index) - within);
        _block.AsSpan(within, taken).CopyTo(buffer);
        Position += taken;
        return taken;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _blob.Dispose();
        }

        base.Dispose(disposing);
    }

    private int BlockLength(int index) => Math.Min(_header.BlockSize, _header.DecodedLength - (index * _header.BlockSize));

    /// <summary>
    /// Blocks lie in the order in which Blosc's threads finished them, so where one ends is known only from where
    /// the next one in the file starts.
    /// </summary>
    private (int[] Starts, int[] Ends) ReadBlockPlaces()
    {
        long tableEnd = BloscHeader.Length + (4L * _header.BlockCount);
        if (tableEnd > _header.EncodedLength)
        {
            throw new ZarrException("its block table does not fit into it: the file is corrupt");
        }

        byte[] table = new byte[4 * _header.BlockCount];
        ReadBytes(BloscHeader.Length, table);
        int[] starts = new int[_header.BlockCount];
        for (int i = 0; i < starts.Length; i++)
        {
            starts[i] = BinaryPrimitives.ReadInt32LittleEndian(table.AsSpan(4 * i));
            if (starts[i] < tableEnd || starts[i] > _header.EncodedLength)
            {
                throw new ZarrException("its block table points outside of it: the file is corrupt");
            }
        }

        int[] sorted = [.. starts.Order()];
        int[] ends = new int[starts.Length];
        for (int i = 0; i < starts.Length; i++)
        {
            int next = Array.BinarySearch(sorted, starts[i]) + 1;
            ends[i] = next < sorted.Length ? sorted[next] : _header.EncodedLength;
        }

        return (starts, ends);
    }

    private void DecodeBlock(int index)
    {
        _blockIndex = -1;
        int length = BlockLength(index);
        int encodedLength = _ends[index] - _starts[index];
        if (length > (long)encodedLength * LargestRatio)
        {
            throw new ZarrException($"a block of {encodedLength} bytes claims to decompress to {length}: the file is corrupt");
        }

        if (_block.Length == 0)
        {
            _block = new byte[_header.BlockSize];
        }

        if (_encoded.Length < encodedLength)
        {
            _encoded = new byte[encodedLength];
        }

        ReadBytes(_starts[index], _encoded.AsSpan(0, encodedLength));
        if (_header.Shuffle == BloscShuffle.None)
        {
            DecodeStreams(length, encodedLength, _block.AsSpan(0, length));
        }
        else
        {
            if (_shuffled.Length == 0)
            {
                _shuffled = new byte[_header.BlockSize];
            }

            Span<byte> shuffled = _shuffled.AsSpan(0, length);
            DecodeStreams(length, encodedLength, shuffled);
            if (_header.Shuffle == BloscShuffle.Byte)
            {
                Shuffling.UnshuffleBytes(shuffled, _block.AsSpan(0, length), _header.ElementSize);
            }
            else
            {
                Shuffling.UnshuffleBits(shuffled, _block.AsSpan(0, length), _header.ElementSize);
            }
        }

        _blockIndex = index;
    }

    private void DecodeStreams(int length, int encodedLength, Span<byte> destination)
    {
        int streams = _header.StreamCount(length);
        int streamLength = length / streams;
        int at = 0;
        for (int s = 0; s < streams; s++)
        {
            int size = at + 4 <= encodedLength ? BinaryPrimitives.ReadInt32LittleEndian(_encoded.AsSpan(at)) : -1;
            at += 4;
            if (size < 0 || size > encodedLength - at)
            {
                throw new ZarrException("a block is longer than its place: the file is corrupt");
            }

            Span<byte> target = destination.Slice(s * streamLength, streamLength);
            if (size == streamLength)
            {
                _encoded.AsSpan(at, size).CopyTo(target);
            }
            else
            {
                BloscFormats.Decode(_header.CompressorFormat, _encoded, at, size, target);
            }

            at += size;
        }
    }

    private void ReadBytes(long offset, Span<byte> buffer)
    {
        try
        {
            _blob.ReadExactly(offset, buffer);
        }
        catch (EndOfStreamException exception)
        {
            throw new ZarrException($"it ends after {_blob.Length} bytes, inside a Blosc frame: the file is truncated", exception);
        }
    }
}
