using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Zarr;

/// <summary>
/// The chunks of an array whose bytes can be used as they lie in the store's files, mapped when they are first asked for.
/// They stay mapped as long as anyone holds the array; all threads share them.
/// </summary>
internal sealed class MappedChunks
{
    /// <summary>Maps that a process may have are limited, usually to 65,530: an array in smaller pieces is read.</summary>
    private const long MaximumChunks = 16 * 1024;

    private readonly ZarrArray _array;
    private readonly MappedFile?[] _chunks;
    private readonly long _chunkLength;

    private MappedChunks(ZarrArray array)
    {
        _array = array;
        _chunks = new MappedFile?[array.Metadata.ChunkCount(0)];
        _chunkLength = array.Metadata.ChunkLength;
    }

    /// <summary>
    /// Prepares the chunks of an array for mapping; null where they cannot be used as they are, or where reading is better: an
    /// array that does not fit into memory has to come from the disk again and again, and the system reads ahead in files that
    /// are read, but hardly in those that are mapped. On Windows a mapped file cannot be replaced, so chunks are not mapped.
    /// </summary>
    public static MappedChunks? TryCreate(ZarrArray array)
    {
        ZarrArrayMetadata metadata = array.Metadata;
        bool canBeUsed = metadata.HasRandomRows && metadata.DataType.IsMachineOrder && metadata.ChunkLength > 0
            && Environment.Is64BitProcess && !OperatingSystem.IsWindows();
        return canBeUsed && metadata.ChunkCount(0) <= MaximumChunks && metadata.Shape[0] * (double)metadata.RowLength <= GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * 0.75
            ? new MappedChunks(array)
            : null;
    }

    /// <summary>A chunk; null where it is not stored, or not of the length of a chunk, or the store has no files.</summary>
    /// <param name="chunk">Its place along the first axis.</param>
    public MappedFile? Find(long chunk) => Volatile.Read(ref _chunks[chunk]) ?? Map(chunk);

    private MappedFile? Map(long chunk)
    {
        long[] index = new long[_array.Metadata.Shape.Count];
        index[0] = chunk;
        MappedFile? mapped = _array.MapChunk(index);
        if (mapped is null || mapped.Length != _chunkLength)
        {
            mapped?.Dispose();
            return null;
        }

        if (Interlocked.CompareExchange(ref _chunks[chunk], mapped, null) is { } earlier)
        {
            mapped.Dispose();
            return earlier;
        }

        return mapped;
    }
}
