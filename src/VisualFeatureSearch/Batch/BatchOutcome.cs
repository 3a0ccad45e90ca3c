using VisualFeatureSearch.Search;

namespace VisualFeatureSearch.Batch;

/// <summary>What became of a query.</summary>
/// <param name="Query">The query.</param>
/// <param name="Report">Its answer; null where there is a problem.</param>
/// <param name="Problem">Why there is no answer; null where there is one.</param>
public sealed record BatchOutcome(BatchQuery Query, SearchReport? Report, string? Problem);
