using System.Text.Json.Serialization;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search;

namespace VisualFeatureSearch.Server.Api;

/// <summary>A search by a photograph that the server has, and a painted mask.</summary>
/// <param name="Image">The photograph.</param>
/// <param name="Mask">
/// The painted mask: a PNG as base64 or data URL whose alpha is the brush, as large as the crop that the network sees or as
/// the photograph.
/// </param>
/// <param name="Layer">The layer; absent for the store's last one.</param>
/// <param name="Top">How many images to return, 1 to 1000; absent for 10.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SearchRequest(QueryImageModel? Image, string? Mask, string? Layer = null, int? Top = null)
{
    /// <summary>A second painted mask that counts against an image, as <see cref="Mask"/>; absent for none.</summary>
    public string? NegativeMask { get; init; }

    /// <summary>Only images at least this similar, -2 to 1.</summary>
    public float? Threshold { get; init; }

    /// <summary>Milliseconds after which to answer with what was found, and what may have been missed.</summary>
    public double? BudgetMilliseconds { get; init; }

    /// <summary>How many windows of each image to report, none overlapping another; 1 to 1000.</summary>
    public int Windows { get; init; } = 1;

    /// <summary>A condition over the manifest's columns in SQL, such as <c>label = 'dog' and site &lt;&gt; 12</c>.</summary>
    public string? Where { get; init; }

    /// <summary>A column of the manifest: at most one image for each of its values.</summary>
    public string? Unique { get; init; }

    /// <summary>Leave the query's own image out, where the store has it: its row, or of an upload every image of the same features.</summary>
    public bool ExcludeSelf { get; init; }

    /// <summary>Further rows to leave out; absent for none.</summary>
    public IReadOnlyList<long>? LeaveOut { get; init; }

    /// <summary>Columns of the manifest to report with each result; absent for none.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>Leave out images whose whole feature map has at least this cosine with the query's, in (0, 1].</summary>
    public float? NearDuplicates { get; init; }
}

/// <summary>The similarity of every window of one image to a painted region.</summary>
/// <param name="Image">The photograph that the region is painted on.</param>
/// <param name="Mask">The painted mask, as in a search.</param>
/// <param name="Index">The image of the store whose windows are compared.</param>
/// <param name="Layer">The layer; absent for the store's last one.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record MapRequest(QueryImageModel? Image, string? Mask, long? Index, string? Layer = null);

/// <summary>The similarity of every window of one image.</summary>
/// <param name="Index">The image.</param>
/// <param name="Rows">Placements down, H - h + 1.</param>
/// <param name="Columns">Placements across, W - w + 1.</param>
/// <param name="Window">Size of the window, at the first placement.</param>
/// <param name="Grid">The layer's grid.</param>
/// <param name="Similarities">Row by row; null where the image's features contain an infinity or NaN.</param>
public sealed record MapModel(
    long Index, int Rows, int Columns, Window Window, GridReport Grid, IReadOnlyList<float>? Similarities);

/// <summary>The photograph of a search: either an index or an upload.</summary>
/// <param name="Index">A row of the store.</param>
/// <param name="Upload">The identifier of an upload.</param>
/// <param name="Store">The store that the row is of, and on whose crop the mask was painted; absent for the searched one.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record QueryImageModel(long? Index = null, string? Upload = null, string? Store = null);
