using System.Buffers.Binary;

namespace VisualFeatureSearch.Zarr.Codecs.Blosc;

/// <summary>The first 16 bytes of a Blosc 1 frame.</summary>
/// <param name="Flags">Shuffle, stored-as-is, no-split and compressor bits.</param>
/// <param name="ElementSize">Bytes an element, 1 to 255.</param>
/// <param name="DecodedLength">Bytes of the whole frame when decoded.</param>
/// <param name="BlockSize">Bytes a block when decoded; the last one may be shorter.</param>
/// <param name="EncodedLength">Bytes of the frame, this header included.</param>
internal readonly record struct BloscHeader(byte Flags, int ElementSize, int DecodedLength, int BlockSize, int EncodedLength)
{
    public const int Length = 16;

    /// <summary>Streams shorter than this many elements are not split by byte position.</summary>
    private const int MinimumSplitElements = 128;

    private const int MaximumSplits = 16;
    private const byte FormatVersion = 2;
    private const byte ByteShuffleFlag = 0x01;
    private const byte StoredFlag = 0x02;
    private const byte BitShuffleFlag = 0x04;
    private const byte NoSplitFlag = 0x10;

    public bool IsStored => (Flags & StoredFlag) != 0;

    public BloscShuffle Shuffle =>
        (Flags & ByteShuffleFlag) != 0 && ElementSize > 1 ? BloscShuffle.Byte
        : (Flags & BitShuffleFlag) != 0 ? BloscShuffle.Bit
        : BloscShuffle.None;

    public int CompressorFormat => Flags >> 5;

    public int BlockCount => BlockSize == 0 ? 0 : (int)(((long)DecodedLength + BlockSize - 1) / BlockSize);

    public static BloscHeader Read(ReadOnlySpan<byte> bytes)
    {
        uint decoded = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        uint block = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        uint encoded = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
        if (bytes[0] is 0 or > FormatVersion || bytes[3] == 0 || decoded > int.MaxValue || encoded > int.MaxValue
            || block > Math.Max(decoded, 1) || (block == 0 && decoded > 0))
        {
            throw new ZarrException("it does not start with a Blosc 1 header");
        }

        return new BloscHeader(bytes[2], bytes[3], (int)decoded, (int)block, (int)encoded);
    }

    public static BloscHeader ForWriting(
        BloscCompressor compressor, BloscShuffle shuffle, int elementSize, int decodedLength, int blockSize, int encodedLength, bool stored)
    {
        int format = compressor switch
        {
            BloscCompressor.BloscLz => BloscFormats.BloscLz,
            BloscCompressor.Lz4 or BloscCompressor.Lz4HighCompression => BloscFormats.Lz4,
            BloscCompressor.Snappy => BloscFormats.Snappy,
            BloscCompressor.Zlib => BloscFormats.Zlib,
            _ => BloscFormats.Zstd,
        };
        int flags = (format << 5)
            | NoSplitFlag
            | (shuffle == BloscShuffle.Byte ? ByteShuffleFlag : 0)
            | (shuffle == BloscShuffle.Bit ? BitShuffleFlag : 0)
            | (stored ? StoredFlag : 0);
        return new BloscHeader((byte)flags, elementSize, decodedLength, blockSize, encodedLength);
    }

    public void Write(Span<byte> bytes)
    {
        bytes[0] = FormatVersion;
        bytes[1] = 1;
        bytes[2] = Flags;
        bytes[3] = (byte)ElementSize;
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], DecodedLength);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], BlockSize);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], EncodedLength);
    }

    /// <summary>Into how many separately compressed streams, one a byte position, a block of this length is cut.</summary>
    public int StreamCount(int blockLength) =>
        (Flags & NoSplitFlag) == 0
        && ElementSize <= MaximumSplits
        && BlockSize / ElementSize >= MinimumSplitElements
        && blockLength == BlockSize
            ? ElementSize
            : 1;
}
