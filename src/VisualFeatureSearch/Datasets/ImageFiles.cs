using System.Collections.Concurrent;
using VisualFeatureSearch.Datasets.Archives;
using VisualFeatureSearch.Imaging;

namespace VisualFeatureSearch.Datasets;

/// <summary>
/// Reads the files of a dataset's images, whether they lie in folders or in archives. Archives stay open once they were needed.
/// Safe to use from several threads.
/// </summary>
/// <param name="root">The folder that paths are relative to.</param>
public sealed class ImageFiles(string root) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<IImageArchive>> _archives = new(StringComparer.Ordinal);

    /// <summary>The folder that paths are relative to.</summary>
    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>Refuses a folder of images that was named and is not there.</summary>
    /// <param name="root">The folder; null where none was named.</param>
    /// <exception cref="DatasetException">It is not there.</exception>
    public static void RequireRoot(string? root)
    {
        if (root is not null && !Directory.Exists(root))
        {
            throw new DatasetException($"{root}: no such folder (--images-root)");
        }
    }

    /// <summary>The bytes of an image's file.</summary>
    /// <param name="path">The path as the manifest has it; inside of an archive such as <c>shard.tar/dog/1.jpg</c> or <c>train.parquet/17</c>.</param>
    /// <exception cref="ImageException">The file is not there, or cannot be read.</exception>
    public byte[] Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            string full = Path.GetFullPath(path, Root);
            return !File.Exists(full) && ImageArchives.Split(full.Replace('\\', '/')) is { } inside && File.Exists(inside.Archive)
                ? _archives.GetOrAdd(inside.Archive, archive => new Lazy<IImageArchive>(() => ImageArchives.Open(archive))).Value.Read(inside.Name)
                : File.ReadAllBytes(full);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(exception is FileNotFoundException or DirectoryNotFoundException ? "no such file" : exception.Message, exception);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (Lazy<IImageArchive> archive in _archives.Values.Where(archive => archive.IsValueCreated))
        {
            archive.Value.Dispose();
        }
    }
}
