using System.Diagnostics;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Cli.Tests;

/// <summary><c>vissearch article</c> as an author uses it.</summary>
public sealed class ArticleTests(GalleryStore gallery) : IClassFixture<GalleryStore>
{
    [Fact]
    public async Task The_studies_article_becomes_one_file_from_nothing_but_the_repository()
    {
        using TemporaryFolder folder = new();
        Outcome outcome = await Vissearch.RunAsync("article", Path.Combine(Repository.Root, "docs", "studies", "article.md"), "--export", folder["article.html"]);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Assert.Contains("8 cells", outcome.Out, StringComparison.Ordinal);
        string page = await File.ReadAllTextAsync(folder["article.html"], TestContext.Current.CancellationToken);
        Assert.InRange(page.Length, 500_000, 5_000_000);
        Assert.Contains("red panda", page, StringComparison.Ordinal);
        Assert.Contains("2. MobileNetV3, middle", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=\"api/", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
        Assert.Equal(["article.html"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task It_is_served_with_the_stores_of_its_top_and_of_the_command_line()
    {
        using TemporaryFolder folder = new();
        string store = Path.GetRelativePath(folder.Path, gallery.Store);
        File.WriteAllText(folder["a.md"], $"---\nstores: [\"{store.Replace('\\', '/')}\"]\n---\n# Title\n\n```chart\nshow: cka\n```\n");
        using Process process = Vissearch.Start("article", folder["a.md"], gallery.Store, "--port", "0", "--no-browser", "--token", "a long secret");
        try
        {
            string line = (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!;
            Assert.Matches(@"^Read at http://127\.0\.0\.1:\d+/article\?token=a%20long%20secret  \(Ctrl\+C stops\)$", line);
            using HttpClient client = new();
            string page = await client.GetStringAsync(new Uri(line.Split(' ')[2]), TestContext.Current.CancellationToken);
            Assert.Contains("<td>gallery</td><td>212</td>", page, StringComparison.Ordinal);
            Assert.Contains("<td>gallery-2</td><td>212</td>", page, StringComparison.Ordinal);
            Assert.Contains("2. gallery: expanded_conv_15/add", page, StringComparison.Ordinal);
        }
        finally
        {
            process.Kill();
        }
    }

    [Theory]
    [InlineData("missing.md: no such file", "missing.md", "")]
    [InlineData("a.md, line 1: 'highlight' is missing", "a.md", "```results\n```")]
    [InlineData("a.md, line 7: there is no column 'site'", "a.md", Face + "```results\nhighlight: face\nunique: site\n```")]
    [InlineData("a.md, line 1: 'image' is nobody.jpg: the store gallery has no such path", "a.md", "```highlight\nname: a\nimage: nobody.jpg\nbox: [0, 0, 1, 1]\n```")]
    [InlineData("a.md, line 3: the cell 'chart' cannot be read: 'pie' is none of groups, rows, cka", "a.md", "```chart\nhighlight: face\nshow: pie\n```")]
    [InlineData("nowhere.zarr: no such directory or file", "a.md", "---\nstores: [nowhere.zarr]\n---\n")]
    [InlineData("no.onnx: no such file", "a.md", "---\nlive: [{ name: a, images: ., model: no.onnx, layers: [x] }]\n---\n")]
    public async Task What_is_wrong_is_named_with_its_line_and_no_file_is_written(string words, string file, string text)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["a.md"], text);
        Outcome outcome = await Vissearch.RunAsync("article", folder[file], gallery.Store, "--export", folder["out.html"]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(words, outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(["a.md"], Directory.EnumerateFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_folder_of_images_that_is_not_there_is_refused_before_anything_is_computed()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["a.md"], "---\nlive: [{ name: a, images: ., model: not-looked-at, layers: [x] }]\n---\n");
        Outcome outcome = await Vissearch.RunAsync("article", folder["a.md"], "--export", folder["out.html"], "--images-root", folder["nowhere"]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("no such folder (--images-root)", outcome.Error, StringComparison.Ordinal);
    }

    private const string Face = "```highlight\nname: face\nimage: primate/mountain-gorilla.jpg\nellipse: [0.48, 0.4, 0.14, 0.18]\n```\n\n";
}
