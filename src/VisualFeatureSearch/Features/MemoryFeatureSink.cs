using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Zarr;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Features;

/// <summary>A feature store in memory, with the same keys as on disk: what is searched live, without a cache.</summary>
internal sealed class MemoryFeatureSink : IFeatureSink
{
    private readonly MemoryStore _files;
    private readonly ZarrGroup _group;
    private readonly ZarrArray[] _arrays;
    private readonly MemoryStream _manifest = new();
    private readonly MemoryStream _skipped = new();

    public MemoryFeatureSink(PrecomputeJob job, IReadOnlyList<LayerShape> shapes, string toolVersion)
    {
        _files = new MemoryStore(job.StorePath);
        Header = StoreArrays.Describe(job, toolVersion);
        _group = ZarrGroup.OpenOrCreate(_files, Header.ToAttributes());
        _arrays = [.. Header.Layers.Select((layer, i) => StoreArrays.Create(_group, layer, shapes[i], job))];
        ChunkRows = job.ChunkRows;
        _manifest.Write(ManifestCsv.Header(job.Images.ColumnNames));
        _skipped.Write(StoreArrays.SkippedHeader);
    }

    public StoreHeader Header { get; private set; }

    public int ChunkRows { get; }

    public void Commit(long chunk, IReadOnlyList<byte[]> layers, IReadOnlyList<ImageEntry> images, IReadOnlyList<SkippedImage> skipped)
    {
        for (int i = 0; i < _arrays.Length && images.Count > 0; i++)
        {
            _arrays[i].WriteChunk([chunk, 0, 0, 0], layers[i]);
        }

        _manifest.Write(ManifestCsv.Rows(images));
        _skipped.Write(ManifestCsv.SkippedRows(skipped));
        Header = Header.After(images.Count, skipped.Count, _manifest.Length, _skipped.Length);
    }

    public void Finish()
    {
        StoreArrays.Cut(_group, _arrays, Header.Progress.Complete);
        _files.Write(FeatureStore.ManifestFile, _manifest.ToArray());
        _files.Write(FeatureStore.SkippedFile, _skipped.ToArray());
        Header = Header with { Progress = Header.Progress with { IsFinished = true } };
        _group.WriteAttributes(Header.ToAttributes());
    }

    /// <summary>The store, once it is finished.</summary>
    public FeatureStore ToStore() => FeatureStore.Open(_files);

    public void Dispose()
    {
        _manifest.Dispose();
        _skipped.Dispose();
    }
}
