using VisualFeatureSearch.Datasets;

namespace VisualFeatureSearch.Tests.Datasets;

public sealed class ImageGroupsTests
{
    private static readonly ImageEntry[] Images =
    [
        new("a", "Effusion|Nodule", ["1"]), new("b", "Nodule", ["2"]), new("c", "", [""]), new("d", "Nodule", ["2"]),
    ];

    [Fact]
    public void An_image_with_several_labels_is_in_the_group_of_each()
    {
        IReadOnlyList<ImageGroup> groups = ImageGroups.ByColumn(Images, ["site"], "label");
        Assert.Equal(["Nodule", "Effusion"], groups.Select(group => group.Name));
        Assert.Equal([0, 1, 3], groups[0].Rows);
        Assert.Equal([0], groups[1].Rows);
    }

    [Fact]
    public void Few_numbers_are_groups_of_their_own_and_an_empty_value_is_none()
    {
        IReadOnlyList<ImageGroup> groups = ImageGroups.ByColumn(Images, ["site"], "Site");
        Assert.Equal(["2", "1"], groups.Select(group => group.Name));
        Assert.Equal([1, 3], groups[0].Rows);
    }

    [Fact]
    public void Many_numbers_are_cut_at_their_quartiles()
    {
        ImageEntry[] people = [.. Enumerable.Range(0, 100).Select(i => new ImageEntry($"{i}", "", [$"{99 - i}"]))];
        IReadOnlyList<ImageGroup> groups = ImageGroups.ByColumn(people, ["age"], "age");
        Assert.Equal(["0 to 24", "25 to 49", "50 to 74", "75 to 99"], groups.Select(group => group.Name));
        Assert.Equal(Enumerable.Range(75, 25), groups[0].Rows);
    }

    [Fact]
    public void Many_words_stay_groups_of_their_own()
    {
        ImageEntry[] images = [.. Enumerable.Range(0, 20).Select(i => new ImageEntry($"{i}", "", [$"site {i}"]))];
        Assert.Equal(20, ImageGroups.ByColumn(images, ["site"], "site").Count);
    }

    [Fact]
    public void A_column_that_there_is_not_is_refused_with_those_that_there_are()
    {
        DatasetException exception = Assert.Throws<DatasetException>(() => ImageGroups.ByColumn(Images, ["site"], "age"));
        Assert.Equal("there is no column 'age' to group by: the columns are label, site", exception.Message);
    }
}
