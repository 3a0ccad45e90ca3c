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

    private readonly IZarrStore _files;
    private readonly Lazy<(IReadOnlyList<string> Columns, IReadOnlyList<ImageEntry> Entries)> _manifest;

    private FeatureStore(IZarrStore files, StoreHeader? header, IReadOnlyList<FeatureArray> arrays)
    {
        _files = files;
        Header = header;
        Arrays = arrays;
        _manifest = new(ReadManifest);
    }

    /// <summary>Where the store is, as it was given: a directory, a zip file or a web address.</summary>
    public string Location => _files.Name;

    /// <summary>The last part of the location.</summary>
    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(_files is DirectoryStore ? Path.GetFullPath(Location) : Location));

    /// <summary>Whether the store is a directory, beside whose arrays an index can lie.</summary>
    public bool IsDirectory => _files is DirectoryStore;

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

    /// <summary>Opens a store: a directory, a zip file or a web address.</summary>
    /// <exception cref="FeatureStoreException">There is no store, or it has nothing that can be searched.</exception>
    /// <exception cref="ZarrException">The directory is not a Zarr group, or an array's metadata cannot be read.</exception>
    public static FeatureStore Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Directory.Exists(path) || File.Exists(path) || ZarrStores.IsAddress(path)
            ? Open(ZarrStores.Open(path))
            : throw new FeatureStoreException($"{path}: no such directory or file");
    }

    /// <summary>Opens a store in any kind of Zarr store.</summary>
    /// <exception cref="FeatureStoreException">There is no store, or it has nothing that can be searched.</exception>
    /// <exception cref="ZarrException">It is not a Zarr group, or an array's metadata cannot be read.</exception>
    public static FeatureStore Open(IZarrStore files)
    {
        ArgumentNullException.ThrowIfNull(files);
        ZarrGroup group = ZarrGroup.Open(files);
        StoreHeader? header = StoreHeader.FromAttributes(group.ReadAttributes(), files.Name);
        FeatureArray[] arrays = header is null
            ? [.. group.ListArrays().Select(group.OpenArray).Where(IsFeatures).Select(array => new FeatureArray(array))]
            : [.. header.Layers.Select(layer => new FeatureArray(group.OpenArray(layer.Array, isWhole: true), header.Progress.Complete, layer.Name))];
        return arrays.Length > 0
            ? new FeatureStore(files, header, arrays)
            : throw new FeatureStoreException($"{files.Name} has no features: no array of float16 or float32 with the axes [images, channels, height, width]{(files.CanList ? "" : ". What it holds can only be found by consolidated metadata: zarr.consolidate_metadata(store) in Python writes it")}");
    }

    /// <summary>Finds an array by its layer or its own name; without a name, the only or last one.</summary>
    /// <exception cref="FeatureStoreException">There is no such layer.</exception>
    public FeatureArray FindLayer(string? name) =>
        name is null ? Arrays[^1]
        : Arrays.FirstOrDefault(array => array.IsCalled(name))
        ?? throw new FeatureStoreException($"{Location} has no layer '{name}': it has {string.Join(", ", Arrays.Select(array => array.Layer))}");

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
            : throw new FeatureStoreException($"{Location}: {ManifestFile} has {entries.Count} rows where the store has {Header.Progress.Complete} images: it was changed");
    }

    /// <summary>Reads only the bytes that the last checkpoint covers: a killed run may have left half a line behind them.</summary>
    private (IReadOnlyList<string> Columns, IReadOnlyList<ImageEntry> Entries) ReadCsv(string file, long length)
    {
        string name = $"{Location}: {file}";
        if (!_files.TryOpen(file, out ZarrBlob? blob))
        {
            throw new FeatureStoreException($"{name} is missing");
        }

        if (length == 0)
        {
            return ([], []);
        }

        byte[] bytes = new byte[length];
        using (blob)
        {
            if (blob.Length < length)
            {
                throw new FeatureStoreException($"{name} is shorter than the store says: it was changed");
            }

            blob.ReadExactly(0, bytes);
        }

        ManifestTable table = ManifestCsv.Read(new MemoryStream(bytes), name);
        return (table.Columns, table.Entries);
    }
}
