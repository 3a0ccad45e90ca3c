using System.Text.Json.Nodes;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Zarr.Codecs;

/// <summary>Turns the bytes of a chunk into the bytes that are stored, and back.</summary>
public abstract class ZarrCodec
{
    /// <summary>The codec's configuration as Zarr v2 writes it into <c>.zarray</c>; null for no compression.</summary>
    public abstract JsonObject? ToJson();

    /// <summary>
    /// Opens the decoded bytes of a stored chunk. The stream owns <paramref name="blob"/>, holds little more than a
    /// block in memory, and can seek where the codec allows it.
    /// </summary>
    /// <param name="blob">The stored bytes.</param>
    /// <param name="decodedLength">How many bytes the chunk must have.</param>
    /// <exception cref="ZarrException">The stored bytes are not of this codec or not of this length.</exception>
    public abstract Stream OpenDecoder(ZarrBlob blob, long decodedLength);

    /// <summary>Encodes a whole chunk.</summary>
    /// <param name="chunk">The chunk's bytes, elements in stored byte order.</param>
    /// <param name="elementSize">Bytes an element, which shuffling codecs need.</param>
    public abstract byte[] Encode(ReadOnlySpan<byte> chunk, int elementSize);

    /// <summary>Reads the <c>compressor</c> of a <c>.zarray</c>.</summary>
    /// <exception cref="ZarrException">The codec is unknown, or a parameter has a value it cannot have.</exception>
    public static ZarrCodec FromJson(JsonNode? compressor)
    {
        if (compressor is null)
        {
            return RawCodec.Instance;
        }

        string? id = compressor is JsonObject && compressor["id"] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
        JsonReader read = new(compressor);
        return id switch
        {
            "blosc" => new BloscCodec(
                read.Text("cname", "lz4") switch
                {
                    "lz4" => BloscCompressor.Lz4,
                    "lz4hc" => BloscCompressor.Lz4HighCompression,
                    "zlib" => BloscCompressor.Zlib,
                    "zstd" => BloscCompressor.Zstd,
                    string other => throw new ZarrException($"Blosc's compressor '{other}' is not supported: lz4, lz4hc, zlib and zstd are"),
                },
                read.Integer("clevel", 5, 0, 9),
                read.Integer("shuffle", 1, -1, 2) switch
                {
                    0 => BloscShuffle.None,
                    1 => BloscShuffle.Byte,
                    2 => BloscShuffle.Bit,
                    _ => BloscShuffle.Automatic,
                },
                read.Integer("blocksize", 0, 0, int.MaxValue)),
            "zstd" => new ZstdCodec(read.Integer("level", 1, -100, 22)),
            "gzip" => new GzipCodec(read.Integer("level", 1, -1, 9)),
            "zlib" => new ZlibCodec(read.Integer("level", 1, -1, 9)),
            null => throw new ZarrException("\"compressor\" must be null or an object with an \"id\""),
            _ => throw new ZarrException($"the compressor '{id}' is not supported: blosc, zstd, gzip, zlib and null are"),
        };
    }

    private readonly struct JsonReader(JsonNode node)
    {
        public string Text(string name, string fallback) =>
            node[name] is JsonValue value && value.TryGetValue(out string? text) ? text : fallback;

        public int Integer(string name, int fallback, int minimum, int maximum)
        {
            if (node[name] is not JsonValue value)
            {
                return fallback;
            }

            return value.TryGetValue(out int number) && number >= minimum && number <= maximum
                ? number
                : throw new ZarrException($"the compressor's \"{name}\" is {value.ToJsonString()}: it must be an integer of {minimum} to {maximum}");
        }
    }
}
