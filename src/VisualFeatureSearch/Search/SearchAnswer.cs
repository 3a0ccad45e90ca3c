namespace VisualFeatureSearch.Search;

/// <summary>What a search found.</summary>
/// <param name="Matches">The best images, best first, ties in row order.</param>
/// <param name="Stats">What the search did.</param>
public sealed record SearchAnswer(IReadOnlyList<Match> Matches, SearchStats Stats)
{
    /// <summary>More about each match; empty where neither several windows nor a negative region were asked for.</summary>
    public IReadOnlyList<MatchDetail> Details { get; init; } = [];
}

/// <summary>More about a match.</summary>
/// <param name="Windows">Its windows, best first, none overlapping another.</param>
/// <param name="Positive">Its similarity to the highlighted region.</param>
/// <param name="Negative">Its similarity to the negative region; null where there is none.</param>
public sealed record MatchDetail(IReadOnlyList<WindowMatch> Windows, float Positive, float? Negative);

/// <summary>What a search did.</summary>
/// <param name="Images">Images that took part.</param>
/// <param name="NonFiniteImages">Images left out because their features contain an infinity or NaN.</param>
/// <param name="BytesRead">Bytes of features and index that were looked at.</param>
/// <param name="Elapsed">Time of the search alone, without the network's.</param>
public sealed record SearchStats(long Images, long NonFiniteImages, long BytesRead, TimeSpan Elapsed)
{
    /// <summary>What each stage of the search ruled out; empty for a plain scan.</summary>
    public IReadOnlyList<SearchStage> Stages { get; init; } = [];

    /// <summary>
    /// The largest similarity of an image that the search may have missed because its time was up; null where it ended and
    /// the answer is exact.
    /// </summary>
    public float? LargestMissable { get; init; }
}

/// <summary>What a stage of a search did.</summary>
/// <param name="Name">Such as <c>64 dimensions</c>, <c>sample</c> where that showed that bounds would not pay, or <c>exact</c>.</param>
/// <param name="Images">Images that it looked at.</param>
/// <param name="Left">How many of them it could not rule out.</param>
/// <param name="Milliseconds">Its time.</param>
public sealed record SearchStage(string Name, long Images, long Left, double Milliseconds);
