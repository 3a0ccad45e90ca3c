namespace VisualFeatureSearch.Zarr.Stores;

/// <summary>Opens a store by what its location looks like.</summary>
public static class ZarrStores
{
    private static readonly Lazy<HttpClient> Http = new(() => new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) }));

    /// <summary>Whether a location is a web address.</summary>
    public static bool IsAddress(string location)
    {
        ArgumentNullException.ThrowIfNull(location);
        return location.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || location.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Opens a directory, a zip file or a web address for reading.</summary>
    /// <exception cref="ZarrException">It is a file that is not a zip.</exception>
    public static IZarrStore Open(string location)
    {
        ArgumentException.ThrowIfNullOrEmpty(location);
        return IsAddress(location) ? new HttpStore(Http.Value, new Uri(location))
            : File.Exists(location) ? new ZipStore(location)
            : new DirectoryStore(location);
    }
}
