using System.Collections.Concurrent;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Regions;

namespace VisualFeatureSearch.Search;

/// <summary>
/// Searches a store by a photograph and a painted mask: the photograph goes through the transform and the network that the
/// store was made with. Network, indexes and manifest are loaded when first needed. Safe to use from several threads.
/// </summary>
public sealed class PhotographSearch : IDisposable
{
    private readonly Lazy<FeatureExtractor> _extractor;
    private readonly Lazy<ManifestQuery> _manifest;
    private readonly ConcurrentDictionary<string, Lazy<LayerSearch>> _layers = new();

    /// <summary>Prepares searching a store.</summary>
    /// <param name="store">The store.</param>
    /// <param name="model">Where its network is now, a path or a bundled name; null to look where it was.</param>
    /// <param name="useIndex">Whether to search through indexes where there are some.</param>
    /// <param name="provider">What computes the network.</param>
    /// <exception cref="FeatureStoreException">The store says nothing of a network, as those of other tools.</exception>
    public PhotographSearch(FeatureStore store, string? model = null, bool useIndex = true, ExecutionProvider provider = ExecutionProvider.Cpu)
    {
        ArgumentNullException.ThrowIfNull(store);
        StoreHeader header = store.Header
            ?? throw new FeatureStoreException(StoreVerifier.HasLostHeader(store)
                ? $"{store.Location} has lost its .zattrs, which says with which model it was made: restore it from a copy of the store"
                : $"{store.Location} does not say which model it was made with, so it can only be searched by features (--query-features and --mask-array), not by photographs");
        Store = store;
        UseIndex = useIndex;
        Transform = header.ReadTransform();
        _manifest = new(() => new ManifestQuery(store.ColumnNames, store.Images));
        _extractor = new(() =>
            ModelLocator.LoadSame(header.Model.Name, header.Model.Sha256, header.Model.Path, model, (header.Model.Options ?? ModelOptions.Default) with { Provider = provider })
                .OpenExtractor([.. header.Layers.Select(layer => layer.Name)], Transform));
    }

    /// <summary>The store.</summary>
    public FeatureStore Store { get; }

    /// <summary>Whether indexes are used.</summary>
    public bool UseIndex { get; }

    /// <summary>The image transform of the store and so of every query.</summary>
    public ImageTransform Transform { get; }

    /// <summary>Loads the network now instead of with the first query.</summary>
    /// <exception cref="ModelException">It is not found, or is another one.</exception>
    public void LoadModel() => _ = _extractor.Value;

    /// <summary>The feature maps of a crop, one a layer of the store, each <c>[C, H, W]</c>.</summary>
    /// <param name="crop">What <see cref="Transform"/> cut from a photograph.</param>
    /// <exception cref="ModelException">The network is not found, or is another one.</exception>
    public IReadOnlyList<float[]> Extract(PixelImage crop) => _extractor.Value.Extract(crop);

    /// <summary>Opens a layer for searching, with its index if it has one.</summary>
    /// <param name="layer">A layer or array of the store; null for its last one.</param>
    /// <exception cref="FeatureStoreException">There is no such layer.</exception>
    public LayerSearch OpenLayer(string? layer) =>
        _layers.GetOrAdd(Store.FindLayer(layer).Name, name => new(() => LayerSearch.Open(Store, name, UseIndex))).Value;

    /// <summary>Finds the images most similar to a painted region.</summary>
    /// <param name="maps">The photograph's feature maps from <see cref="Extract"/>.</param>
    /// <param name="brush">The mask on the crop, one channel.</param>
    /// <param name="negativeBrush">What counts against an image; null for nothing.</param>
    /// <param name="layer">A layer or array of the store; null for its last one.</param>
    /// <param name="request">What else is asked for.</param>
    /// <param name="seeds">Rows that are likely to be in the answer, such as an earlier one's.</param>
    /// <param name="cancellationToken">Ends the search early.</param>
    /// <exception cref="RegionException">A mask is empty, or the features under it are zero.</exception>
    /// <exception cref="FeatureStoreException">There is no such layer.</exception>
    /// <exception cref="SearchRequestException">A value of the request is out of its range.</exception>
    /// <exception cref="DatasetException">A condition or column makes no sense for the manifest.</exception>
    public (FeatureArray Layer, RegionKernel Region, SearchAnswer Answer) Search(
        IReadOnlyList<float[]> maps,
        PixelImage brush,
        PixelImage? negativeBrush,
        string? layer,
        SearchRequestOptions request,
        IReadOnlyList<long>? seeds = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        LayerSearch search = OpenLayer(layer);
        (float[] map, RegionKernel region) = Region(maps, brush, search.Features);
        SearchOptions options = request.Resolve(Store, () => _manifest.Value, map) with
        {
            Negative = negativeBrush is null ? null : NegativeRegion(maps, negativeBrush, search.Features),
            Seeds = seeds ?? [],
        };
        return (search.Features, region, search.Search(region, options, cancellationToken));
    }

    /// <summary>The similarity of every image of the store to a painted region, for statistics.</summary>
    /// <param name="maps">The photograph's feature maps from <see cref="Extract"/>.</param>
    /// <param name="brush">The mask on the crop, one channel.</param>
    /// <param name="contrastBrush">A second mask that is compared as well; null for none.</param>
    /// <param name="layer">A layer or array of the store; null for its last one.</param>
    /// <param name="request">Which images take part: the condition and what is left out. The rest does not count.</param>
    /// <param name="cancellationToken">Ends the scan early.</param>
    /// <exception cref="RegionException">A mask is empty, or the features under it are zero.</exception>
    /// <exception cref="FeatureStoreException">There is no such layer.</exception>
    /// <exception cref="SearchRequestException">A value of the request is out of its range.</exception>
    /// <exception cref="DatasetException">The condition makes no sense for the manifest.</exception>
    public (FeatureArray Layer, RegionKernel Region, DatasetSimilarities Similarities) ScoreAll(
        IReadOnlyList<float[]> maps,
        PixelImage brush,
        PixelImage? contrastBrush,
        string? layer,
        SearchRequestOptions request,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        FeatureArray features = OpenLayer(layer).Features;
        (float[] map, RegionKernel region) = Region(maps, brush, features);
        RegionKernel? contrast = contrastBrush is null ? null : NegativeRegion(maps, contrastBrush, features);
        bool[]? included = request.Resolve(Store, () => _manifest.Value, map).Included;
        return (features, region, RegionSearch.ScoreAll(features, region, contrast, included, cancellationToken));
    }

    /// <summary>Finds the rows that meet a condition over the manifest's columns.</summary>
    /// <param name="condition">As after SQL's WHERE.</param>
    /// <returns>For each row, whether it meets the condition.</returns>
    /// <exception cref="DatasetException">The condition makes no sense for the manifest.</exception>
    public bool[] Where(string condition) => _manifest.Value.Where(condition);

    /// <summary>The query's own feature map at a layer, and the region painted on it.</summary>
    /// <param name="maps">The photograph's feature maps from <see cref="Extract"/>.</param>
    /// <param name="brush">The mask on the crop, one channel.</param>
    /// <param name="features">A layer of the store.</param>
    /// <exception cref="RegionException">The mask is empty, or the features under it are zero.</exception>
    public (float[] Map, RegionKernel Region) Region(IReadOnlyList<float[]> maps, PixelImage brush, FeatureArray features)
    {
        ArgumentNullException.ThrowIfNull(maps);
        ArgumentNullException.ThrowIfNull(features);
        int at = Store.Arrays.ToList().FindIndex(array => array.Name == features.Name);
        RegionMask mask = RegionMask.FromBrush(brush, features.Height, features.Width);
        return (maps[at], RegionKernel.Create(maps[at], features.Channels, mask));
    }

    /// <summary>The second region of a query; what is wrong with it is told of it.</summary>
    private RegionKernel NegativeRegion(IReadOnlyList<float[]> maps, PixelImage brush, FeatureArray features) =>
        QueryPart.Named("the negative mask", () => Region(maps, brush, features).Region);

    /// <inheritdoc />
    public void Dispose()
    {
        if (_extractor.IsValueCreated)
        {
            _extractor.Value.Dispose();
        }

        if (_manifest.IsValueCreated)
        {
            _manifest.Value.Dispose();
        }

        foreach (Lazy<LayerSearch> layer in _layers.Values.Where(layer => layer.IsValueCreated))
        {
            layer.Value.Dispose();
        }
    }
}
