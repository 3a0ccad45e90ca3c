using System.IO.Compression;
using System.Text.Json.Nodes;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Zarr.Codecs;

/// <summary>Deflate in a zlib wrapper (RFC 1950).</summary>
/// <param name="level">Compression level: 0 (none) to 9 (smallest), -1 for zlib's default.</param>
public sealed class ZlibCodec(int level = 1) : ZarrCodec
{
    /// <inheritdoc />
    public override JsonObject ToJson() => new() { ["id"] = "zlib", ["level"] = level };

    /// <inheritdoc />
    public override JsonObject ToJsonV3(int elementSize) => NameOnly("numcodecs.zlib", new JsonObject { ["level"] = level });

    /// <inheritdoc />
    public override Stream OpenDecoder(ZarrBlob blob, long? decodedLength) =>
        new ZLibStream(new BlobStream(blob), CompressionMode.Decompress);

    /// <inheritdoc />
    public override byte[] Encode(ReadOnlySpan<byte> chunk, int elementSize)
    {
        using MemoryStream encoded = new();
        using (ZLibStream stream = new(encoded, new ZLibCompressionOptions { CompressionLevel = level }, leaveOpen: true))
        {
            stream.Write(chunk);
        }

        return encoded.ToArray();
    }
}
