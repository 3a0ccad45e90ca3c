using Microsoft.Playwright;
using VisualFeatureSearch.Server.Articles;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Browser.Tests;

/// <summary>An article as its reader sees it: from the server, and as one file.</summary>
public sealed class ArticleTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    [Fact]
    public async Task What_a_reader_paints_changes_the_cells_of_that_highlight_and_no_others()
    {
        IPage page = await browser.OpenAsync();
        IReadOnlyList<string> problems = page.Complaints();
        await page.GotoAsync(browser.Address + "/article");
        await Assertions.Expect(page).ToHaveTitleAsync("A gorilla and a windmill");
        await Assertions.Expect(page.Locator("vfs-highlight .stage")).ToHaveCountAsync(2);
        string[] before = await CellsAsync(page);
        Assert.Equal(7, before.Length);
        Assert.Contains("red panda", before[1], StringComparison.Ordinal);
        Assert.Contains("2. the other network", before[2], StringComparison.Ordinal);
        ILocator own = page.GetByRole(AriaRole.Button, new() { Name = "The article's highlight" }).First;
        await Assertions.Expect(own).ToBeDisabledAsync();

        // The leaves in the corner, instead of the face.
        ILocator painter = page.Locator("vfs-highlight").First;
        await painter.GetByRole(AriaRole.Button, new() { Name = "Reset" }).ClickAsync();
        await page.StrokeAsync(painter.Locator(".stage"), (0.1f, 0.8f), (0.2f, 0.95f), (0.1f, 0.95f));
        await page.Mouse.UpAsync();
        await Assertions.Expect(page.GetByText("The answers below are for what you painted.")).ToBeVisibleAsync();
        string[] painted = await CellsAsync(page);
        foreach (int place in (int[])[1, 2, 3])
        {
            Assert.NotEqual(before[place], painted[place]);
        }

        Assert.DoesNotContain("red panda", painted[1], StringComparison.Ordinal);
        Assert.Equal(before[4..], painted[4..]);

        // What counts against a result counts in an article as well.
        await painter.GetByRole(AriaRole.Button, new() { Name = "Against" }).ClickAsync();
        await page.StrokeAsync(painter.Locator(".stage"), (0.8f, 0.3f), (0.9f, 0.4f));
        await page.Mouse.UpAsync();
        await Assertions.Expect(page.GetByText("The answers below are for what you painted.")).ToBeVisibleAsync();
        Assert.NotEqual(painted[1], (await CellsAsync(page))[1]);

        await own.ClickAsync();
        await Assertions.Expect(page.GetByText("The answers below are for the article's highlight.")).ToBeVisibleAsync();
        await Assertions.Expect(own).ToBeDisabledAsync();
        Assert.Equal(before[1..4], (await CellsAsync(page))[1..4]);
        Assert.Empty(problems);
    }

    [Fact]
    public async Task The_exported_file_has_the_same_answers_and_needs_nothing_else()
    {
        using TemporaryFolder folder = new();
        string html = await ArticleExport.RenderAsync(ArticleFile.Read(browser.Article), browser.Options, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(folder["article.html"], html, TestContext.Current.CancellationToken);
        IPage live = await browser.OpenAsync();
        await live.GotoAsync(browser.Address + "/article");
        string[] expected = await CellsAsync(live);

        IPage page = await browser.OpenAsync();
        IReadOnlyList<string> problems = page.Complaints();
        List<string> requests = [];
        page.Request += (_, request) => requests.Add(request.Url);
        await page.GotoAsync(new Uri(folder["article.html"]).AbsoluteUri);
        Assert.Equal(expected[1..4], (await CellsAsync(page))[1..4]);
        Assert.All(requests.Skip(1), request => Assert.StartsWith("data:", request, StringComparison.Ordinal));
        Assert.Equal(0, await page.Locator("script").CountAsync());
        Assert.True(await page.EvaluateAsync<bool>("[...document.images].length > 15 && [...document.images].every(image => image.loading === 'lazy' || image.naturalWidth > 0)"));
        Assert.Empty(problems);
    }

    [Theory]
    [InlineData(1280, true)]
    [InlineData(1280, false)]
    [InlineData(360, true)]
    public async Task It_is_accessible_and_no_wider_than_the_window(int width, bool isLive)
    {
        IPage page = await browser.OpenAsync(new() { ViewportSize = new() { Width = width, Height = 800 } });
        if (isLive)
        {
            await page.GotoAsync(browser.Address + "/article");
            await Assertions.Expect(page.Locator("vfs-highlight .stage")).ToHaveCountAsync(2);
        }
        else
        {
            string html = await ArticleExport.RenderAsync(ArticleFile.Read(browser.Article), browser.Options, TestContext.Current.CancellationToken);

            // Its policy forbids every script, so also that of the examination.
            await page.SetContentAsync(html.Replace("Content-Security-Policy", "none", StringComparison.Ordinal));
        }

        Assert.InRange(await page.EvaluateAsync<int>("document.documentElement.scrollWidth"), 1, width);
        await page.AssertAccessibleAsync();
    }

    [Fact]
    public async Task Scripts_in_the_text_do_not_run()
    {
        string text = await File.ReadAllTextAsync(browser.Article, TestContext.Current.CancellationToken);
        try
        {
            await File.WriteAllTextAsync(browser.Article, text + "\n\n<script>document.title = 'taken'</script>\n\n[click](javascript:document.title='taken')\n", TestContext.Current.CancellationToken);
            IPage page = await browser.OpenAsync();
            await page.GotoAsync(browser.Address + "/article");
            await page.GetByText("click").ClickAsync();
            await Assertions.Expect(page).ToHaveTitleAsync("A gorilla and a windmill");
        }
        finally
        {
            await File.WriteAllTextAsync(browser.Article, text, TestContext.Current.CancellationToken);
        }
    }

    private static Task<string[]> CellsAsync(IPage page) => page.EvaluateAsync<string[]>("[...document.querySelectorAll('.cell')].map(cell => cell.textContent.replaceAll(/\\s+/g, ' '))");
}
