using VisualFeatureSearch.Features;
using VisualFeatureSearch.Models;

namespace VisualFeatureSearch.Server;

/// <summary>What to serve, and where.</summary>
public sealed record ServerOptions
{
    /// <summary>Feature stores: directories, zip files or web addresses.</summary>
    public IReadOnlyList<string> Stores { get; init; } = [];

    /// <summary>Stores that are open already, such as one in memory.</summary>
    public IReadOnlyList<FeatureStore> OpenStores { get; init; } = [];

    /// <summary>An article that is served at <c>/article</c>; null for none.</summary>
    public string? Article { get; init; }

    /// <summary>The port on the loopback address; 0 for any free one.</summary>
    public int Port { get; init; }

    /// <summary>A secret that every request must have, for machines of several users and behind a proxy; null for none.</summary>
    public string? Token { get; init; }

    /// <summary>Where the stores' network is now, a path or a bundled name; null to look where it was.</summary>
    public string? Model { get; init; }

    /// <summary>What computes networks.</summary>
    public ExecutionProvider Provider { get; init; }

    /// <summary>The folder that the manifests' paths are relative to now; null for where it was.</summary>
    public string? ImagesRoot { get; init; }
}
