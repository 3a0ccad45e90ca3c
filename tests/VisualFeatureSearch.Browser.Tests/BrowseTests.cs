using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace VisualFeatureSearch.Browser.Tests;

public sealed partial class BrowseTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    [Fact]
    public async Task The_dataset_is_browsed_by_label_and_condition_and_a_photograph_is_picked()
    {
        SearchPage search = await OpenAsync();
        await Assertions.Expect(search.Page.GetByText("212 photographs", new() { Exact = true })).ToBeVisibleAsync();
        await search.Choice("Label").SelectOptionAsync("bird");
        await Assertions.Expect(search.Page.GetByText("12 photographs", new() { Exact = true })).ToBeVisibleAsync();
        await Assertions.Expect(Tiles(search)).ToHaveCountAsync(12);
        await search.Page.GetByLabel("Condition in SQL").FillAsync("site = 'north'");
        await search.Page.GetByLabel("Condition in SQL").PressAsync("Enter");
        await Assertions.Expect(search.Page.GetByText("4 photographs", new() { Exact = true })).ToBeVisibleAsync();
        string name = (await Tiles(search).Nth(2).GetAttributeAsync("aria-label"))!;
        await Tiles(search).Nth(2).ClickAsync();
        await Assertions.Expect(Tiles(search).Nth(2)).ToHaveAttributeAsync("aria-selected", "true");
        Assert.Contains(name.Split(',')[0], await search.Page.Locator("vfs-highlight img").GetAttributeAsync("alt"), StringComparison.Ordinal);

        await search.PaintAsync((0.4f, 0.4f), (0.6f, 0.6f));
        await search.Button("Results").ClickAsync();
        await Assertions.Expect(search.Cards.First.Locator(".self")).ToBeVisibleAsync();
        Assert.Empty(search.Problems);

        await search.Button("Browse the dataset").ClickAsync();
        await search.Page.GetByLabel("Condition in SQL").FillAsync("colour = 1");
        await search.Page.GetByLabel("Condition in SQL").PressAsync("Enter");
        await Assertions.Expect(search.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("colour");
    }

    [Fact]
    public async Task Arrow_keys_walk_over_the_photographs()
    {
        SearchPage search = await OpenAsync();
        await Tiles(search).First.FocusAsync();
        await search.Page.Keyboard.PressAsync("ArrowRight");
        await Assertions.Expect(search.Page.Locator("vfs-browse [data-place='1']")).ToBeFocusedAsync();
        await search.Page.Keyboard.PressAsync("End");
        await Assertions.Expect(search.Page.Locator("vfs-browse [data-place='211']")).ToBeFocusedAsync();
        await search.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(search.Page.Locator("vfs-browse [data-place='211']")).ToHaveAttributeAsync("aria-selected", "true");
    }

    [Fact]
    public async Task Of_a_hundred_thousand_photographs_only_those_in_view_are_in_the_document()
    {
        const int total = 100_000;
        SearchPage search = await SearchPage.OpenAsync(browser);
        await search.Page.RouteAsync(Pages(), route =>
        {
            int offset = int.Parse(Pages().Match(route.Request.Url).Groups[1].Value);
            var images = Enumerable.Range(offset, Math.Min(250, total - offset)).Select(index => new { index = index % 212, path = $"photograph-{index}.jpg" });
            return route.FulfillAsync(new() { ContentType = "application/json", Body = JsonSerializer.Serialize(new { total, offset, images }) });
        });
        await search.Button("Browse the dataset").ClickAsync();
        await Assertions.Expect(search.Page.GetByText("100,000 photographs")).ToBeVisibleAsync();
        ILocator window = search.Page.Locator("vfs-browse .window");
        foreach (double part in (double[])[0.3, 0.71, 1])
        {
            await window.EvaluateAsync("(window, part) => window.scrollTop = part * window.scrollHeight", part);
            await Assertions.Expect(search.Page.Locator("vfs-browse [data-place]").Last).ToHaveAttributeAsync("title", PhotographName());
            Assert.InRange(await Tiles(search).CountAsync(), 20, 200);
        }

        await Assertions.Expect(search.Page.Locator("vfs-browse [data-place='99999']")).ToHaveAttributeAsync("title", "photograph-99999.jpg");
        Assert.Empty(search.Problems);
    }

    private static ILocator Tiles(SearchPage search) => search.Page.Locator("vfs-browse .row button");

    private async Task<SearchPage> OpenAsync()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        await search.Button("Browse the dataset").ClickAsync();
        await Tiles(search).First.Locator("img").WaitForAsync();
        return search;
    }

    [GeneratedRegex(@"/images\?offset=(\d+)&limit=250$")]
    private static partial Regex Pages();

    [GeneratedRegex(@"^photograph-\d+\.jpg$")]
    private static partial Regex PhotographName();
}
