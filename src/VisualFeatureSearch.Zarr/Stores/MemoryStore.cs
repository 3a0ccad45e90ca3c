using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace VisualFeatureSearch.Zarr.Stores;

/// <summary>A store in memory. Safe to use from several threads.</summary>
/// <param name="name">What to call it in a message.</param>
public sealed class MemoryStore(string name = "memory") : IWritableZarrStore
{
    private readonly ConcurrentDictionary<string, (byte[] Value, long Version)> _values = new(StringComparer.Ordinal);
    private long _version;

    /// <inheritdoc />
    public string Name { get; } = name;

    /// <inheritdoc />
    public bool CanList => true;

    /// <inheritdoc />
    public bool TryOpen(string key, [NotNullWhen(true)] out ZarrBlob? blob)
    {
        blob = _values.TryGetValue(key, out (byte[] Value, long Version) stored) ? new MemoryBlob(stored.Value) : null;
        return blob is not null;
    }

    /// <inheritdoc />
    public ValueTask<ZarrBlob?> OpenAsync(string key, CancellationToken cancellationToken = default)
    {
        TryOpen(key, out ZarrBlob? blob);
        return ValueTask.FromResult(blob);
    }

    /// <inheritdoc />
    public void Write(string key, ReadOnlySpan<byte> value)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        _values[key] = (value.ToArray(), Interlocked.Increment(ref _version));
    }

    /// <inheritdoc />
    public bool Exists(string key) => _values.ContainsKey(key);

    /// <inheritdoc />
    public string? Stamp(string key) => _values.TryGetValue(key, out (byte[] Value, long Version) stored) ? $"{stored.Value.Length}@{stored.Version}" : null;

    /// <inheritdoc />
    public IReadOnlyList<string> ListFolders(string prefix) => StoreKeys.FoldersBelow(_values.Keys, prefix);
}
