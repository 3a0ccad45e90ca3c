using System.Text.Json.Nodes;
using VisualFeatureSearch.Zarr.Codecs.Blosc;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Zarr.Codecs;

/// <summary>The compressor inside a Blosc frame.</summary>
public enum BloscCompressor
{
    /// <summary>BloscLZ, Blosc's own descendant of FastLZ.</summary>
    BloscLz,

    /// <summary>LZ4, the fastest.</summary>
    Lz4,

    /// <summary>LZ4's format, searched harder; decodes as fast.</summary>
    Lz4HighCompression,

    /// <summary>Snappy; Blosc is rarely built with it today.</summary>
    Snappy,

    /// <summary>Deflate in a zlib wrapper.</summary>
    Zlib,

    /// <summary>Zstandard.</summary>
    Zstd,
}

/// <summary>How Blosc rearranges a block before compressing it.</summary>
public enum BloscShuffle
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>All first bytes of the elements, then all second bytes, and so on.</summary>
    Byte,

    /// <summary>All lowest bits of the elements, then the next bits, and so on.</summary>
    Bit,

    /// <summary>Bit shuffle for one-byte elements, byte shuffle for larger ones (numcodecs' -1).</summary>
    Automatic,
}

/// <summary>
/// The Blosc 1 meta-compressor, Zarr v2's default: the chunk is cut into blocks that are shuffled and compressed one
/// by one, so a part of a chunk is read by decoding its blocks only.
/// Format: https://github.com/Blosc/c-blosc/blob/main/README_CHUNK_FORMAT.rst
/// </summary>
/// <param name="compressor">The compressor of the blocks.</param>
/// <param name="level">Compression level, 0 (stored) to 9.</param>
/// <param name="shuffle">The rearrangement before compressing.</param>
/// <param name="blockSize">Bytes a block before compression; 0 to choose.</param>
public sealed class BloscCodec(
    BloscCompressor compressor = BloscCompressor.Lz4,
    int level = 5,
    BloscShuffle shuffle = BloscShuffle.Byte,
    int blockSize = 0) : ZarrCodec
{
    /// <inheritdoc />
    public override JsonObject ToJson() => new()
    {
        ["id"] = "blosc",
        ["cname"] = CompressorName,
        ["clevel"] = level,
        ["shuffle"] = shuffle switch { BloscShuffle.None => 0, BloscShuffle.Byte => 1, BloscShuffle.Bit => 2, _ => -1 },
        ["blocksize"] = blockSize,
    };

    /// <inheritdoc />
    public override JsonObject ToJsonV3(int elementSize) => NameOnly("blosc", new JsonObject
    {
        ["cname"] = CompressorName,
        ["clevel"] = level,
        ["shuffle"] = Applied(elementSize) switch { BloscShuffle.None => "noshuffle", BloscShuffle.Byte => "shuffle", _ => "bitshuffle" },
        ["typesize"] = elementSize,
        ["blocksize"] = blockSize,
    });

    /// <inheritdoc />
    public override Stream OpenDecoder(ZarrBlob blob, long? decodedLength) => new BloscStream(blob, decodedLength);

    /// <inheritdoc />
    public override byte[] Encode(ReadOnlySpan<byte> chunk, int elementSize) =>
        BloscEncoder.Encode(chunk, elementSize, compressor, level, Applied(elementSize), blockSize);

    private string CompressorName => compressor switch
    {
        BloscCompressor.BloscLz => "blosclz",
        BloscCompressor.Lz4 => "lz4",
        BloscCompressor.Lz4HighCompression => "lz4hc",
        BloscCompressor.Snappy => "snappy",
        BloscCompressor.Zlib => "zlib",
        _ => "zstd",
    };

    private BloscShuffle Applied(int elementSize) =>
        shuffle != BloscShuffle.Automatic ? shuffle : elementSize == 1 ? BloscShuffle.Bit : BloscShuffle.Byte;
}
