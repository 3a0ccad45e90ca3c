using System.Buffers.Binary;
using System.Text.Json.Nodes;
using K4os.Compression.LZ4;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Zarr.Codecs;

/// <summary>One LZ4 block behind its decoded length as a 32-bit little-endian integer, numcodecs' <c>lz4</c>.</summary>
/// <param name="acceleration">How much speed is wanted over size; written down, the encoder has one speed.</param>
public sealed class Lz4Codec(int acceleration = 1) : ZarrCodec
{
    /// <summary>A byte of LZ4 stands for at most this many.</summary>
    private const int LargestRatio = 255;

    /// <inheritdoc />
    public override JsonObject ToJson() => new() { ["id"] = "lz4", ["acceleration"] = acceleration };

    /// <inheritdoc />
    public override JsonObject ToJsonV3(int elementSize) => NameOnly("numcodecs.lz4", new JsonObject { ["acceleration"] = acceleration });

    /// <inheritdoc />
    public override Stream OpenDecoder(ZarrBlob blob, long? decodedLength)
    {
        ArgumentNullException.ThrowIfNull(blob);
        using (blob)
        {
            byte[] encoded = new byte[blob.Length];
            blob.ReadExactly(0, encoded);
            int length = encoded.Length < sizeof(int) ? -1 : BinaryPrimitives.ReadInt32LittleEndian(encoded);
            if (length < 0 || length > (long)encoded.Length * LargestRatio || (decodedLength is { } wanted && wanted != length))
            {
                throw new ZarrException(decodedLength is null
                    ? "it does not start with the length of an LZ4 block"
                    : $"it decodes to {length} bytes where {decodedLength} are needed: the file is corrupt or belongs to another array");
            }

            byte[] decoded = new byte[length];
            return LZ4Codec.Decode(encoded.AsSpan(sizeof(int)), decoded) == length
                ? new MemoryStream(decoded, writable: false)
                : throw new ZarrException("it does not decompress to its length: the file is corrupt");
        }
    }

    /// <inheritdoc />
    public override byte[] Encode(ReadOnlySpan<byte> chunk, int elementSize)
    {
        byte[] encoded = new byte[sizeof(int) + LZ4Codec.MaximumOutputSize(chunk.Length)];
        BinaryPrimitives.WriteInt32LittleEndian(encoded, chunk.Length);
        return encoded[..(sizeof(int) + LZ4Codec.Encode(chunk, encoded.AsSpan(sizeof(int))))];
    }
}
