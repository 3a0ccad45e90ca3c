using System.Text.Json.Serialization;
using VisualFeatureSearch.Analysis;
using VisualFeatureSearch.Search;

namespace VisualFeatureSearch.Server.Api;

/// <summary>What is told of all images of a store.</summary>
/// <param name="Search">The photograph, the mask, the layer and perhaps a condition; with a negative mask for the contrast.</param>
/// <param name="By">The column to group by; absent for <c>label</c>. A column of many different numbers is cut at its quartiles.</param>
/// <param name="Measure"><c>highlight</c> (similarity to the mask), <c>contrast</c> (to the negative mask) or <c>difference</c> (the first minus the second); absent for the first.</param>
/// <param name="Label">The label for precision at k; absent for those of the query's own image.</param>
/// <param name="Seed">Where chance starts: the same seed, the same intervals and p-values.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record StatisticsRequest(SearchRequest? Search, string? By = null, string? Measure = null, string? Label = null, int Seed = 0);

/// <summary>The similarities of a store's images, group by group.</summary>
/// <param name="Query">What was compared.</param>
/// <param name="By">The column that the groups are of.</param>
/// <param name="Measure">What the numbers are.</param>
/// <param name="NonFiniteImages">Images without a similarity, because their features contain an infinity or NaN.</param>
/// <param name="All">All images.</param>
/// <param name="Groups">The groups.</param>
/// <param name="OmittedGroups">Further groups, which are not told and not tested.</param>
/// <param name="Permutations">How often the test dealt the similarities anew; the least possible p is 1 / (permutations + 1).</param>
/// <param name="Seed">Where chance started.</param>
/// <param name="Precision">How many of the most similar images have the label; absent where no label is known.</param>
public sealed record StatisticsModel(
    QueryReport Query,
    string By,
    string Measure,
    long NonFiniteImages,
    Distribution All,
    IReadOnlyList<GroupStatistics> Groups,
    int OmittedGroups,
    int Permutations,
    int Seed,
    PrecisionModel? Precision);

/// <summary>How many of the most similar images have a label.</summary>
/// <param name="Labels">The label; several where the query's own image has several, of which one is enough.</param>
/// <param name="Chance">The share of all images that has it: what chance alone would give.</param>
/// <param name="At">The share among the k most similar images, for several k.</param>
public sealed record PrecisionModel(IReadOnlyList<string> Labels, double Chance, IReadOnlyList<PrecisionPoint> At);
