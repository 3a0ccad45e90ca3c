using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Zarr.Codecs;

/// <summary>The bytes as they are, with their CRC-32C (RFC 3720, B.4) behind them, which is checked when they are opened.</summary>
public sealed class Crc32cCodec : ZarrCodec
{
    private const int ChecksumLength = sizeof(uint);

    /// <inheritdoc />
    public override JsonObject ToJson() => new() { ["id"] = "crc32c" };

    /// <inheritdoc />
    public override JsonObject ToJsonV3(int elementSize) => NameOnly("crc32c", null);

    /// <inheritdoc />
    public override Stream OpenDecoder(ZarrBlob blob, long? decodedLength)
    {
        ArgumentNullException.ThrowIfNull(blob);
        long length = blob.Length - ChecksumLength;
        if (length < 0 || (decodedLength is { } wanted && wanted != length))
        {
            throw new ZarrException($"it has {blob.Length} bytes where {decodedLength + ChecksumLength} are needed: the file is truncated or belongs to another array");
        }

        uint checksum = uint.MaxValue;
        byte[] buffer = new byte[(int)Math.Min(length, 1 << 20)];
        for (long at = 0; at < length; at += buffer.Length)
        {
            Span<byte> part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - at));
            blob.ReadExactly(at, part);
            checksum = Append(checksum, part);
        }

        Span<byte> stored = stackalloc byte[ChecksumLength];
        blob.ReadExactly(length, stored);
        return BinaryPrimitives.ReadUInt32LittleEndian(stored) == ~checksum
            ? new BlobStream(new SlicedBlob(blob, 0, length))
            : throw new ZarrException("its checksum (CRC-32C) does not fit its bytes: the file is corrupt");
    }

    /// <inheritdoc />
    public override byte[] Encode(ReadOnlySpan<byte> chunk, int elementSize)
    {
        byte[] encoded = new byte[chunk.Length + ChecksumLength];
        chunk.CopyTo(encoded);
        BinaryPrimitives.WriteUInt32LittleEndian(encoded.AsSpan(chunk.Length), ~Append(uint.MaxValue, chunk));
        return encoded;
    }

    private static uint Append(uint checksum, ReadOnlySpan<byte> bytes)
    {
        int whole = bytes.Length / sizeof(ulong) * sizeof(ulong);
        foreach (ulong eight in MemoryMarshal.Cast<byte, ulong>(bytes[..whole]))
        {
            checksum = BitOperations.Crc32C(checksum, BitConverter.IsLittleEndian ? eight : BinaryPrimitives.ReverseEndianness(eight));
        }

        foreach (byte one in bytes[whole..])
        {
            checksum = BitOperations.Crc32C(checksum, one);
        }

        return checksum;
    }
}
