using System.Diagnostics;
using VisualFeatureSearch.Search;

namespace VisualFeatureSearch.Tests.Search;

public sealed class DeadlineTests
{
    [Fact]
    public void A_budget_of_no_time_is_over_at_once() => Assert.True(new Deadline(Stopwatch.GetTimestamp(), TimeSpan.Zero).HasPassed);

    [Fact]
    public void A_budget_longer_than_the_clock_can_say_is_never_over()
    {
        foreach (TimeSpan? budget in (TimeSpan?[])[null, TimeSpan.FromDays(100_000), TimeSpan.FromDays(200_000), TimeSpan.MaxValue])
        {
            Assert.False(new Deadline(Stopwatch.GetTimestamp(), budget).HasPassed);
        }
    }
}
