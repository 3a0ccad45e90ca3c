using VisualFeatureSearch.Zarr.Codecs;

namespace VisualFeatureSearch.Zarr.Sharding;

/// <summary>How chunks are put together into shards (the codec <c>sharding_indexed</c> of Zarr v3).</summary>
public sealed record ZarrSharding
{
    /// <summary>Elements of a shard along each axis: multiples of the chunk's.</summary>
    public required IReadOnlyList<int> ShardShape { get; init; }

    /// <summary>How the index of a shard is checked; none for not at all.</summary>
    public IReadOnlyList<Crc32cCodec> IndexCodecs { get; init; } = [new Crc32cCodec()];

    /// <summary>Whether the index stands before the chunks; else behind them.</summary>
    public bool IsIndexAtStart { get; init; }

    /// <summary>Chunks of a shard along an axis.</summary>
    internal int ChunksAlong(int axis, IReadOnlyList<int> chunkShape) => ShardShape[axis] / chunkShape[axis];

    /// <summary>Chunks of a shard.</summary>
    internal int ChunkCount(IReadOnlyList<int> chunkShape)
    {
        int count = 1;
        for (int axis = 0; axis < ShardShape.Count; axis++)
        {
            count *= ChunksAlong(axis, chunkShape);
        }

        return count;
    }

    /// <summary>Bytes of a shard's index as it is stored: its checksums only add to it.</summary>
    internal int IndexLength(int chunks) => (ShardIndex.EntryLength * chunks) + (sizeof(uint) * IndexCodecs.Count);
}
