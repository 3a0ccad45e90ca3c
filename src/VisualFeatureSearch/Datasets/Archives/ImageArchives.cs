namespace VisualFeatureSearch.Datasets.Archives;

/// <summary>Which files are archives of images, and opening them.</summary>
internal static class ImageArchives
{
    /// <summary>Whether a file's name is that of an archive.</summary>
    public static bool IsArchive(string path) => Path.GetExtension(path).ToLowerInvariant() is ".tar" or ".zip" or ".parquet";

    /// <summary>Opens an archive by its name's ending.</summary>
    /// <exception cref="DatasetException">It is damaged, or a Parquet file without images.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IImageArchive Open(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".tar" => new TarFile(path),
        ".zip" => new ZipImages(path),
        _ => ParquetImages.TryOpen(path) ?? throw new DatasetException($"{path} has no column of images"),
    };

    /// <summary>The part of a path that is an archive, and the name inside of it; null where there is none.</summary>
    /// <param name="path">A path as a dataset gives it, such as <c>shards/0001.tar/dog/1.jpg</c>.</param>
    public static (string Archive, string Name)? Split(string path)
    {
        for (int slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1))
        {
            if (IsArchive(path[..slash]))
            {
                return (path[..slash], path[(slash + 1)..]);
            }
        }

        return null;
    }
}
