using System.Diagnostics;

namespace VisualFeatureSearch.Search;

/// <summary>When a search with a budget has to end.</summary>
internal readonly struct Deadline(long start, TimeSpan? budget)
{
    private readonly long _end = budget is { } time ? start + (long)(time.TotalSeconds * Stopwatch.Frequency) : long.MaxValue;

    public bool HasPassed => _end != long.MaxValue && Stopwatch.GetTimestamp() >= _end;
}
