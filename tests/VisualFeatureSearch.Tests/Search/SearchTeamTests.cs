using VisualFeatureSearch.Search.Index;

namespace VisualFeatureSearch.Tests.Search;

public sealed class SearchTeamTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 100, 16)]
    [InlineData(3, 1, 16)]
    [InlineData(3, 5, 16)]
    [InlineData(3, 1000, 1)]
    [InlineData(3, 1000, 16)]
    [InlineData(3, 1000, 5000)]
    public void Every_unit_is_done_once(int workers, int units, int together)
    {
        int[] done = new int[units];
        using SearchTeam team = new(workers);
        for (int phase = 0; phase < 3; phase++)
        {
            team.Run(units, together, () => false, (_, unit) => Interlocked.Increment(ref done[unit]));
        }

        Assert.All(done, times => Assert.Equal(3, times));
    }

    [Fact]
    public void Where_there_are_as_many_searches_as_cores_each_has_one_worker()
    {
        SearchTeam[] others = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => SearchTeam.ForSearch(1000))];
        using SearchTeam team = SearchTeam.ForSearch(1000);
        Assert.Equal(1, team.Workers);
        Assert.All(others, other => Assert.InRange(other.Workers, 1, Environment.ProcessorCount));
        Array.ForEach(others, other => other.Dispose());
    }

    [Fact]
    public void A_worker_alone_goes_from_front_to_back()
    {
        List<long> order = [];
        using SearchTeam team = new(workers: 1);
        team.Run(100, 16, () => false, (_, unit) => order.Add(unit));
        Assert.Equal(Enumerable.Range(0, 100).Select(unit => (long)unit), order);
    }

    [Fact]
    public void Once_the_time_is_up_the_rest_is_left_undone()
    {
        int done = 0;
        using SearchTeam team = new(workers: 1);
        team.Run(100, 16, () => done == 5, (_, _) => done++);
        Assert.Equal(5, done);
    }

    [Fact]
    public void A_failure_ends_the_phase_and_is_thrown()
    {
        using SearchTeam team = new(workers: 3);
        InvalidDataException failure = Assert.Throws<InvalidDataException>(
            () => team.Run(1000, 16, () => false, (_, unit) => throw new InvalidDataException($"unit {unit}")));
        Assert.StartsWith("unit ", failure.Message, StringComparison.Ordinal);

        int done = 0;
        team.Run(100, 16, () => false, (_, _) => Interlocked.Increment(ref done));
        Assert.Equal(100, done);
    }
}
