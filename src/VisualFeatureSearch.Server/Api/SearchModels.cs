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

    /// <summary>Leave the query's own image out, where it is of the store.</summary>
    public bool ExcludeSelf { get; init; }

    /// <summary>Leave out images whose whole feature map has at least this cosine with the query's, in (0, 1].</summary>
    public float? NearDuplicates { get; init; }
}

/// <summary>One search at several layers.</summary>
/// <param name="Search">The search; its own layer does not count.</param>
/// <param name="Layers">The layers, at most 32; absent for all of the store's.</param>
public sealed record CompareRequest(SearchRequest? Search, IReadOnlyList<string>? Layers = null);

/// <summary>The answers of several layers.</summary>
/// <param name="Rows">An answer for each layer, in the order asked for.</param>
/// <param name="Overlaps">How much the answers of each pair of layers agree.</param>
public sealed record CompareModel(IReadOnlyList<SearchReport> Rows, IReadOnlyList<OverlapModel> Overlaps);

/// <summary>How much the answers of two layers agree.</summary>
/// <param name="First">A layer.</param>
/// <param name="Second">Another one.</param>
/// <param name="Depth">How many images of each answer were compared.</param>
/// <param name="AtDepth">The share of images that both answers have, 0 to 1.</param>
/// <param name="RankBiased">The rank-biased overlap, which counts the first ranks most, 0 to 1.</param>
public sealed record OverlapModel(string First, string Second, int Depth, double AtDepth, double RankBiased);

/// <summary>The similarity of every window of one image to a painted region.</summary>
/// <param name="Image">The photograph that the region is painted on.</param>
/// <param name="Mask">The painted mask, as in a search.</param>
/// <param name="Index">The image of the store whose windows are compared.</param>
/// <param name="Layer">The layer; absent for the store's last one.</param>
public sealed record MapRequest(QueryImageModel? Image, string? Mask, long Index, string? Layer = null);

/// <summary>The similarity of every window of one image.</summary>
/// <param name="Index">The image.</param>
/// <param name="Rows">Placements down, H - h + 1.</param>
/// <param name="Columns">Placements across, W - w + 1.</param>
/// <param name="Window">Size of the window, at the first placement.</param>
/// <param name="Grid">The layer's grid.</param>
/// <param name="Similarities">Row by row; null where the image's features contain an infinity or NaN.</param>
public sealed record MapModel(
    long Index, int Rows, int Columns, Window Window, GridReport Grid, IReadOnlyList<float>? Similarities);

/// <summary>The photograph of a search: exactly one of the two.</summary>
/// <param name="Index">A row of the searched store.</param>
/// <param name="Upload">The identifier of an upload.</param>
public sealed record QueryImageModel(long? Index = null, string? Upload = null);
