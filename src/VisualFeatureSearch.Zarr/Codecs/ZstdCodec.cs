using System.Text.Json.Nodes;
using VisualFeatureSearch.Zarr.Stores;
using ZstdSharp;

namespace VisualFeatureSearch.Zarr.Codecs;

/// <summary>Zstandard (RFC 8878), one frame a chunk.</summary>
/// <param name="level">Compression level, -131072 to 22.</param>
/// <param name="checksum">Whether the frame ends with a checksum of its content.</param>
public sealed class ZstdCodec(int level = 1, bool checksum = false) : ZarrCodec
{
    /// <inheritdoc />
    public override JsonObject ToJson() => new() { ["id"] = "zstd", ["level"] = level };

    /// <inheritdoc />
    public override JsonObject ToJsonV3(int elementSize) => NameOnly("zstd", new JsonObject { ["level"] = level, ["checksum"] = checksum });

    /// <inheritdoc />
    public override Stream OpenDecoder(ZarrBlob blob, long? decodedLength) =>
        new DecompressionStream(new BlobStream(blob), leaveOpen: false);

    /// <inheritdoc />
    public override byte[] Encode(ReadOnlySpan<byte> chunk, int elementSize)
    {
        using Compressor compressor = new(level);
        compressor.SetParameter(ZstdSharp.Unsafe.ZSTD_cParameter.ZSTD_c_checksumFlag, checksum ? 1 : 0);
        return compressor.Wrap(chunk).ToArray();
    }
}
