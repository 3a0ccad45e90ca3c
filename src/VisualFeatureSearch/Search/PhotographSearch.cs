using VisualFeatureSearch.Features;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Regions;

namespace VisualFeatureSearch.Search;

/// <summary>
/// Searches a store by a photograph and a painted mask: the photograph goes through the transform and the network that the
/// store was made with. The network is loaded when first needed. Safe to use from several threads.
/// </summary>
public sealed class PhotographSearch : IDisposable
{
    private readonly Lazy<FeatureExtractor> _extractor;

    /// <summary>Prepares searching a store.</summary>
    /// <param name="store">The store.</param>
    /// <param name="model">Where its network is now, a path or a bundled name; null to look where it was.</param>
    /// <exception cref="FeatureStoreException">The store says nothing of a network, as those of other tools.</exception>
    public PhotographSearch(FeatureStore store, string? model = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        StoreHeader header = store.Header
            ?? throw new FeatureStoreException($"{store.DirectoryPath} does not say which model it was made with, so it can only be searched by features (--query-features and --mask-array), not by photographs");
        Store = store;
        Transform = header.ReadTransform();
        _extractor = new(() =>
            ModelLocator.LoadSame(header.Model.Name, header.Model.Sha256, header.Model.Path, model)
                .OpenExtractor([.. header.Layers.Select(layer => layer.Name)], Transform));
    }

    /// <summary>The store.</summary>
    public FeatureStore Store { get; }

    /// <summary>The image transform of the store and so of every query.</summary>
    public ImageTransform Transform { get; }

    /// <summary>Loads the network now instead of with the first query.</summary>
    /// <exception cref="ModelException">It is not found, or is another one.</exception>
    public void LoadModel() => _ = _extractor.Value;

    /// <summary>The feature maps of a crop, one a layer of the store, each <c>[C, H, W]</c>.</summary>
    /// <param name="crop">What <see cref="Transform"/> cut from a photograph.</param>
    /// <exception cref="ModelException">The network is not found, or is another one.</exception>
    public IReadOnlyList<float[]> Extract(PixelImage crop) => _extractor.Value.Extract(crop);

    /// <summary>Finds the images most similar to a painted region.</summary>
    /// <param name="maps">The photograph's feature maps from <see cref="Extract"/>.</param>
    /// <param name="brush">The mask on the crop, one channel.</param>
    /// <param name="layer">A layer or array of the store; null for its last one.</param>
    /// <param name="top">How many images, at least 1.</param>
    /// <param name="cancellationToken">Ends the search early.</param>
    /// <exception cref="RegionException">The mask is empty, or the features under it are zero.</exception>
    /// <exception cref="FeatureStoreException">There is no such layer.</exception>
    public (FeatureArray Layer, RegionKernel Region, SearchAnswer Answer) Search(
        IReadOnlyList<float[]> maps, PixelImage brush, string? layer, int top, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(maps);
        FeatureArray array = Store.FindLayer(layer);
        RegionMask mask = RegionMask.FromBrush(brush, array.Height, array.Width);
        RegionKernel region = RegionKernel.Create(maps[Store.Arrays.ToList().IndexOf(array)], array.Channels, mask);
        return (array, region, RegionSearch.Search(array, region, top, cancellationToken));
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_extractor.IsValueCreated)
        {
            _extractor.Value.Dispose();
        }
    }
}
