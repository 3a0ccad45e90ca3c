using System.Buffers.Binary;
using VisualFeatureSearch.Zarr.Codecs;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Zarr.Sharding;

/// <summary>Where the chunks of a shard lie in it: a pair of 64-bit little-endian integers a chunk, offset and length, in C order.</summary>
internal sealed class ShardIndex
{
    public const int EntryLength = 2 * sizeof(ulong);

    private const ulong Missing = ulong.MaxValue;

    private readonly ReadOnlyMemory<byte> _entries;

    private ShardIndex(ReadOnlyMemory<byte> entries) => _entries = entries;

    /// <summary>Where a shard's index lies in it.</summary>
    /// <exception cref="ZarrException">The shard is too short to have one.</exception>
    public static (long Offset, int Length) Locate(ZarrSharding sharding, int chunks, long shardLength)
    {
        int length = sharding.IndexLength(chunks);
        return length <= shardLength
            ? (sharding.IsIndexAtStart ? 0 : shardLength - length, length)
            : throw new ZarrException($"it has {shardLength} bytes where the index of its chunks alone has {length}: the file is truncated or belongs to another array");
    }

    public static ShardIndex Decode(ZarrSharding sharding, int chunks, byte[] stored)
    {
        try
        {
            using Stream stream = CodecChain.OpenDecoder(sharding.IndexCodecs, new MemoryBlob(stored), (long)EntryLength * chunks);
            byte[] entries = new byte[EntryLength * chunks];
            stream.ReadExactly(entries);
            return new ShardIndex(entries);
        }
        catch (Exception exception) when (ZarrArray.IsBrokenChunk(exception))
        {
            throw new ZarrException($"its index of chunks: {exception.Message}", exception);
        }
    }

    /// <summary>Where a chunk lies in the shard; null where it is missing.</summary>
    /// <exception cref="ZarrException">It points outside of the shard.</exception>
    public (long Offset, long Length)? Find(int chunk, long shardLength)
    {
        ReadOnlySpan<byte> entry = _entries.Span.Slice(chunk * EntryLength, EntryLength);
        ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(entry);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(entry[sizeof(ulong)..]);
        if (offset == Missing && length == Missing)
        {
            return null;
        }

        return offset <= (ulong)shardLength && length <= (ulong)shardLength - offset
            ? ((long)offset, (long)length)
            : throw new ZarrException($"its index places the chunk {chunk} outside of it: the file is corrupt");
    }

    /// <summary>Puts encoded chunks together into a shard.</summary>
    /// <param name="sharding">How.</param>
    /// <param name="chunks">The encoded chunks in C order; null for one that is left out.</param>
    public static byte[] Assemble(ZarrSharding sharding, IReadOnlyList<byte[]?> chunks)
    {
        byte[] entries = new byte[EntryLength * chunks.Count];
        long at = sharding.IsIndexAtStart ? sharding.IndexLength(chunks.Count) : 0;
        using MemoryStream body = new();
        for (int i = 0; i < chunks.Count; i++)
        {
            Span<byte> entry = entries.AsSpan(i * EntryLength, EntryLength);
            BinaryPrimitives.WriteUInt64LittleEndian(entry, chunks[i] is null ? Missing : (ulong)at);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[sizeof(ulong)..], chunks[i] is { } found ? (ulong)found.Length : Missing);
            if (chunks[i] is { } chunk)
            {
                body.Write(chunk);
                at += chunk.Length;
            }
        }

        byte[] index = CodecChain.Encode(sharding.IndexCodecs, entries, sizeof(ulong));
        return sharding.IsIndexAtStart ? [.. index, .. body.ToArray()] : [.. body.ToArray(), .. index];
    }
}
