using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;

namespace VisualFeatureSearch.Zarr.Stores;

/// <summary>A store over a directory: every key is a file. Writing is atomic a key, by writing beside it and renaming.</summary>
public sealed class DirectoryStore : IWritableZarrStore
{
    /// <summary>The ending of a file that is still being written. It is replaced by the next write of the same key.</summary>
    public const string PartialSuffix = ".partial";

    private readonly string _root;
    private readonly Lazy<bool> _isOnOwnDisk;

    /// <summary>A store over <paramref name="root"/>, which need not exist yet.</summary>
    public DirectoryStore(string root)
    {
        ArgumentException.ThrowIfNullOrEmpty(root);
        _root = Path.GetFullPath(root);
        _isOnOwnDisk = new Lazy<bool>(() => new DriveInfo(_root).DriveType is not (DriveType.Network or DriveType.Removable or DriveType.CDRom));
        Name = root;
    }

    /// <inheritdoc />
    public string Name { get; }

    /// <inheritdoc />
    public bool CanList => true;

    /// <inheritdoc />
    public bool TryOpen(string key, [NotNullWhen(true)] out ZarrBlob? blob)
    {
        string path = PathOf(key);
        if (!File.Exists(path))
        {
            blob = null;
            return false;
        }

        try
        {
            blob = new FileBlob(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
            return true;
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new ZarrException($"{path} cannot be read: {exception.Message}", exception);
        }
    }

    /// <inheritdoc />
    public ValueTask<ZarrBlob?> OpenAsync(string key, CancellationToken cancellationToken = default)
    {
        TryOpen(key, out ZarrBlob? blob);
        return ValueTask.FromResult(blob);
    }

    /// <inheritdoc />
    public void Write(string key, ReadOnlySpan<byte> value)
    {
        string path = PathOf(key);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string partial = path + PartialSuffix;
        using (SafeFileHandle handle = File.OpenHandle(partial, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(handle, value, 0);
            RandomAccess.FlushToDisk(handle);
        }

        File.Move(partial, path, overwrite: true);
    }

    /// <inheritdoc />
    public bool Exists(string key) => File.Exists(PathOf(key));

    /// <inheritdoc />
    public string? Stamp(string key)
    {
        FileInfo file = new(PathOf(key));
        return file.Exists ? $"{file.Length}@{file.LastWriteTimeUtc.Ticks}" : null;
    }

    /// <inheritdoc />
    public IReadOnlyList<string> ListFolders(string prefix)
    {
        string path = PathOf(prefix);
        return Directory.Exists(path)
            ? [.. Directory.EnumerateDirectories(path).Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>Whether the files are on a disk that is part of the machine.</summary>
    internal bool IsOnOwnDisk => _isOnOwnDisk.Value;

    /// <summary>Maps the value of a key into memory; null where it cannot be: absent, empty, or not to be opened.</summary>
    internal MappedFile? TryMap(string key)
    {
        FileInfo file = new(PathOf(key));
        try
        {
            return file.Exists && file.Length > 0 ? MappedFile.Open(file.FullName) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private string PathOf(string key) => Path.Combine(_root, key);

    private sealed class FileBlob(SafeFileHandle handle) : ZarrBlob
    {
        public override long Length => RandomAccess.GetLength(handle);

        public override int Read(long offset, Span<byte> buffer) => RandomAccess.Read(handle, buffer, offset);

        public override ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            RandomAccess.ReadAsync(handle, buffer, offset, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                handle.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
