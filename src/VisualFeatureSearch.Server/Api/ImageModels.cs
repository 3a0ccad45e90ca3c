using VisualFeatureSearch.Datasets;

namespace VisualFeatureSearch.Server.Api;

/// <summary>A page of a store's images.</summary>
/// <param name="Total">Images that match.</param>
/// <param name="Offset">How many of them come before this page.</param>
/// <param name="Images">The images of this page.</param>
public sealed record ImagePageModel(int Total, int Offset, IReadOnlyList<ImageModel> Images);

/// <summary>An image of a store.</summary>
/// <param name="Index">Its row.</param>
/// <param name="Path">Its path in the manifest.</param>
/// <param name="Label">Its label; absent where it has none.</param>
/// <param name="Columns">The values of the manifest's further columns; absent where there are none.</param>
public sealed record ImageModel(long Index, string Path, string? Label, IReadOnlyDictionary<string, string>? Columns)
{
    /// <summary>SHA-256 of its file; only where one image alone is asked for.</summary>
    public string? Sha256 { get; init; }

    internal static ImageModel Create(long index, ImageEntry entry, IReadOnlyList<string> columns) => new(
        index,
        entry.Path,
        entry.Label.Length > 0 ? entry.Label : null,
        columns.Count == 0 ? null : columns.Zip(entry.Columns).ToDictionary(pair => pair.First, pair => pair.Second));
}

/// <summary>An uploaded photograph.</summary>
/// <param name="Id">Its identifier: SHA-256 of the file.</param>
/// <param name="Width">Pixels across, upright.</param>
/// <param name="Height">Pixels down, upright.</param>
public sealed record UploadModel(string Id, int Width, int Height);
