namespace VisualFeatureSearch.Search;

/// <summary>
/// The best matches seen so far by all threads, at most one a group, and the similarity below which an image no longer
/// matters.
/// </summary>
internal sealed class MatchCollector(int top, float? minimum, int[]? groups)
{
    private readonly Lock _lock = new();
    private readonly SortedSet<Match> _best = [];
    private readonly Dictionary<int, Match> _byGroup = [];
    private float _floor = minimum ?? float.NegativeInfinity;

    /// <summary>An image whose similarity is below this is not in the answer, whatever else is found.</summary>
    public float Floor => Volatile.Read(ref _floor);

    public void Add(Match match)
    {
        if (match.Similarity < Floor)
        {
            return;
        }

        lock (_lock)
        {
            if (groups is not null && _byGroup.TryGetValue(groups[match.Index], out Match rival))
            {
                if (match >= rival)
                {
                    return;
                }

                _best.Remove(rival);
            }

            _best.Add(match);
            if (groups is not null)
            {
                _byGroup[groups[match.Index]] = match;
            }

            if (_best.Count > top)
            {
                Match worst = _best.Max;
                _best.Remove(worst);
                if (groups is not null)
                {
                    _byGroup.Remove(groups[worst.Index]);
                }
            }

            if (_best.Count == top)
            {
                Volatile.Write(ref _floor, Math.Max(_best.Max.Similarity, minimum ?? float.NegativeInfinity));
            }
        }
    }

    /// <summary>How many matches there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _best.Count;
            }
        }
    }

    /// <summary>The similarity of the match of a rank, from 1; minus infinity where there are not so many.</summary>
    public float SimilarityAt(int rank)
    {
        lock (_lock)
        {
            return _best.Count < rank ? float.NegativeInfinity : _best.ElementAt(rank - 1).Similarity;
        }
    }

    public Match[] ToSortedArray()
    {
        lock (_lock)
        {
            return [.. _best];
        }
    }
}
