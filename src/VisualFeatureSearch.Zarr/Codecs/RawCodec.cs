using System.Text.Json.Nodes;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Zarr.Codecs;

/// <summary>No compression: the stored bytes are the chunk's.</summary>
public sealed class RawCodec : ZarrCodec
{
    private RawCodec()
    {
    }

    /// <summary>The only instance.</summary>
    public static RawCodec Instance { get; } = new();

    /// <inheritdoc />
    public override JsonObject? ToJson() => null;

    /// <inheritdoc />
    public override Stream OpenDecoder(ZarrBlob blob, long decodedLength)
    {
        ArgumentNullException.ThrowIfNull(blob);
        return blob.Length == decodedLength
            ? new BlobStream(blob)
            : throw new ZarrException($"it has {blob.Length} bytes where {decodedLength} are needed: the file is truncated or belongs to another array");
    }

    /// <inheritdoc />
    public override byte[] Encode(ReadOnlySpan<byte> chunk, int elementSize) => chunk.ToArray();
}
