using System.Diagnostics.CodeAnalysis;

namespace VisualFeatureSearch.Zarr.Stores;

/// <summary>Where the keys and values of a Zarr hierarchy are kept. Keys use <c>/</c> and never start with it.</summary>
public interface IZarrStore
{
    /// <summary>What to call the store in a message, such as its path.</summary>
    string Name { get; }

    /// <summary>Whether <see cref="ListFolders"/> finds what there is; where not, arrays are found by consolidated metadata.</summary>
    bool CanList { get; }

    /// <summary>Opens the value of a key; false where the key is absent.</summary>
    /// <exception cref="ZarrException">The store cannot be reached, or the value cannot be opened.</exception>
    bool TryOpen(string key, [NotNullWhen(true)] out ZarrBlob? blob);

    /// <summary>Opens the value of a key without holding a thread while waiting; null where the key is absent.</summary>
    /// <exception cref="ZarrException">The store cannot be reached, or the value cannot be opened.</exception>
    ValueTask<ZarrBlob?> OpenAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>Whether the key has a value.</summary>
    bool Exists(string key);

    /// <summary>
    /// Something short that changes whenever a value is written: its length and time. Null where the key is absent.
    /// </summary>
    string? Stamp(string key);

    /// <summary>The names one level below <paramref name="prefix"/> that themselves have keys below them, in ordinal order.</summary>
    IReadOnlyList<string> ListFolders(string prefix);
}

/// <summary>A store that can be written.</summary>
public interface IWritableZarrStore : IZarrStore
{
    /// <summary>Writes a value whole: a reader, or a rerun after a crash, finds the old value or the new one, nothing between.</summary>
    void Write(string key, ReadOnlySpan<byte> value);
}
