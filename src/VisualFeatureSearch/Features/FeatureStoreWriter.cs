using System.Security.Cryptography;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Zarr;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Features;

/// <summary>
/// Writes a feature store a chunk of rows at a time, in all layers, so that it can be killed at any instant: the
/// attributes, replaced atomically after the chunks and the manifest's rows are on disk, say how much is complete, and
/// whatever lies beyond that is overwritten by the next run. Missing chunks have the fill value NaN, never zero.
/// </summary>
internal sealed class FeatureStoreWriter : IFeatureSink
{
    private const string LockFile = ".vissearch-lock";

    private readonly ZarrGroup _group;
    private readonly FileStream _lock;
    private readonly FileStream _manifest;
    private readonly FileStream _skipped;
    private readonly FileStream _checksums;
    private readonly ZarrArray[] _arrays;

    private FeatureStoreWriter(ZarrGroup group, FileStream lockFile, PrecomputeJob job, StoreHeader header, ZarrArray[] arrays)
    {
        _group = group;
        _lock = lockFile;
        _arrays = arrays;
        Header = header;
        bool isNew = header.Progress.Consumed == 0;
        _manifest = OpenAt(
            Path.Combine(job.StorePath, FeatureStore.ManifestFile), header.Progress.ManifestBytes, isNew ? ManifestCsv.Header(job.Images.ColumnNames) : null);
        _skipped = OpenAt(
            Path.Combine(job.StorePath, FeatureStore.SkippedFile), header.Progress.SkippedBytes, isNew ? StoreArrays.SkippedHeader : null);
        _checksums = OpenAt(Path.Combine(job.StorePath, StoreChecksums.FileName), header.Progress.ChecksumBytes, isNew ? [] : null);
    }

    public StoreHeader Header { get; private set; }

    public int ChunkRows => _arrays[0].Metadata.ChunkShape[0];

    public static FeatureStoreWriter Open(PrecomputeJob job, IReadOnlyList<LayerShape> shapes, string toolVersion)
    {
        string path = job.StorePath;
        if (File.Exists(path))
        {
            throw new FeatureStoreException($"{path} is a file: give a directory for the store");
        }

        Directory.CreateDirectory(path);
        FileStream lockFile = Lock(path);
        try
        {
            if (job.Overwrite)
            {
                EnsureOurs(path);
                DeleteContents(path);
            }

            DirectoryStore store = new(path);
            StoreHeader wanted = StoreArrays.Describe(job, toolVersion);
            ZarrGroup? begun = store.Exists(".zgroup") ? ZarrGroup.Open(store) : null;
            StoreHeader? found = begun is null ? null : StoreHeader.FromAttributes(begun.ReadAttributes(), path);
            if (found is not null)
            {
                EnsureSame(found, wanted, path);
                ZarrArray[] arrays = [.. found.Layers.Select((layer, i) => OpenOrCreateArray(begun!, layer, shapes[i], job))];
                return new FeatureStoreWriter(begun!, lockFile, job, found, arrays);
            }

            if (begun is not null || Directory.EnumerateFileSystemEntries(path).Any(entry => !IsLeftover(Path.GetFileName(entry))))
            {
                throw new FeatureStoreException($"{path} already exists and is not a feature store of this tool: give another --out");
            }

            // The attributes come first: a group without them would pass for another tool's finished store.
            ZarrGroup group = ZarrGroup.OpenOrCreate(store, wanted.ToAttributes());
            ZarrArray[] created = [.. wanted.Layers.Select((layer, i) => StoreArrays.Create(group, layer, shapes[i], job))];
            return new FeatureStoreWriter(group, lockFile, job, wanted, created);
        }
        catch
        {
            lockFile.Dispose();
            throw;
        }
    }

    public void Commit(long chunk, IReadOnlyList<byte[]> layers, IReadOnlyList<ImageEntry> images, IReadOnlyList<SkippedImage> skipped)
    {
        try
        {
            for (int i = 0; i < _arrays.Length; i++)
            {
                if (images.Count > 0)
                {
                    // Our arrays are stored as they are, so that these are the bytes of the file.
                    _arrays[i].WriteChunk([chunk, 0, 0, 0], layers[i]);
                    _checksums.Write(StoreChecksums.Line(SHA256.HashData(layers[i]), _arrays[i].KeyOf(chunk, 0, 0, 0)));
                }
            }

            _checksums.Flush(flushToDisk: true);
            _manifest.Write(ManifestCsv.Rows(images));
            _manifest.Flush(flushToDisk: true);
            _skipped.Write(ManifestCsv.SkippedRows(skipped));
            _skipped.Flush(flushToDisk: true);
            WriteHeader(Header.After(images.Count, skipped.Count, _manifest.Position, _skipped.Position, _checksums.Position));
        }
        catch (Exception exception) when (exception is (IOException and not FeatureStoreException) or UnauthorizedAccessException)
        {
            throw new FeatureStoreException($"{_group.Store.Name} cannot be written: {exception.Message}. What was complete is kept: make room or give permission, and the same command goes on", exception);
        }
    }

    public void Finish()
    {
        StoreArrays.Cut(_group, _arrays, Header.Progress.Complete);
        foreach (FileStream file in (FileStream[])[_manifest, _skipped])
        {
            file.Position = 0;
            _checksums.Write(StoreChecksums.Line(SHA256.HashData(file), Path.GetFileName(file.Name)));
        }

        _checksums.Flush(flushToDisk: true);
        WriteHeader(Header with { Progress = Header.Progress with { IsFinished = true, ChecksumBytes = _checksums.Position } });
    }

    /// <summary>Adds a checksum that counts from now on, after a chunk was written again.</summary>
    public static void AppendChecksum(string store, StoreHeader header, string file, string hash)
    {
        using FileStream lockFile = Lock(store);
        using FileStream checksums = OpenAt(Path.Combine(store, StoreChecksums.FileName), header.Progress.ChecksumBytes, null);
        checksums.Write(StoreChecksums.Line(Convert.FromHexString(hash), file));
        checksums.Flush(flushToDisk: true);
        ZarrGroup.Open(new DirectoryStore(store)).WriteAttributes((header with { Progress = header.Progress with { ChecksumBytes = checksums.Position } }).ToAttributes());
    }

    public void Dispose()
    {
        _manifest.Dispose();
        _skipped.Dispose();
        _checksums.Dispose();
        _lock.Dispose();
    }

    private static void EnsureSame(StoreHeader found, StoreHeader wanted, string path)
    {
        string? difference =
            found.Model.Sha256 != wanted.Model.Sha256 ? $"the model {found.Model.Name} (SHA-256 {found.Model.Sha256}), not {wanted.Model.Name} (SHA-256 {wanted.Model.Sha256})"
            : !(found.Model.Options ?? ModelOptions.Default).Equals((wanted.Model.Options ?? ModelOptions.Default) with { Provider = default }) ? "another --layout, --grid or --input"
            : !found.Layers.SequenceEqual(wanted.Layers) ? $"the layers {Join(found)}, not {Join(wanted)}"
            : !found.ReadTransform().Equals(wanted.ReadTransform()) ? $"the transform {found.Transform.ToJsonString()}, not {wanted.Transform.ToJsonString()}"
            : found.ImagesSha256 != wanted.ImagesSha256 ? $"another list of images ({found.ImagesTotal} then, {wanted.ImagesTotal} now): files, labels or columns were added, removed or changed since"
            : null;
        if (difference is not null)
        {
            throw new FeatureStoreException($"{path} was begun with {difference}. Give another --out, or --overwrite to begin again");
        }

        static string Join(StoreHeader header) => string.Join(", ", header.Layers.Select(layer => layer.Name));
    }

    private static ZarrArray OpenOrCreateArray(ZarrGroup group, StoreLayer layer, LayerShape shape, PrecomputeJob job)
    {
        if (!group.ListArrays().Contains(layer.Array))
        {
            return StoreArrays.Create(group, layer, shape, job);
        }

        ZarrArray existing = group.OpenArray(layer.Array);
        return existing.Metadata.DataType == StoreArrays.TypeOf(job)
            ? existing
            : throw new FeatureStoreException($"{group.Store.Name} was begun with {existing.Metadata.DataType} features, not {StoreArrays.TypeOf(job)}. Give another --out, or --overwrite to begin again");
    }

    private static FileStream Lock(string path)
    {
        try
        {
            return new FileStream(Path.Combine(path, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException exception) when (exception is not (DirectoryNotFoundException or PathTooLongException))
        {
            throw new FeatureStoreException($"{path} is being written by another run, or cannot be written: {exception.Message}", exception);
        }
    }

    private static bool IsLeftover(string name) =>
        name is LockFile or ".zattrs" or FeatureStore.ManifestFile or FeatureStore.SkippedFile or StoreChecksums.FileName || name.EndsWith(DirectoryStore.PartialSuffix, StringComparison.Ordinal);

    private static void EnsureOurs(string path)
    {
        string attributes = Path.Combine(path, ".zattrs");
        bool isOurs = File.Exists(attributes) && File.ReadAllText(attributes).Contains($"\"{StoreHeader.AttributeName}\"", StringComparison.Ordinal);
        if (!isOurs && Directory.EnumerateFileSystemEntries(path).Any(entry => !IsLeftover(Path.GetFileName(entry))))
        {
            throw new FeatureStoreException($"{path} is not a feature store of this tool, so it is not overwritten: remove it yourself or give another --out");
        }
    }

    /// <summary>Empties the store's directory, but for the lock that keeps other runs out. The group goes first: half a store is none.</summary>
    private static void DeleteContents(string path)
    {
        File.Delete(Path.Combine(path, ".zgroup"));
        foreach (string directory in Directory.EnumerateDirectories(path))
        {
            Directory.Delete(directory, recursive: true);
        }

        foreach (string file in Directory.EnumerateFiles(path).Where(file => Path.GetFileName(file) != LockFile))
        {
            File.Delete(file);
        }
    }

    /// <summary>Opens a file at its checkpoint; what a killed run left behind it is cut off.</summary>
    private static FileStream OpenAt(string path, long length, byte[]? firstLine)
    {
        FileStream stream = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        if (firstLine is not null)
        {
            stream.SetLength(0);
            stream.Write(firstLine);
            stream.Flush(flushToDisk: true);
        }
        else if (stream.Length < length)
        {
            stream.Dispose();
            throw new FeatureStoreException($"{path} is shorter than the store says: it was changed. Give --overwrite to begin again");
        }

        stream.SetLength(length);
        stream.Position = length;
        return stream;
    }

    private void WriteHeader(StoreHeader header)
    {
        _group.WriteAttributes(header.ToAttributes());
        Header = header;
    }
}
