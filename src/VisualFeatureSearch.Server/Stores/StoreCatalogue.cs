using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;

namespace VisualFeatureSearch.Server.Stores;

/// <summary>The stores that are served, by identifier.</summary>
internal sealed class StoreCatalogue : IDisposable
{
    private readonly Dictionary<string, ServedStore> _byId = new(StringComparer.Ordinal);

    /// <summary>Opens all stores, so that what is wrong with one is known before anything is served.</summary>
    /// <exception cref="DatasetException">The folder of the images is not there.</exception>
    public StoreCatalogue(ServerOptions options)
    {
        ImageFiles.RequireRoot(options.ImagesRoot);
        ImagesRoot = options.ImagesRoot;
        foreach (FeatureStore store in options.Stores.Select(path => FeatureStore.Open(path)).Concat(options.OpenStores))
        {
            string id = store.Name;
            for (int i = 2; _byId.ContainsKey(id); i++)
            {
                id = $"{store.Name}-{i}";
            }

            ServedStore served = new(id, store, options);
            _byId.Add(id, served);
            Stores.Add(served);
        }
    }

    public List<ServedStore> Stores { get; } = [];

    /// <summary>The folder that the manifests' paths are relative to now; null for where it was.</summary>
    public string? ImagesRoot { get; }

    /// <exception cref="KeyNotFoundException">There is no such store.</exception>
    public ServedStore Find(string id) => _byId.TryGetValue(id, out ServedStore? store)
        ? store
        : throw new KeyNotFoundException($"there is no store '{id}': the stores are {string.Join(", ", _byId.Keys)}");

    public void Dispose() => Stores.ForEach(store => store.Dispose());
}
