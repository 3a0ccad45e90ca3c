using VisualFeatureSearch.Server.Images;

namespace VisualFeatureSearch.Server.Widgets;

/// <summary>The widgets that are shown somewhere, the ones used last.</summary>
internal sealed class WidgetSessions
{
    private readonly RecentItems<WidgetSession> _recent = new(session => session.Id, session => session.Pictures.Sum(picture => (long)picture.Bytes.Length));

    public void Add(WidgetSession session) => _recent.Add(session);

    /// <exception cref="KeyNotFoundException">There is no such widget, or it is too long ago.</exception>
    public WidgetSession Find(string id) => _recent.TryFind(id) ?? throw new KeyNotFoundException($"there is no widget '{id}': make it again");

    public void Remove(WidgetSession session) => _recent.Remove(session);
}
