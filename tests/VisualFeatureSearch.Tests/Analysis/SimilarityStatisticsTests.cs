using VisualFeatureSearch.Analysis;
using VisualFeatureSearch.Datasets;

namespace VisualFeatureSearch.Tests.Analysis;

public sealed class SimilarityStatisticsTests
{
    [Fact]
    public void Groups_are_described_without_the_images_that_take_no_part()
    {
        SimilarityStatistics statistics = Describe(
            [0.1f, 0.2f, float.NaN, 0.9f, 0.8f, 0.7f], [new("cat", [0, 1, 2]), new("dog", [3, 4]), new("none", [2])]);
        Assert.Equal(["cat", "dog"], statistics.Groups.Select(group => group.Name));
        Assert.Equal((5, 2, 2), (statistics.All.Count, statistics.Groups[0].Distribution.Count, statistics.Groups[1].Distribution.Count));
        Assert.Equal(0.15 - 0.8, statistics.Groups[0].AgainstOthers!.Difference, 6);
        Assert.Equal(0, statistics.Groups[0].Test!.Superiority);
    }

    [Fact]
    public void Only_the_first_forty_groups_are_told_and_the_others_counted()
    {
        float[] similarities = [.. Enumerable.Range(0, 100).Select(i => i / 100f)];
        SimilarityStatistics statistics = Describe(similarities, [.. Enumerable.Range(0, 50).Select(i => new ImageGroup($"g{i}", [2 * i, (2 * i) + 1]))]);
        Assert.Equal((40, 10), (statistics.Groups.Count, statistics.OmittedGroups));
    }

    [Fact]
    public void One_group_of_all_images_has_nothing_to_be_compared_with()
    {
        GroupStatistics group = Describe([0.1f, 0.2f], [new("all", [0, 1])]).Groups[0];
        Assert.Null(group.AgainstOthers);
        Assert.Null(group.Test);
        Assert.Throws<DatasetException>(() => Describe([float.NaN], [new("all", [0])]));
    }

    [Fact]
    public void Precision_counts_the_label_among_the_most_similar()
    {
        float[] similarities = [.. Enumerable.Range(0, 30).Select(i => 1 - (i / 100f))];
        similarities[0] = float.NaN;
        IReadOnlyList<PrecisionPoint> precision = PrecisionPoint.Create(similarities, row => row is 1 or 2 or 4);
        Assert.Equal([new(1, 1), new(5, 0.6), new(10, 0.3), new(20, 0.15)], precision);
    }

    private static SimilarityStatistics Describe(float[] similarities, ImageGroup[] groups) =>
        SimilarityStatistics.Create(similarities, groups, cancellationToken: TestContext.Current.CancellationToken);
}
