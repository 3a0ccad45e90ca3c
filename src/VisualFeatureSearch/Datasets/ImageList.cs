using System.Security.Cryptography;
using System.Text;

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

    /// <summary>Lists a folder of images, or the rows of a manifest file.</summary>
    /// <param name="path">A folder or a CSV file.</param>
    /// <exception cref="DatasetException">There is no such folder or file, it has no images, or the manifest cannot be read.</exception>
    public static ImageList Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ImageList list = Directory.Exists(path) ? FromFolder(path)
            : File.Exists(path) ? FromManifest(path)
            : throw new DatasetException($"{path}: no such folder or manifest");
        return list.Entries.Count > 0
            ? list
            : throw new DatasetException($"{path} has no images: files named {string.Join(", ", Imaging.ImageDecoder.Extensions.Order())} are looked for");
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
    private static ImageList FromFolder(string folder)
    {
        string root = Path.GetFullPath(folder);
        EnumerationOptions options = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.System, IgnoreInaccessible = false };
        List<ImageEntry> entries = [];
        List<SkippedImage> ignored = [];
        try
        {
            foreach (FileSystemInfo item in new DirectoryInfo(root).EnumerateFileSystemInfos("*", options))
            {
                if (!Imaging.ImageDecoder.Extensions.Contains(item.Extension))
                {
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

        return new ImageList(
            root,
            [],
            [.. entries.OrderBy(entry => entry.Path, StringComparer.Ordinal)],
            [.. ignored.OrderBy(skipped => skipped.Path, StringComparer.Ordinal)]);
    }

    private static ImageList FromManifest(string path)
    {
        (IReadOnlyList<string> columns, IReadOnlyList<ImageEntry> entries) = ManifestCsv.Read(path);
        return new ImageList(Path.GetDirectoryName(Path.GetFullPath(path))!, columns, entries, []);
    }
}
