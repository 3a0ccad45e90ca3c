using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Zarr;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Features;

/// <summary>
/// A directory with the features of a dataset: a Zarr group with one array a layer, and for stores of this tool also
/// the manifest and the provenance. Stores that other tools wrote have neither.
/// </summary>
public sealed class FeatureStore
{
    internal const string ManifestFile = "manifest.csv";
    internal const string SkippedFile = "skipped.csv";

    private readonly Lazy<(IReadOnlyList<string> Columns, IReadOnlyList<ImageEntry> Entries)> _manifest;

    private FeatureStore(string path, StoreHeader? header, IReadOnlyList<FeatureArray> arrays)
    {
        DirectoryPath = path;
        Header = header;
        Arrays = arrays;
        _manifest = new(ReadManifest);
    }

    /// <summary>The directory, as it was given.</summary>
    public string DirectoryPath { get; }

    /// <summary>The directory's name.</summary>
    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(DirectoryPath)));

    /// <summary>What the store says of itself; null for a store of another tool.</summary>
    public StoreHeader? Header { get; }

    /// <summary>The layers' features: only rows that are complete.</summary>
    public IReadOnlyList<FeatureArray> Arrays { get; }

    /// <summary>Whether all features are there. Stores of other tools do not say, and are taken as they are.</summary>
    public bool IsFinished => Header?.Progress.IsFinished ?? true;

    /// <summary>Images whose features are complete.</summary>
    public long Count => Header?.Progress.Complete ?? (Arrays.Count == 0 ? 0 : Arrays.Max(array => array.Count));

    /// <summary>The manifest's rows; empty for a store of another tool.</summary>
    public IReadOnlyList<ImageEntry> Images => _manifest.Value.Entries;

    /// <summary>The names of the manifest's columns besides path and label.</summary>
    public IReadOnlyList<string> ColumnNames => _manifest.Value.Columns;

    /// <summary>Opens a store.</summary>
    /// <exception cref="FeatureStoreException">There is no store, or it has nothing that can be searched.</exception>
    /// <exception cref="ZarrException">The directory is not a Zarr group, or an array's metadata cannot be read.</exception>
    public static FeatureStore Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Directory.Exists(path))
        {
            throw new FeatureStoreException($"{path}: no such directory");
        }

        ZarrGroup group = ZarrGroup.Open(new DirectoryStore(path));
        StoreHeader? header = StoreHeader.FromAttributes(group.ReadAttributes(), path);
        FeatureArray[] arrays = header is null
            ? [.. group.ListArrays().Select(group.OpenArray).Where(IsFeatures).Select(array => new FeatureArray(array))]
            : [.. header.Layers.Select(layer => new FeatureArray(group.OpenArray(layer.Array), header.Progress.Complete, layer.Name))];
        return arrays.Length > 0
            ? new FeatureStore(path, header, arrays)
            : throw new FeatureStoreException($"{path} has no features: no array of float16 or float32 with the axes [images, channels, height, width]");
    }

    /// <summary>Finds an array by its layer or its own name; without a name, the only or last one.</summary>
    /// <exception cref="FeatureStoreException">There is no such layer.</exception>
    public FeatureArray FindLayer(string? name) =>
        name is null ? Arrays[^1]
        : Arrays.FirstOrDefault(array => array.Layer == name || array.Name == name)
        ?? throw new FeatureStoreException($"{DirectoryPath} has no layer '{name}': it has {string.Join(", ", Arrays.Select(array => array.Layer))}");

    /// <summary>The file of an image, absolute; null for a store of another tool.</summary>
    /// <param name="index">The image's row.</param>
    /// <param name="imagesRoot">The folder that the manifest's paths are relative to now; null for where it was.</param>
    public string? ImageFile(long index, string? imagesRoot = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return Header is null || index >= Images.Count ? null : Path.GetFullPath(Images[(int)index].Path, imagesRoot ?? Header.ImagesRoot);
    }

    /// <summary>The images that were left out, and why; empty for a store of another tool.</summary>
    public IReadOnlyList<SkippedImage> ReadSkipped() => Header is null
        ? []
        : [.. ReadCsv(SkippedFile, Header.Progress.SkippedBytes).Entries.Select(entry => new SkippedImage(entry.Path, entry.Columns[0]))];

    private static bool IsFeatures(ZarrArray array) =>
        array.Metadata is { Shape.Count: 4, DataType: { Kind: ZarrElementKind.Float, Size: 2 or 4 } };

    private (IReadOnlyList<string> Columns, IReadOnlyList<ImageEntry> Entries) ReadManifest()
    {
        if (Header is null)
        {
            return ([], []);
        }

        (IReadOnlyList<string> columns, IReadOnlyList<ImageEntry> entries) = ReadCsv(ManifestFile, Header.Progress.ManifestBytes);
        return entries.Count == Header.Progress.Complete
            ? (columns, entries)
            : throw new FeatureStoreException($"{Path.Combine(DirectoryPath, ManifestFile)} has {entries.Count} rows where the store has {Header.Progress.Complete} images: it was changed");
    }

    /// <summary>Reads only the bytes that the last checkpoint covers: a killed run may have left half a line behind them.</summary>
    private (IReadOnlyList<string> Columns, IReadOnlyList<ImageEntry> Entries) ReadCsv(string file, long length)
    {
        string path = Path.Combine(DirectoryPath, file);
        if (!File.Exists(path))
        {
            throw new FeatureStoreException($"{path} is missing");
        }

        if (length == 0)
        {
            return ([], []);
        }

        byte[] bytes = new byte[length];
        using (FileStream stream = File.OpenRead(path))
        {
            if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
            {
                throw new FeatureStoreException($"{path} is shorter than the store says: it was changed");
            }
        }

        return ManifestCsv.Read(new MemoryStream(bytes), path);
    }
}
