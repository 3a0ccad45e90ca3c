namespace VisualFeatureSearch.Search;

/// <summary>The k best matches seen so far, in a heap whose root is the worst of them.</summary>
internal sealed class TopMatches(int capacity)
{
    private readonly Match[] _heap = new Match[capacity];

    public int Count { get; private set; }

    public void Add(Match match)
    {
        if (Count < _heap.Length)
        {
            int at = Count++;
            while (at > 0)
            {
                int parent = (at - 1) / 2;
                if (match.CompareTo(_heap[parent]) <= 0)
                {
                    break;
                }

                _heap[at] = _heap[parent];
                at = parent;
            }

            _heap[at] = match;
        }
        else if (match.CompareTo(_heap[0]) < 0)
        {
            SinkFromRoot(match);
        }
    }

    public void AddAll(TopMatches other)
    {
        for (int i = 0; i < other.Count; i++)
        {
            Add(other._heap[i]);
        }
    }

    public Match[] ToSortedArray()
    {
        Match[] sorted = _heap[..Count];
        Array.Sort(sorted);
        return sorted;
    }

    private void SinkFromRoot(Match match)
    {
        int at = 0;
        while (true)
        {
            int child = (2 * at) + 1;
            if (child >= Count)
            {
                break;
            }

            if (child + 1 < Count && _heap[child + 1].CompareTo(_heap[child]) > 0)
            {
                child++;
            }

            if (match.CompareTo(_heap[child]) >= 0)
            {
                break;
            }

            _heap[at] = _heap[child];
            at = child;
        }

        _heap[at] = match;
    }
}
