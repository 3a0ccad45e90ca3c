using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;

namespace VisualFeatureSearch.Zarr.Stores;

/// <summary>
/// A zip file as a store, for reading: what <c>zarr.ZipStore</c> writes in Python, or a directory that was zipped. Values
/// that the zip compresses once more are decompressed when they are opened.
/// </summary>
public sealed class ZipStore : IZarrStore, IDisposable
{
    /// <summary>A value that the zip compresses is decompressed whole, up to this many bytes: a broken entry may claim more.</summary>
    private const long MaximumInflatedLength = int.MaxValue;

    private readonly ZipArchive _archive;
    private readonly Dictionary<string, ZipArchiveEntry> _entries;
    private readonly string _stamp;

    // ZipArchive reads through one stream and is not safe for several threads.
    private readonly Lock _lock = new();

    /// <summary>Opens a zip file.</summary>
    /// <exception cref="ZarrException">There is no such file, or it is not a zip.</exception>
    public ZipStore(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Name = path;
        try
        {
            _archive = ZipFile.OpenRead(path);
            _entries = [];
            foreach (ZipArchiveEntry entry in _archive.Entries)
            {
                _entries[entry.FullName.TrimStart('/')] = entry;
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            _archive?.Dispose();
            throw new ZarrException(
                exception is FileNotFoundException or DirectoryNotFoundException ? $"{path}: no such file" : $"{path} cannot be read as a zip file: {exception.Message}",
                exception);
        }

        FileInfo file = new(path);
        _stamp = $"{file.Length}@{file.LastWriteTimeUtc.Ticks}";
    }

    /// <inheritdoc />
    public string Name { get; }

    /// <inheritdoc />
    public bool CanList => true;

    /// <inheritdoc />
    public bool TryOpen(string key, [NotNullWhen(true)] out ZarrBlob? blob)
    {
        if (!_entries.TryGetValue(key, out ZipArchiveEntry? entry))
        {
            blob = null;
            return false;
        }

        if (entry.Length > MaximumInflatedLength)
        {
            throw new ZarrException($"{Name}: the entry {key} claims {entry.Length} bytes: at most {MaximumInflatedLength} are read");
        }

        try
        {
            lock (_lock)
            {
                using Stream stream = entry.Open();
                blob = new MemoryBlob(ReadBounded(stream, entry.Length));
                return true;
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or NotSupportedException)
        {
            throw new ZarrException($"{Name}: the entry {key} cannot be read: {exception.Message}", exception);
        }
    }

    /// <inheritdoc />
    public ValueTask<ZarrBlob?> OpenAsync(string key, CancellationToken cancellationToken = default)
    {
        TryOpen(key, out ZarrBlob? blob);
        return ValueTask.FromResult(blob);
    }

    /// <inheritdoc />
    public bool Exists(string key) => _entries.ContainsKey(key);

    /// <inheritdoc />
    public string? Stamp(string key) => _entries.TryGetValue(key, out ZipArchiveEntry? entry) ? $"{_stamp}:{entry.Crc32}" : null;

    /// <inheritdoc />
    public IReadOnlyList<string> ListFolders(string prefix) => StoreKeys.FoldersBelow(_entries.Keys, prefix);

    /// <inheritdoc />
    public void Dispose() => _archive.Dispose();

    /// <summary>Reads what is there, so that an entry that claims far more than it has does not allocate it.</summary>
    private static ReadOnlyMemory<byte> ReadBounded(Stream stream, long length)
    {
        const int FirstStep = 1 << 20;
        using MemoryStream bytes = new((int)Math.Min(length, FirstStep));
        stream.CopyTo(bytes);
        return bytes.Length == length
            ? bytes.GetBuffer().AsMemory(0, (int)bytes.Length)
            : throw new InvalidDataException($"it has {bytes.Length} bytes, not {length}");
    }
}
