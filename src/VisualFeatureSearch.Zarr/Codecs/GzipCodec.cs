using System.IO.Compression;
using System.Text.Json.Nodes;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Zarr.Codecs;

/// <summary>Deflate in a gzip wrapper (RFC 1952).</summary>
/// <param name="level">Compression level: 0 (none) to 9 (smallest), -1 for zlib's default.</param>
public sealed class GzipCodec(int level = 1) : ZarrCodec
{
    /// <inheritdoc />
    public override JsonObject ToJson() => new() { ["id"] = "gzip", ["level"] = level };

    /// <inheritdoc />
    public override JsonObject ToJsonV3(int elementSize) => NameOnly("gzip", new JsonObject { ["level"] = level });

    /// <inheritdoc />
    public override Stream OpenDecoder(ZarrBlob blob, long? decodedLength) =>
        new GZipStream(new BlobStream(blob), CompressionMode.Decompress);

    /// <inheritdoc />
    public override byte[] Encode(ReadOnlySpan<byte> chunk, int elementSize)
    {
        using MemoryStream encoded = new();
        using (GZipStream stream = new(encoded, new ZLibCompressionOptions { CompressionLevel = level }, leaveOpen: true))
        {
            stream.Write(chunk);
        }

        return encoded.ToArray();
    }
}
