namespace VisualFeatureSearch.Server.Widgets;

/// <summary>The widgets that are shown somewhere, the last ones; the oldest are forgotten when their pictures fill the memory.</summary>
internal sealed class WidgetSessions
{
    private const long MaximumTotalBytes = 256L * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly LinkedList<WidgetSession> _recent = [];

    public void Add(WidgetSession session)
    {
        lock (_lock)
        {
            _recent.AddFirst(session);
            while (_recent.Count > 1 && _recent.Sum(BytesOf) > MaximumTotalBytes)
            {
                _recent.RemoveLast();
            }
        }
    }

    /// <exception cref="KeyNotFoundException">There is no such widget, or it is too long ago.</exception>
    public WidgetSession Find(string id)
    {
        lock (_lock)
        {
            return _recent.FirstOrDefault(session => session.Id == id) ?? throw new KeyNotFoundException($"there is no widget '{id}': make it again");
        }
    }

    public void Remove(WidgetSession session)
    {
        lock (_lock)
        {
            _recent.Remove(session);
        }
    }

    private static long BytesOf(WidgetSession session) => session.Pictures.Sum(picture => (long)picture.Bytes.Length);
}
