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

    /// <summary>Python's csv module and RFC 4180 end lines with CRLF.</summary>
    [Theory]
    [InlineData("\r\n", "m.csv", ',')]
    [InlineData("\r", "m.csv", ',')]
    [InlineData("\r\n", "m.tsv", '\t')]
    public void Lines_may_end_as_on_any_system(string lineEnd, string name, char separator)
    {
        using TemporaryFolder folder = new();
        string[] lines = ["label,site,path", "dog,7,b.jpg", "cat,\"8\",a.jpg", ""];
        File.WriteAllText(folder[name], string.Join(lineEnd, lines).Replace(',', separator).Replace("\"", separator == ',' ? "\"" : "", StringComparison.Ordinal));
        ImageList list = ImageList.Open(folder[name]);
        Assert.Equal(["site"], list.ColumnNames);
        Assert.Equal([("b.jpg", "dog", "7"), ("a.jpg", "cat", "8")], list.Entries.Select(entry => (entry.Path, entry.Label, entry.Columns[0])));
    }

    [Fact]
    public void What_could_end_a_line_is_written_in_quotes_and_read_again()
    {
        string[] fields = ["a\r.jpg", "x\ny", "\r\n", " plain \"text\", "];
        using MemoryStream written = new([.. ManifestCsv.Header(["first", "second"]), .. ManifestCsv.WriteRows([fields])]);
        ImageEntry entry = Assert.Single(ManifestCsv.Read(written, "m.csv").Entries);
        Assert.Equal(fields, (string[])[entry.Path, entry.Label, .. entry.Columns]);
    }

    [Fact]
    public void An_image_is_no_dataset()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["a.JPG"], [0xFF, 0xD8]);
        Assert.Contains("is an image", Assert.Throws<DatasetException>(() => ImageList.Open(folder["a.JPG"])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("picture,label\na,b\n", "no column 'path'")]
    [InlineData("path,label\na.jpg,x\n,y\n", "line 3")]
    [InlineData("path,label\na.jpg,x,extra\n", "line 2: it has 3 fields where the first line has 2")]
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
