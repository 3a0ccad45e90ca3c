namespace VisualFeatureSearch.Server.Images;

/// <summary>Things that people sent, the last ones used, in memory: the ones not used for longest are forgotten beyond a number of bytes.</summary>
/// <typeparam name="T">The things.</typeparam>
/// <param name="idOf">What a thing is asked for by.</param>
/// <param name="bytesOf">How much memory a thing takes.</param>
internal sealed class RecentItems<T>(Func<T, string> idOf, Func<T, long> bytesOf)
    where T : class
{
    private const long MaximumTotalBytes = 256L * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly LinkedList<T> _recent = [];

    /// <summary>Keeps a thing; the one that was added last stays, however large it is.</summary>
    public void Add(T item)
    {
        lock (_lock)
        {
            _recent.AddFirst(item);
            while (_recent.Count > 1 && _recent.Sum(bytesOf) > MaximumTotalBytes)
            {
                _recent.RemoveLast();
            }
        }
    }

    /// <summary>Finds a thing, which counts as used by that; null where it is not there or no longer.</summary>
    public T? TryFind(string id)
    {
        lock (_lock)
        {
            for (LinkedListNode<T>? node = _recent.First; node is not null; node = node.Next)
            {
                if (idOf(node.Value) == id)
                {
                    _recent.Remove(node);
                    _recent.AddFirst(node);
                    return node.Value;
                }
            }
        }

        return null;
    }

    public void Remove(T item)
    {
        lock (_lock)
        {
            _recent.Remove(item);
        }
    }
}
