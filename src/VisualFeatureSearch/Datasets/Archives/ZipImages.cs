using System.IO.Compression;

namespace VisualFeatureSearch.Datasets.Archives;

/// <summary>A zip file.</summary>
internal sealed class ZipImages : IImageArchive
{
    private readonly ZipArchive _archive;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = new(StringComparer.Ordinal);

    // ZipArchive reads through one stream and is not safe for several threads.
    private readonly Lock _lock = new();

    /// <exception cref="DatasetException">It is not a zip file.</exception>
    public ZipImages(string path)
    {
        try
        {
            _archive = ZipFile.OpenRead(path);
            foreach (ZipArchiveEntry entry in _archive.Entries.Where(entry => entry.Name.Length > 0))
            {
                _entries.TryAdd(entry.FullName.Replace('\\', '/'), entry);
            }
        }
        catch (InvalidDataException exception)
        {
            _archive?.Dispose();
            throw new DatasetException($"{path} is not a whole zip file: {exception.Message}", exception);
        }

        Names = [.. _entries.Keys];
    }

    public IReadOnlyList<string> Names { get; }

    public byte[] Read(string name)
    {
        if (!_entries.TryGetValue(name, out ZipArchiveEntry? entry))
        {
            throw new FileNotFoundException();
        }

        lock (_lock)
        {
            using Stream stream = entry.Open();
            using MemoryStream bytes = new();
            try
            {
                stream.CopyTo(bytes);
            }
            catch (InvalidDataException exception)
            {
                throw new IOException($"the archive is damaged: {exception.Message}", exception);
            }

            return bytes.ToArray();
        }
    }

    public void Dispose() => _archive.Dispose();
}
