using System.Text.Json.Nodes;
using VisualFeatureSearch.Zarr.Stores;
using ZstdSharp;

namespace VisualFeatureSearch.Zarr.Codecs;

/// <summary>Zstandard (RFC 8878), one frame a chunk.</summary>
/// <param name="level">Compression level, -100 to 22.</param>
public sealed class ZstdCodec(int level = 1) : ZarrCodec
{
    /// <inheritdoc />
    public override JsonObject ToJson() => new() { ["id"] = "zstd", ["level"] = level };

    /// <inheritdoc />
    public override Stream OpenDecoder(ZarrBlob blob, long decodedLength) =>
        new DecompressionStream(new BlobStream(blob), leaveOpen: false);

    /// <inheritdoc />
    public override byte[] Encode(ReadOnlySpan<byte> chunk, int elementSize)
    {
        using Compressor compressor = new(level);
        return compressor.Wrap(chunk).ToArray();
    }
}
