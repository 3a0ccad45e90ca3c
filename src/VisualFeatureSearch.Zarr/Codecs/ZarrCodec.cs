using System.Text.Json.Nodes;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Zarr.Codecs;

/// <summary>Turns the bytes of a chunk into the bytes that are stored, and back.</summary>
public abstract class ZarrCodec
{
    /// <summary>The codec as Zarr v2 writes it into <c>.zarray</c>: an object with an <c>id</c>.</summary>
    public abstract JsonObject ToJson();

    /// <summary>The codec as Zarr v3 writes it into <c>zarr.json</c>: an object with a <c>name</c> and its <c>configuration</c>.</summary>
    /// <param name="elementSize">Bytes an element, which shuffling codecs write down.</param>
    public abstract JsonObject ToJsonV3(int elementSize);

    /// <summary>
    /// Opens the decoded bytes of a stored chunk. The stream owns <paramref name="blob"/>, holds little more than a
    /// block in memory, and can seek where the codec allows it.
    /// </summary>
    /// <param name="blob">The stored bytes.</param>
    /// <param name="decodedLength">How many bytes there must be; null where that is not known before.</param>
    /// <exception cref="ZarrException">The stored bytes are not of this codec or not of this length.</exception>
    public abstract Stream OpenDecoder(ZarrBlob blob, long? decodedLength);

    /// <summary>Encodes a whole chunk.</summary>
    /// <param name="chunk">The chunk's bytes, elements in stored byte order.</param>
    /// <param name="elementSize">Bytes an element, which shuffling codecs need.</param>
    public abstract byte[] Encode(ReadOnlySpan<byte> chunk, int elementSize);

    /// <summary>Reads the <c>compressor</c> of a Zarr v2 array; null for no compression.</summary>
    /// <exception cref="ZarrException">The codec is unknown, or a parameter has a value it cannot have.</exception>
    public static ZarrCodec? FromJson(JsonNode? compressor) => CodecJson.FromV2(compressor);

    private protected static JsonObject NameOnly(string name, JsonObject? configuration)
    {
        JsonObject json = new() { ["name"] = name };
        if (configuration is not null)
        {
            json["configuration"] = configuration;
        }

        return json;
    }
}
