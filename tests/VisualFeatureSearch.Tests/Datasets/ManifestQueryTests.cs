using VisualFeatureSearch.Datasets;

namespace VisualFeatureSearch.Tests.Datasets;

public sealed class ManifestQueryTests
{
    private static readonly ImageEntry[] Images =
    [
        new("a.jpg", "dog", ["12", "it's night"]),
        new("b.jpg", "dog", ["7", ""]),
        new("c.jpg", "cat", ["", "day"]),
        new("d.jpg", "", ["3.5", "day"]),
    ];

    [Theory]
    [InlineData("label = 'dog' and site <> 12", new[] { 1 })]
    [InlineData("site < 10", new[] { 1, 3 })]
    [InlineData("site is null", new[] { 2 })]
    [InlineData("\"time of day\" = 'it''s night' or path like 'c%'", new[] { 0, 2 })]
    [InlineData("true -- everything", new[] { 0, 1, 2, 3 })]
    [InlineData("false", new int[0])]
    public void Conditions_are_sql_over_the_columns(string condition, int[] rows)
    {
        using ManifestQuery query = new(["site", "time of day"], Images);
        Assert.Equal(rows, query.Where(condition).Index().Where(row => row.Item).Select(row => row.Index));
    }

    [Theory]
    [InlineData("colour = 1", "colour")]
    [InlineData("label = ", "condition")]
    [InlineData("1 = 1); DROP TABLE manifest; --", "condition")]
    [InlineData("path in (select content from read_text('/etc/hostname'))", "disabled")]
    public void Conditions_that_cannot_be_evaluated_say_why_and_harm_nothing(string condition, string words)
    {
        using ManifestQuery query = new(["site", "time of day"], Images);
        DatasetException exception = Assert.Throws<DatasetException>(() => query.Where(condition));
        Assert.Contains(words, exception.Message, StringComparison.Ordinal);
        Assert.Contains("time of day", exception.Message, StringComparison.Ordinal);
        Assert.Equal(4, query.Where("true").Count(isIn => isIn));
    }

    [Fact]
    public void Rows_of_one_value_are_one_group()
    {
        using ManifestQuery query = new(["site", "time of day"], Images);
        Assert.Equal([0, 0, 1, 2], query.Groups("Label"));
        Assert.Equal([0, 1, 2, 2], query.Groups("time of day"));
        Assert.Contains("no column 'x'", Assert.Throws<DatasetException>(() => query.Groups("x")).Message, StringComparison.Ordinal);
    }
}
