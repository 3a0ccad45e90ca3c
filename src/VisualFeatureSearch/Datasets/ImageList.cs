using System.Security.Cryptography;
using System.Text;
using VisualFeatureSearch.Datasets.Archives;

namespace VisualFeatureSearch.Datasets;

/// <summary>The images of a dataset in row order, as they are asked for; whether they can be decoded shows only later.</summary>
public sealed class ImageList
{
    private ImageList(string root, IReadOnlyList<string> columnNames, IReadOnlyList<ImageEntry> entries, IReadOnlyList<SkippedImage> ignored)
    {
        Root = root;
        ColumnNames = columnNames;
        Entries = entries;
        Ignored = ignored;
    }

    /// <summary>The folder that paths are relative to, absolute.</summary>
    public string Root { get; }

    /// <summary>The names of the columns besides path and label.</summary>
    public IReadOnlyList<string> ColumnNames { get; }

    /// <summary>The images.</summary>
    public IReadOnlyList<ImageEntry> Entries { get; }

    /// <summary>What looks like an image by its name but cannot be one, such as a folder.</summary>
    public IReadOnlyList<SkippedImage> Ignored { get; }

    /// <summary>Lists the images of a dataset of any kind.</summary>
    /// <param name="path">
    /// A folder of images or of archives; an archive (tar, zip, Parquet with images); a manifest (CSV, TSV, JSON lines,
    /// Parquet); or COCO's annotations (JSON).
    /// </param>
    /// <param name="options">What a person says of it; null for nothing.</param>
    /// <exception cref="DatasetException">There is no such folder or file, it has no images, or the manifest cannot be read.</exception>
    public static ImageList Open(string path, DatasetOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= DatasetOptions.Default;
        ImageList list = Directory.Exists(path) ? FromFolder(path, options)
            : File.Exists(path) ? FromFile(path, options)
            : throw new DatasetException($"{path}: no such folder or file");
        if (list.Entries.Count == 0)
        {
            throw new DatasetException(IsTable(path) ? $"{path} has no rows: each image is one" : $"{path} has no images: files named {string.Join(", ", Imaging.ImageDecoder.Extensions.Order())} are looked for");
        }

        if (string.IsNullOrWhiteSpace(options.Where))
        {
            return list;
        }

        string condition = options.Where;

        using ManifestQuery query = new(list.ColumnNames, list.Entries);
        bool[] wanted = query.Where(condition);
        ImageList some = new(list.Root, list.ColumnNames, [.. list.Entries.Where((_, row) => wanted[row])], list.Ignored);
        return some.Entries.Count > 0 ? some : throw new DatasetException($"none of the {list.Entries.Count} images of {path} meets the condition \"{condition}\"");
    }

    /// <summary>A digest of everything that decides the rows, to tell whether a dataset is still the same.</summary>
    public string ComputeSha256()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(ColumnNames);
        foreach (ImageEntry entry in Entries)
        {
            Append([entry.Path, entry.Label, .. entry.Columns]);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Append(IReadOnlyList<string> values) => hash.AppendData(Encoding.UTF8.GetBytes(string.Join('\0', values) + "\n"));
    }

    /// <summary>
    /// All images below a folder in ordinal order of their paths. The name of the first sub-folder is the label, as in
    /// torchvision's ImageFolder; images directly in the folder have none.
    /// </summary>
    private static ImageList FromFolder(string folder, DatasetOptions options)
    {
        string root = Path.GetFullPath(folder);
        EnumerationOptions enumeration = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.System, IgnoreInaccessible = false };
        List<ImageEntry> entries = [];
        List<SkippedImage> ignored = [];
        List<string> archives = [];
        try
        {
            foreach (FileSystemInfo item in new DirectoryInfo(root).EnumerateFileSystemInfos("*", enumeration))
            {
                if (!Imaging.ImageDecoder.Extensions.Contains(item.Extension))
                {
                    if (item is FileInfo && ImageArchives.IsArchive(item.Name))
                    {
                        archives.Add(item.FullName);
                    }

                    continue;
                }

                string relative = Path.GetRelativePath(root, item.FullName).Replace('\\', '/');
                if (item is DirectoryInfo)
                {
                    ignored.Add(new SkippedImage(relative, "it is a folder, not an image"));
                }
                else
                {
                    int slash = relative.IndexOf('/', StringComparison.Ordinal);
                    entries.Add(new ImageEntry(relative, slash < 0 ? "" : relative[..slash], []));
                }
            }
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new DatasetException(exception.Message, exception);
        }

        if (entries.Count == 0 && archives.Count > 0)
        {
            archives.Sort(StringComparer.Ordinal);
            (IReadOnlyList<string> columns, IReadOnlyList<ImageEntry> images) = ArchiveLister.List(root, archives, options);
            return new ImageList(root, columns, images, []);
        }

        return new ImageList(
            root,
            [],
            [.. entries.OrderBy(entry => entry.Path, StringComparer.Ordinal)],
            [.. ignored.OrderBy(skipped => skipped.Path, StringComparer.Ordinal)]);
    }

    private static ImageList FromFile(string path, DatasetOptions options)
    {
        string own = Path.GetDirectoryName(Path.GetFullPath(path))!;
        ImageFiles.RequireRoot(options.ImagesRoot);
        string root = options.ImagesRoot is { } said ? Path.GetFullPath(said) : own;
        switch (Path.GetExtension(path).ToLowerInvariant())
        {
            case ".tar" or ".zip":
                (IReadOnlyList<string> columns, IReadOnlyList<ImageEntry> images) = ArchiveLister.List(own, [Path.GetFullPath(path)], options);
                return new ImageList(own, columns, images, []);
            case ".parquet" when HasImages(path):
                (columns, images) = ArchiveLister.List(own, [Path.GetFullPath(path)], options);
                return new ImageList(own, columns, images, []);
            case ".json":
                return new ImageList(root, CocoManifest.Columns, CocoManifest.Read(path), []);
            case ".parquet" or ".jsonl" or ".ndjson":
                return FromTable(TableFile.ReadManifest(path, options));
            case ".gz" or ".tgz":
                throw new DatasetException($"{path} is compressed as a whole, so that no image can be read by itself: decompress it to .tar first (gunzip)");
            case var extension when Imaging.ImageDecoder.Extensions.Contains(extension):
                throw new DatasetException($"{path} is an image: give a folder of images, a manifest or an archive");
            default:
                return FromTable(ManifestCsv.Read(path, options));
        }

        ImageList FromTable(ManifestTable table) => new(root, table.Columns, table.Entries, []);
    }

    private static bool IsTable(string path) => File.Exists(path) && Path.GetExtension(path).ToLowerInvariant() is not (".tar" or ".zip");

    private static bool HasImages(string path)
    {
        using ParquetImages? images = ParquetImages.TryOpen(path);
        return images is not null;
    }
}
