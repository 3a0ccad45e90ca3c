using System.Text.Json.Nodes;
using System.Xml.Linq;
using Microsoft.Playwright;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Browser.Tests;

/// <summary>What a person takes away: links, saved queries, tables, figures, reports.</summary>
public sealed class KeepTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Results_are_saved_as_CSV_and_JSON_and_the_link_is_copied()
    {
        SearchPage search = await PaintedAsync();
        IReadOnlyList<string> indexes = await search.IndexesAsync();
        string[] csv = (await ExportTextAsync(search, "Table as CSV", "results.csv")).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("store,layer,rank,index,path,label,similarity,window_y,window_x,window_height,window_width", csv[0]);
        Assert.Equal(indexes, csv[1..].Select(line => line.Split(',')[3]));
        JsonNode json = JsonNode.Parse(await ExportTextAsync(search, "Answer as JSON", "results.json"))!;
        Assert.Equal(indexes, json["results"]!.AsArray().Select(result => result!["index"]!.ToString()));

        await search.Page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        await search.Button("Copy link").ClickAsync();
        await Assertions.Expect(search.Page.GetByText("Link copied")).ToBeVisibleAsync();
        Assert.Equal(search.Page.Url, await search.Page.EvaluateAsync<string>("navigator.clipboard.readText()"));
        Assert.Contains("mask=", search.Page.Url, StringComparison.Ordinal);
        Assert.True(search.Page.Url.Length < 6000, "a link is short enough for a message");
    }

    [Fact]
    public async Task The_figure_is_saved_whole_as_SVG_and_sharp_enough_for_print_as_PNG()
    {
        SearchPage search = await PaintedAsync();
        XElement figure = XElement.Parse(await ExportTextAsync(search, "Figure as SVG", "figure.svg"));
        XNamespace svg = "http://www.w3.org/2000/svg";
        string[] sources = [.. figure.Descendants(svg + "image").Select(image => image.Attribute("href")!.Value)];
        Assert.Equal(14, sources.Length);
        Assert.All(sources, source => Assert.StartsWith("data:image/", source, StringComparison.Ordinal));
        Assert.Contains(figure.Descendants(svg + "text"), text => text.Value == "1. mountain gorilla");

        PixelImage png = ImageDecoder.Decode(await ExportAsync(search, "Figure as PNG", "figure.png"));
        Assert.Equal(4252, png.Width);
        Assert.True(png.Pixels.Distinct().Count() > 200, "the photographs are in it");
    }

    [Fact]
    public async Task The_report_is_one_file_that_needs_nothing_else()
    {
        SearchPage search = await PaintedAsync();
        await search.Choice("Compare").SelectOptionAsync("layers");
        await Assertions.Expect(search.Page.Locator("vfs-comparison .row")).ToHaveCountAsync(2);
        string report = await ExportTextAsync(search, "Report as HTML", "report.html");
        IPage page = await browser.OpenAsync();
        List<string> requests = [];
        page.Request += (_, request) => requests.Add(request.Url);
        await page.SetContentAsync(report);
        Assert.DoesNotContain(requests, address => !address.StartsWith("data:", StringComparison.Ordinal));
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Regions like the highlight on mountain gorilla (primate)");
        await Assertions.Expect(page.Locator("table").Nth(1).Locator("tr")).ToHaveCountAsync(25);
        await Assertions.Expect(page.Locator("body")).ToContainTextAsync("ssd-mobilenet-v2-oid");
        JsonNode data = JsonNode.Parse(await page.Locator("#answer").TextContentAsync() ?? "")!;
        Assert.Equal(2, data.AsArray().Count);
    }

    [Fact]
    public async Task Menus_close_by_Escape_and_when_something_else_is_used_and_fit_a_phone()
    {
        SearchPage search = await SearchPage.OpenAsync(browser, new() { ViewportSize = new() { Width = 390, Height = 844 } });
        await search.PaintAsync((0.4f, 0.4f), (0.6f, 0.4f));
        ILocator export = search.Page.Locator("vfs-keep-bar details"), saved = search.Page.Locator("vfs-saved-queries details");
        await export.Locator("summary").ClickAsync();
        await Assertions.Expect(export).ToHaveAttributeAsync("open", "");
        await search.Page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(export).Not.ToHaveAttributeAsync("open", "");

        await export.Locator("summary").ClickAsync();
        await saved.Locator("summary").ClickAsync();
        await Assertions.Expect(saved).ToHaveAttributeAsync("open", "");
        await Assertions.Expect(export).Not.ToHaveAttributeAsync("open", "");
        await search.Button("Save this query").ClickAsync();
        await Assertions.Expect(saved.Locator("li")).ToHaveCountAsync(1);
        Assert.Equal(390, await search.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        LocatorBoundingBoxResult box = (await saved.Locator("li").BoundingBoxAsync())!;
        Assert.True(box.X >= 0 && box.X + box.Width <= 390, $"{box.X} to {box.X + box.Width}");
    }

    [Fact]
    public async Task A_saved_query_is_there_after_a_reload_opens_and_is_forgotten()
    {
        SearchPage search = await PaintedAsync();
        string similarities = await search.SimilaritiesAsync();
        await search.Page.GetByText("Saved queries").ClickAsync();
        await search.Button("Save this query").ClickAsync();
        await Assertions.Expect(search.Page.GetByText("Saved queries (1)")).ToBeVisibleAsync();

        await search.Page.GotoAsync(browser.Address);
        await search.Page.ReloadAsync();
        await search.Page.GetByText("Saved queries (1)").ClickAsync();
        await search.Page.Locator("vfs-saved-queries .open").ClickAsync();
        await Assertions.Expect(search.Cards).ToHaveCountAsync(24);
        await search.IdleAsync();
        Assert.Equal(similarities, await search.SimilaritiesAsync());

        await search.Page.GetByText("Saved queries (1)").ClickAsync();
        await search.Button("Forget mountain gorilla (primate), expanded_conv_15/add").ClickAsync();
        await Assertions.Expect(search.Page.GetByText("None yet.")).ToBeVisibleAsync();
        Assert.Empty(search.Problems);
    }

    [Fact]
    public async Task A_link_tells_when_its_photograph_has_changed_and_what_is_missing()
    {
        SearchPage search = await PaintedAsync();
        await search.Page.WaitForFunctionAsync("() => /photo=[0-9a-f]{16}/.test(location.hash)");
        string address = search.Page.Url;
        string changed = System.Text.RegularExpressions.Regex.Replace(address, "photo=[0-9a-f]{16}", "photo=0123456789abcdef");
        await search.Page.GotoAsync(changed);
        await search.Page.ReloadAsync();
        await Assertions.Expect(search.Page.GetByText("has changed since the link was made")).ToBeVisibleAsync();

        await search.Page.GotoAsync(address.Replace("store=gallery", "store=elsewhere", StringComparison.Ordinal));
        await search.Page.ReloadAsync();
        await Assertions.Expect(search.Page.GetByText("the dataset elsewhere, which is not served here")).ToBeVisibleAsync();

        await search.Page.GotoAsync(address[..^40]);
        await search.Page.ReloadAsync();
        await Assertions.Expect(search.Page.GetByText("cannot be read from this link")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_link_to_an_upload_that_is_gone_comes_back_with_the_same_file()
    {
        byte[] file = await File.ReadAllBytesAsync(Path.Combine(Repository.Gallery, "bird", "scarlet-macaw.jpg"), Token);
        SearchPage search = await PaintedAsync();
        string similarities = await search.SimilaritiesAsync();
        await search.Page.WaitForFunctionAsync("() => /photo=[0-9a-f]{16}/.test(location.hash)");
        string id = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(file));
        await search.Page.GotoAsync(System.Text.RegularExpressions.Regex.Replace(search.Page.Url, "image=\\d+", "image=" + id));
        await search.Page.ReloadAsync();
        await Assertions.Expect(search.Page.GetByText("upload the same file again")).ToBeVisibleAsync();
        await search.Page.Locator("input[type=file]").SetInputFilesAsync(new FilePayload { Name = "macaw.jpg", MimeType = "image/jpeg", Buffer = file });
        await Assertions.Expect(search.Cards).ToHaveCountAsync(24);
        await Assertions.Expect(search.Cards.First.Locator(".name")).ToHaveTextAsync("scarlet macaw");
        Assert.NotEqual(similarities, await search.SimilaritiesAsync());
    }

    private static async Task<byte[]> ExportAsync(SearchPage search, string kind, string name)
    {
        await search.Page.GetByText("Export", new() { Exact = true }).ClickAsync();
        IDownload download = await search.Page.RunAndWaitForDownloadAsync(() => search.Button(kind).ClickAsync());
        Assert.Equal(name, download.SuggestedFilename);
        return await File.ReadAllBytesAsync(await download.PathAsync(), Token);
    }

    private static async Task<string> ExportTextAsync(SearchPage search, string kind, string name) => System.Text.Encoding.UTF8.GetString(await ExportAsync(search, kind, name));

    private async Task<SearchPage> PaintedAsync()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        await search.ChooseAsync("mountain gorilla");
        await search.PaintAsync((0.35f, 0.35f), (0.6f, 0.35f), (0.35f, 0.5f), (0.6f, 0.5f));
        return search;
    }
}
