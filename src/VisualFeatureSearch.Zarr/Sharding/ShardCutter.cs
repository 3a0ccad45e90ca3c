namespace VisualFeatureSearch.Zarr.Sharding;

/// <summary>Cuts the chunks out of a shard's elements.</summary>
/// <param name="metadata">The array's.</param>
/// <param name="sharding">Its shards.</param>
internal sealed class ShardCutter(ZarrArrayMetadata metadata, ZarrSharding sharding)
{
    private readonly int _size = metadata.DataType.Size;

    /// <summary>Copies one chunk's elements.</summary>
    /// <param name="shard">All elements of the shard, C order.</param>
    /// <param name="index">The chunk's place in the shard along each axis.</param>
    /// <param name="chunk">Room for the chunk, in its own order of axes.</param>
    public void Cut(ReadOnlySpan<byte> shard, ReadOnlySpan<long> index, Span<byte> chunk)
    {
        int rank = index.Length;
        Span<long> shardStride = stackalloc long[rank];
        Span<long> at = stackalloc long[rank];
        long step = _size;
        long start = 0;
        for (int axis = rank - 1; axis >= 0; axis--)
        {
            shardStride[axis] = step;
            step *= sharding.ShardShape[axis];
            start += index[axis] * metadata.ChunkShape[axis] * shardStride[axis];
        }

        for (int to = 0; to < chunk.Length; to += _size)
        {
            long from = start;
            for (int axis = 0; axis < rank; axis++)
            {
                from += at[axis] * shardStride[axis];
            }

            shard.Slice((int)from, _size).CopyTo(chunk[to..]);
            for (int i = rank - 1; i >= 0; i--)
            {
                int axis = metadata.AxisOrder.Count == 0 ? i : metadata.AxisOrder[i];
                if (++at[axis] < metadata.ChunkShape[axis])
                {
                    break;
                }

                at[axis] = 0;
            }
        }
    }
}
