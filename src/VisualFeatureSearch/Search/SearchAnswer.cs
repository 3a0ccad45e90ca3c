namespace VisualFeatureSearch.Search;

/// <summary>What a search found.</summary>
/// <param name="Matches">The best images, best first, ties in row order.</param>
/// <param name="Stats">What the search did.</param>
public sealed record SearchAnswer(IReadOnlyList<Match> Matches, SearchStats Stats);

/// <summary>What a search did.</summary>
/// <param name="Images">Images that were compared.</param>
/// <param name="NonFiniteImages">Images left out because their features contain an infinity or NaN.</param>
/// <param name="BytesRead">Decoded bytes of features that were read.</param>
/// <param name="Elapsed">Time of the search alone, without the network's.</param>
public sealed record SearchStats(long Images, long NonFiniteImages, long BytesRead, TimeSpan Elapsed);
