using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Zarr;
using VisualFeatureSearch.Zarr.Codecs;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Features;

/// <summary>
/// Writes features as the original Python tool keeps its caches: a Zarr v2 group with an array a layer, chunks of 500 images,
/// Blosc-LZ4 with shuffle. <c>zarr.open_group(path)["conv5"]</c> and <c>CachedSearchTool</c> take it as it is.
/// </summary>
public static class OriginalExport
{
    /// <summary>Images a chunk in the original's caches.</summary>
    public const int ChunkRows = 500;

    /// <summary>Exports layers.</summary>
    /// <param name="layers">The layers, each with the name of its array in the cache.</param>
    /// <param name="images">The manifest, written beside the arrays; null for none.</param>
    /// <param name="columns">The names of its further columns.</param>
    /// <param name="path">The directory, which must not exist or be empty.</param>
    /// <param name="progress">Told the share that is done, 0 to 1.</param>
    /// <param name="cancellationToken">Stops early; what was written is then no group.</param>
    /// <exception cref="FeatureStoreException">The directory holds something, or two arrays have one name.</exception>
    public static void Write(
        IReadOnlyList<(FeatureArray Layer, string Name)> layers,
        IReadOnlyList<ImageEntry>? images,
        IReadOnlyList<string> columns,
        string path,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(layers);
        if (layers.DistinctBy(layer => layer.Name).Count() != layers.Count)
        {
            throw new FeatureStoreException($"two layers would have the same name: {string.Join(", ", layers.Select(layer => layer.Name))}");
        }

        if (File.Exists(path) || (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()))
        {
            throw new FeatureStoreException($"{path} already exists: give another --out, or remove it");
        }

        // The group's own file comes last: without it a half-written cache is none.
        DirectoryStore files = new(path);
        long total = layers.Sum(layer => layer.Layer.Count);
        long done = 0;
        foreach ((FeatureArray layer, string name) in layers)
        {
            ZarrArrayMetadata metadata = new()
            {
                Shape = [layer.Count, layer.Channels, layer.Height, layer.Width],
                ChunkShape = [ChunkRows, layer.Channels, layer.Height, layer.Width],
                DataType = layer.IsHalf ? ZarrDataType.Float16 : ZarrDataType.Float32,
                Codecs = [new BloscCodec()],
                FillValue = new byte[layer.IsHalf ? 2 : 4],
            };
            files.Write($"{name}/.zarray", metadata.ToJson());
            byte[] chunk = new byte[metadata.ChunkLength];
            using ZarrRowReader rows = layer.Array.OpenRows();
            for (long first = 0; first < layer.Count; first += ChunkRows)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int count = (int)Math.Min(ChunkRows, layer.Count - first);
                int length = (int)(count * metadata.RowLength);
                rows.Read(first, count, chunk.AsSpan(0, length));
                chunk.AsSpan(length).Clear();
                files.Write($"{name}/{metadata.ChunkKey([first / ChunkRows, 0, 0, 0])}", metadata.Codecs[0].Encode(chunk, metadata.DataType.Size));
                done += count;
                progress?.Report(done / (double)total);
            }
        }

        if (images is not null)
        {
            files.Write(FeatureStore.ManifestFile, [.. ManifestCsv.Header(columns), .. ManifestCsv.Rows(images)]);
        }

        ZarrGroup.OpenOrCreate(files);
    }
}
