using System.Diagnostics;

namespace VisualFeatureSearch.Search;

/// <summary>When a search with a budget has to end.</summary>
internal readonly struct Deadline(long start, TimeSpan? budget)
{
    /// <summary>In ticks of the stopwatch; more than there are means no end.</summary>
    private readonly long _end = budget is { } time && start + (time.TotalSeconds * Stopwatch.Frequency) is var end and < long.MaxValue ? (long)end : long.MaxValue;

    public bool HasPassed => _end != long.MaxValue && Stopwatch.GetTimestamp() >= _end;
}
