using VisualFeatureSearch.Zarr.Codecs;
using VisualFeatureSearch.Zarr.Sharding;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Zarr;

/// <content>Chunks inside shards.</content>
public sealed partial class ZarrArray
{
    /// <summary>The shard that a chunk is in, and its place there in C order.</summary>
    private (long[] Shard, int Chunk) Place(ZarrSharding sharding, ReadOnlySpan<long> index)
    {
        long[] shard = new long[index.Length];
        int chunk = 0;
        for (int axis = 0; axis < shard.Length; axis++)
        {
            int along = sharding.ChunksAlong(axis, Metadata.ChunkShape);
            shard[axis] = index[axis] / along;
            chunk = (chunk * along) + (int)(index[axis] % along);
        }

        return (shard, chunk);
    }

    private Stream? OpenSharded(ZarrSharding sharding, ReadOnlySpan<long> index)
    {
        (long[] shard, int chunk) = Place(sharding, index);
        if (!_store.TryOpen(KeyOf(shard), out ZarrBlob? blob))
        {
            return null;
        }

        try
        {
            int chunks = sharding.ChunkCount(Metadata.ChunkShape);
            (long offset, int length) = ShardIndex.Locate(sharding, chunks, blob.Length);
            byte[] stored = new byte[length];
            blob.ReadExactly(offset, stored);
            if (ShardIndex.Decode(sharding, chunks, stored).Find(chunk, blob.Length) is { } place)
            {
                return CodecChain.OpenDecoder(Metadata.Codecs, new SlicedBlob(blob, place.Offset, place.Length), Metadata.ChunkLength);
            }

            blob.Dispose();
            return null;
        }
        catch (Exception exception) when (IsBrokenChunk(exception))
        {
            blob.Dispose();
            throw Describe(index, exception);
        }
    }

    private byte[] ToShard(ZarrSharding sharding, ReadOnlySpan<byte> elements)
    {
        int rank = Metadata.Shape.Count;
        int chunks = sharding.ChunkCount(Metadata.ChunkShape);
        byte[]?[] encoded = new byte[]?[chunks];
        ShardCutter cutter = new(Metadata, sharding);
        byte[] chunk = new byte[Metadata.ChunkLength];
        long[] index = new long[rank];
        for (int i = 0; i < chunks; i++)
        {
            int rest = i;
            for (int axis = rank - 1; axis >= 0; axis--)
            {
                int along = sharding.ChunksAlong(axis, Metadata.ChunkShape);
                index[axis] = rest % along;
                rest /= along;
            }

            cutter.Cut(elements, index, chunk);
            encoded[i] = CodecChain.Encode(Metadata.Codecs, chunk, Metadata.DataType.Size);
        }

        return ShardIndex.Assemble(sharding, encoded);
    }
}
