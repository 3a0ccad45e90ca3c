using VisualFeatureSearch.Regions;

namespace VisualFeatureSearch.Search;

/// <summary>An image with its best window.</summary>
/// <param name="Index">The image's row in the store.</param>
/// <param name="Similarity">Similarity of the best window; at most 1 but for rounding, negative only with signed features.</param>
/// <param name="Window">The best window, the first in row-major order on a tie, in cells of the layer.</param>
public readonly record struct Match(long Index, float Similarity, Window Window) : IComparable<Match>
{
    /// <summary>Better matches come first: higher similarity, then lower row.</summary>
    public int CompareTo(Match other)
    {
        int bySimilarity = other.Similarity.CompareTo(Similarity);
        return bySimilarity != 0 ? bySimilarity : Index.CompareTo(other.Index);
    }

    /// <summary>Whether <paramref name="left"/> is the better match.</summary>
    public static bool operator <(Match left, Match right) => left.CompareTo(right) < 0;

    /// <summary>Whether <paramref name="left"/> is the worse match.</summary>
    public static bool operator >(Match left, Match right) => left.CompareTo(right) > 0;

    /// <summary>Whether <paramref name="left"/> is at least as good a match.</summary>
    public static bool operator <=(Match left, Match right) => left.CompareTo(right) <= 0;

    /// <summary>Whether <paramref name="left"/> is at most as good a match.</summary>
    public static bool operator >=(Match left, Match right) => left.CompareTo(right) >= 0;
}
