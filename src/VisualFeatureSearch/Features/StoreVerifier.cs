using System.Security.Cryptography;
using VisualFeatureSearch.Search.Index;
using VisualFeatureSearch.Zarr;

namespace VisualFeatureSearch.Features;

/// <summary>Something of a store that is not what was written.</summary>
/// <param name="File">The file, relative to the store.</param>
/// <param name="Problem">What is wrong with it.</param>
public sealed record StoreProblem(string File, string Problem)
{
    /// <summary>The array that a damaged chunk belongs to; null where it is no chunk.</summary>
    public string? Array { get; init; }

    /// <summary>The chunk's place along the first axis.</summary>
    public long Chunk { get; init; }

    /// <summary>The layer whose index is damaged; null where it is no index.</summary>
    public string? IndexedLayer { get; init; }
}

/// <summary>What was looked at, and what was found.</summary>
/// <param name="Chunks">Chunks that were read.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="HasChecksums">Whether the store has checksums; else a chunk's values are taken as they are.</param>
/// <param name="Problems">What is wrong, in the order of the store.</param>
public sealed record StoreVerification(long Chunks, long Bytes, bool HasChecksums, IReadOnlyList<StoreProblem> Problems);

/// <summary>Reads every byte of a store: chunks, manifest and indexes, and compares them with their checksums.</summary>
public static class StoreVerifier
{
    /// <summary>Verifies a store.</summary>
    /// <param name="store">A store in a directory.</param>
    /// <param name="progress">Told the share that is done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops early.</param>
    /// <exception cref="FeatureStoreException">The store is not in a directory, or its list of checksums is damaged.</exception>
    public static StoreVerification Verify(FeatureStore store, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        if (!store.IsDirectory)
        {
            throw new FeatureStoreException($"{store.Location} is no directory: only stores in one can be verified");
        }

        Dictionary<string, string> hashes = store.Header is { Progress.ChecksumBytes: > 0 and long length } ? StoreChecksums.Read(store.Location, length) : [];
        List<StoreProblem> problems = [];
        if (HasLostHeader(store))
        {
            // Else the checksums that lie there would be passed over without a word.
            problems.Add(new StoreProblem(".zattrs", "it is missing, or lacks what 'precompute' wrote of the network and the images: restore it from a copy of the store"));
        }

        long chunks = store.Arrays.Sum(ChunksOf);
        long done = 0;
        long bytes = 0;
        foreach (FeatureArray array in store.Arrays)
        {
            for (long chunk = 0; chunk < ChunksOf(array); chunk++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                string file = array.Array.KeyOf(chunk, 0, 0, 0);
                if (FindProblem(store, array, chunk, hashes.GetValueOrDefault(file), ref bytes) is { } problem)
                {
                    problems.Add(new StoreProblem(file, problem) { Array = array.Name, Chunk = chunk });
                }

                progress?.Report(++done / (double)(chunks + 1));
            }
        }

        problems.AddRange(VerifyLists(store, hashes));
        problems.AddRange(store.Arrays.Select(array => VerifyIndex(store, array)).OfType<StoreProblem>());
        progress?.Report(1);
        return new StoreVerification(chunks, bytes, hashes.Count > 0, problems);
    }

    /// <summary>Whether a store is one of ours whose <c>.zattrs</c> is gone, or was written over, so that it does not say of which network it is.</summary>
    /// <param name="store">A store.</param>
    public static bool HasLostHeader(FeatureStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        return store.Header is null && store.IsDirectory
            && File.Exists(Path.Combine(store.Location, StoreChecksums.FileName)) && File.Exists(Path.Combine(store.Location, FeatureStore.ManifestFile));
    }

    /// <summary>Files of a store of ours that are not there or cut short, as a copy that was stopped leaves them; told from their lengths alone.</summary>
    /// <param name="store">A store.</param>
    /// <returns>Their names relative to the store; none for stores of other tools, and where files cannot be looked at.</returns>
    public static IReadOnlyList<string> FindMissing(FeatureStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        if (store.Header is null || !store.IsDirectory)
        {
            return [];
        }

        IEnumerable<string> lists = ((string[])[FeatureStore.ManifestFile, FeatureStore.SkippedFile, StoreChecksums.FileName]).Where(name => !File.Exists(Path.Combine(store.Location, name)));
        IEnumerable<string> chunks = store.Arrays.SelectMany(array => Enumerable.Range(0, (int)ChunksOf(array))
            .Select(chunk => array.Array.KeyOf(chunk, 0, 0, 0))
            .Where(key => new FileInfo(Path.Combine(store.Location, key)) is not { Exists: true } file || file.Length < array.Array.Metadata.StoredLength));
        return [.. chunks, .. lists];
    }

    /// <summary>Chunks of an array along the first axis, of rows that are complete.</summary>
    internal static long ChunksOf(FeatureArray array)
    {
        int rows = array.Array.Metadata.StoredShape[0];
        return (array.Count + rows - 1) / rows;
    }

    private static string? FindProblem(FeatureStore store, FeatureArray array, long chunk, string? expected, ref long bytes)
    {
        string path = Path.Combine(store.Location, array.Array.KeyOf(chunk, 0, 0, 0));
        FileInfo file = new(path);
        if (expected is null)
        {
            return store.Header is not null && !file.Exists ? "it is missing" : ReadRows(array, chunk, ref bytes);
        }

        if (!file.Exists)
        {
            return "it is missing";
        }

        bytes += file.Length;
        try
        {
            using FileStream stream = file.OpenRead();
            string found = Convert.ToHexStringLower(SHA256.HashData(stream));
            return found == expected ? null : $"its SHA-256 is {found}, not {expected}{(file.Length == array.Array.Metadata.StoredLength ? "" : $", and it has {file.Length} bytes, not {array.Array.Metadata.StoredLength}")}";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"it cannot be read: {exception.Message}";
        }
    }

    /// <summary>Without a checksum: whether the chunk decodes to as many bytes as it must.</summary>
    private static string? ReadRows(FeatureArray array, long chunk, ref long bytes)
    {
        int chunkRows = array.Array.Metadata.StoredShape[0];
        byte[] row = new byte[array.Array.Metadata.RowLength];
        long end = Math.Min((chunk + 1) * chunkRows, array.Count);
        try
        {
            using ZarrRowReader reader = array.Array.OpenRows();
            for (long i = chunk * chunkRows; i < end; i++)
            {
                reader.Read(i, 1, row);
                bytes += row.Length;
            }

            return null;
        }
        catch (Exception exception) when (exception is ZarrException or UnauthorizedAccessException)
        {
            return exception.Message;
        }
    }

    private static IEnumerable<StoreProblem> VerifyLists(FeatureStore store, Dictionary<string, string> hashes)
    {
        if (store.Header is null)
        {
            yield break;
        }

        foreach (string name in (string[])[FeatureStore.ManifestFile, FeatureStore.SkippedFile])
        {
            string path = Path.Combine(store.Location, name);
            string? problem = null;
            try
            {
                string found = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
                problem = hashes.TryGetValue(name, out string? expected) && expected != found ? $"its SHA-256 is {found}, not {expected}" : null;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                problem = File.Exists(path) ? $"it cannot be read: {exception.Message}" : "it is missing";
            }

            if (problem is not null)
            {
                yield return new StoreProblem(name, problem);
            }
        }
    }

    private static StoreProblem? VerifyIndex(FeatureStore store, FeatureArray array)
    {
        _ = FeatureIndex.IsIntact(store, array, out string? problem);
        return problem is null ? null : new StoreProblem(Path.GetRelativePath(store.Location, FeatureIndex.PathOf(store.Location, array)), problem) { IndexedLayer = array.Layer };
    }
}
