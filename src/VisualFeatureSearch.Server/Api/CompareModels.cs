using System.Text.Json.Serialization;
using VisualFeatureSearch.Analysis;
using VisualFeatureSearch.Search;

namespace VisualFeatureSearch.Server.Api;

/// <summary>Several searches side by side.</summary>
/// <param name="Search">What they have in common; its layer does not count.</param>
/// <param name="Rows">What is different, row by row; at most 32.</param>
/// <param name="Distributions">Whether the distribution of all similarities of each row and the rank correlation of each pair are wanted, which takes a scan of the store each.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CompareRequest(SearchRequest? Search, IReadOnlyList<CompareRowRequest>? Rows, bool Distributions = false);

/// <summary>A row of a comparison.</summary>
/// <param name="Store">The store that is searched.</param>
/// <param name="Layer">The layer; absent for the store's last one.</param>
/// <param name="Image">Another photograph than the common one; absent for that.</param>
/// <param name="Mask">Another painted mask than the common one; absent for that.</param>
/// <param name="NegativeMask">With a mask of its own: what counts against an image; absent for nothing.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CompareRowRequest(string? Store, string? Layer = null, QueryImageModel? Image = null, string? Mask = null, string? NegativeMask = null);

/// <summary>The answers of several searches.</summary>
/// <param name="Rows">An answer a row, in the order asked for.</param>
/// <param name="Overlaps">How much the answers of each pair of rows agree.</param>
public sealed record CompareModel(IReadOnlyList<CompareRowModel> Rows, IReadOnlyList<AnswerAgreement> Overlaps);

/// <summary>The answer of a row.</summary>
/// <param name="Store">The store.</param>
/// <param name="Layer">The layer.</param>
/// <param name="Report">The answer, as of a search.</param>
/// <param name="Distribution">How the similarities of all images of the store are distributed, the query's own left out; absent where not asked for.</param>
public sealed record CompareRowModel(string Store, string Layer, SearchReport Report, Distribution? Distribution);
