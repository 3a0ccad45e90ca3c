using System.Collections.Concurrent;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Zarr;

/// <summary>
/// The chunks of an array whose bytes can be used as they lie in the store's files, mapped when they are first asked for.
/// They stay mapped as long as anyone holds the array; all threads share them.
/// </summary>
internal sealed class MappedChunks
{
    /// <summary>Maps that a process may have are limited, usually to 65,530, and others need them too.</summary>
    private const int MaximumMaps = 24 * 1024;

    private readonly DirectoryStore _store;
    private readonly ZarrArray _array;
    private readonly MappedFile?[] _chunks;
    private readonly bool[] _isRead;
    private readonly long _chunkLength;

    /// <summary>Maps of chunks that were replaced: someone may still be reading them.</summary>
    private readonly ConcurrentBag<MappedFile> _replaced = [];

    private MappedChunks(ZarrArray array, DirectoryStore store)
    {
        _array = array;
        _store = store;
        _chunks = new MappedFile?[array.Metadata.ChunkCount(0)];
        _isRead = new bool[_chunks.Length];
        _chunkLength = array.Metadata.ChunkLength;
    }

    /// <summary>
    /// Prepares the chunks of an array for mapping; null where they cannot be used as they are, or where reading is better: an
    /// array that does not fit into memory has to come from the disk again and again, and the system reads ahead in files that
    /// are read, but hardly in those that are mapped. A server or a disk that goes away makes reading fail with an error, but ends
    /// a process that has its files mapped. And on Windows a mapped file cannot be replaced.
    /// </summary>
    /// <param name="array">The array.</param>
    /// <param name="store">Where it is kept.</param>
    public static MappedChunks? TryCreate(ZarrArray array, IZarrStore store)
    {
        ZarrArrayMetadata metadata = array.Metadata;
        bool canBeUsed = store is DirectoryStore { IsOnOwnDisk: true } && Environment.Is64BitProcess && !OperatingSystem.IsWindows()
            && metadata.HasRandomRows && metadata.DataType.IsMachineOrder && metadata.ChunkLength > 0 && metadata.ChunkCount(0) <= MaximumMaps;
        return canBeUsed && metadata.Shape[0] * (double)metadata.RowLength <= GC.GetGCMemoryInfo().TotalAvailableMemoryBytes * 0.75
            ? new MappedChunks(array, (DirectoryStore)store)
            : null;
    }

    /// <summary>A chunk; null where it has to be read: not stored, or not of the length of a chunk, or there are too many maps.</summary>
    /// <param name="chunk">Its place along the first axis.</param>
    public MappedFile? Find(long chunk) => Volatile.Read(ref _chunks[chunk]) ?? (_isRead[chunk] ? null : Map(chunk));

    /// <summary>Makes the chunk's next reader find what is stored now.</summary>
    /// <param name="chunk">Its place along the first axis.</param>
    public void Forget(long chunk)
    {
        if (Interlocked.Exchange(ref _chunks[chunk], null) is { } mapped)
        {
            _replaced.Add(mapped);
        }

        _isRead[chunk] = false;
    }

    private MappedFile? Map(long chunk)
    {
        long[] index = new long[_array.Metadata.Shape.Count];
        index[0] = chunk;
        MappedFile? mapped = MappedFile.Count < MaximumMaps ? _store.TryMap(_array.KeyOf(index)) : null;
        if (mapped is null || mapped.Length != _chunkLength)
        {
            // Reading says what is wrong with it, if anything is.
            mapped?.Dispose();
            _isRead[chunk] = true;
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
