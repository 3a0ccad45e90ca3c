using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Tests.Datasets;

public sealed class ImageListTests
{
    [Fact]
    public void A_folder_is_listed_in_path_order_with_its_first_sub_folders_as_labels()
    {
        using TemporaryFolder folder = new();
        foreach (string file in (string[])["b/2.jpg", "b/deep/1.PNG", "a/x.webp", "root.jpeg", "a/notes.txt"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder[file])!);
            File.WriteAllBytes(folder[file], [1]);
        }

        Directory.CreateDirectory(folder["x.png"]);
        ImageList list = ImageList.Open(folder.Path);

        Assert.Equal([("a/x.webp", "a"), ("b/2.jpg", "b"), ("b/deep/1.PNG", "b"), ("root.jpeg", "")], list.Entries.Select(entry => (entry.Path, entry.Label)));
        Assert.Equal("x.png", Assert.Single(list.Ignored).Path);
    }

    [Fact]
    public void A_manifest_gives_paths_labels_and_further_columns_in_row_order()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["m.csv"], "site,Path,label\n7,\"b, c.jpg\",dog\n8,a.jpg,\"say \"\"cat\"\"\"\n");
        ImageList list = ImageList.Open(folder["m.csv"]);
        Assert.Equal(["site"], list.ColumnNames);
        Assert.Equal([("b, c.jpg", "dog", "7"), ("a.jpg", "say \"cat\"", "8")], list.Entries.Select(entry => (entry.Path, entry.Label, entry.Columns[0])));
        Assert.Equal(folder.Path, list.Root);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("picture,label\na,b\n", "no column 'path'")]
    [InlineData("path,label\na.jpg,x\n,y\n", "line 3")]
    [InlineData("path,label\na.jpg,x,extra\n", "line 2")]
    [InlineData("path,label\n", "no rows")]
    public void A_broken_manifest_is_named_with_its_line_or_column(string text, string named)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["m.csv"], text);
        DatasetException exception = Assert.Throws<DatasetException>(() => ImageList.Open(folder["m.csv"]));
        Assert.Contains(named, exception.Message, StringComparison.Ordinal);
        Assert.Contains("m.csv", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_folder_is_named() =>
        Assert.Contains("/nowhere", Assert.Throws<DatasetException>(() => ImageList.Open("/nowhere")).Message, StringComparison.Ordinal);
}
