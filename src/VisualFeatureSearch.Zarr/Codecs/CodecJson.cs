using System.Text.Json.Nodes;

namespace VisualFeatureSearch.Zarr.Codecs;

/// <summary>Codecs from the two forms in which metadata names them.</summary>
internal static class CodecJson
{
    private const string Supported = "blosc, zstd, gzip, zlib, lz4 and crc32c";

    /// <summary>A v2 <c>compressor</c>: <c>{"id": "zstd", "level": 3}</c>; null for none.</summary>
    public static ZarrCodec? FromV2(JsonNode? compressor)
    {
        if (compressor is null)
        {
            return null;
        }

        CodecParameters parameters = new("the compressor", compressor as JsonObject ?? []);
        string id = parameters.OptionalText("id") ?? throw new ZarrException("\"compressor\" must be null or an object with an \"id\"");
        return id == "blosc"
            ? new BloscCodec(
                BloscCompressorOf(parameters.Text("cname", "lz4")),
                parameters.Integer("clevel", 5, 0, 9),
                parameters.Integer("shuffle", 1, -1, 2) switch
                {
                    0 => BloscShuffle.None,
                    1 => BloscShuffle.Byte,
                    2 => BloscShuffle.Bit,
                    _ => BloscShuffle.Automatic,
                },
                parameters.Integer("blocksize", 0, 0, int.MaxValue))
            : Simple(id, parameters) ?? throw new ZarrException($"the compressor '{id}' is not supported: {Supported} and null are");
    }

    /// <summary>A v3 codec from bytes to bytes, by its name and configuration.</summary>
    public static ZarrCodec FromV3(string name, JsonObject configuration)
    {
        CodecParameters parameters = new($"the codec '{name}'", configuration);

        // Python's zarr writes codecs outside of the specification with the library's name before theirs.
        string bare = name.StartsWith("numcodecs.", StringComparison.Ordinal) ? name["numcodecs.".Length..] : name;
        return bare == "blosc"
            ? new BloscCodec(
                BloscCompressorOf(parameters.Text("cname", "lz4")),
                parameters.Integer("clevel", 5, 0, 9),
                parameters.Text("shuffle", "shuffle") switch
                {
                    "noshuffle" => BloscShuffle.None,
                    "shuffle" => BloscShuffle.Byte,
                    "bitshuffle" => BloscShuffle.Bit,
                    string other => throw new ZarrException($"the codec 'blosc' has the \"shuffle\" '{other}': it must be noshuffle, shuffle or bitshuffle"),
                },
                parameters.Integer("blocksize", 0, 0, int.MaxValue))
            : Simple(bare, parameters) ?? throw new ZarrException($"the codec '{name}' is not supported: {Supported} are");
    }

    private static ZarrCodec? Simple(string name, CodecParameters parameters) => name switch
    {
        "zstd" => new ZstdCodec(parameters.Integer("level", 1, -131072, 22), parameters.Flag("checksum", false)),
        "gzip" => new GzipCodec(parameters.Integer("level", 1, -1, 9)),
        "zlib" => new ZlibCodec(parameters.Integer("level", 1, -1, 9)),
        "lz4" => new Lz4Codec(parameters.Integer("acceleration", 1, int.MinValue, int.MaxValue)),
        "crc32c" => new Crc32cCodec(),
        _ => null,
    };

    private static BloscCompressor BloscCompressorOf(string name) => name switch
    {
        "blosclz" => BloscCompressor.BloscLz,
        "lz4" => BloscCompressor.Lz4,
        "lz4hc" => BloscCompressor.Lz4HighCompression,
        "snappy" => BloscCompressor.Snappy,
        "zlib" => BloscCompressor.Zlib,
        "zstd" => BloscCompressor.Zstd,
        _ => throw new ZarrException($"Blosc's compressor '{name}' is not supported: blosclz, lz4, lz4hc, snappy, zlib and zstd are"),
    };
}
