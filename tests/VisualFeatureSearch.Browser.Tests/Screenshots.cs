using Microsoft.Playwright;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Browser.Tests;

/// <summary>Renews the pictures of docs/images: <c>dotnet test --project tests/VisualFeatureSearch.Browser.Tests -- --explicit only --filter-class "*Screenshots"</c>.</summary>
public sealed class Screenshots(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    [Theory(Explicit = true)]
    [InlineData("light", ColorScheme.Light, 1440, 1000)]
    [InlineData("dark", ColorScheme.Dark, 1440, 1000)]
    [InlineData("phone", ColorScheme.Light, 390, 844)]
    public async Task Every_page(string name, ColorScheme scheme, int width, int height)
    {
        SearchPage search = await SearchPage.OpenAsync(browser, new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = height } });
        await search.ChooseAsync("mountain gorilla");
        await search.PaintAsync((0.44f, 0.3f), (0.52f, 0.32f), (0.48f, 0.4f));
        await search.Cards.Nth(1).HoverAsync();
        await search.Cards.Nth(1).Locator("canvas.map").WaitForAsync();
        await SaveAsync(search.Page, "page", name);

        await search.Choice("Compare").SelectOptionAsync("layers");
        await search.Page.Locator("vfs-distribution-chart svg").WaitForAsync();
        await SaveAsync(search.Page, "compare", name);

        await search.Button("Statistics").ClickAsync();
        await search.Page.Locator("vfs-statistics svg").First.WaitForAsync();
        await SaveAsync(search.Page, "statistics", name, whole: true);

        await search.Button("Browse the dataset").ClickAsync();
        await search.Page.Locator("vfs-browse img").First.WaitForAsync();
        await SaveAsync(search.Page, "browse", name);

        await search.Page.GotoAsync(browser.Address + "/widgets-example.html");
        foreach (string widget in (string[])["#one", "#several"])
        {
            ILocator stage = search.Page.Locator(widget + " .stage");
            await stage.ScrollIntoViewIfNeededAsync();
            LocatorBoundingBoxResult box = (await stage.BoundingBoxAsync())!;
            await search.Page.Mouse.MoveAsync(box.X + (0.4f * box.Width), box.Y + (0.4f * box.Height));
            await search.Page.Mouse.DownAsync();
            await search.Page.Mouse.MoveAsync(box.X + (0.6f * box.Width), box.Y + (0.5f * box.Height), new() { Steps = 5 });
            await search.Page.Mouse.UpAsync();
        }

        await Assertions.Expect(search.Page.Locator("#found li")).ToHaveCountAsync(8);
        await SaveAsync(search.Page, "widgets-example", name, whole: true);
    }

    private static async Task SaveAsync(IPage page, string view, string name, bool whole = false)
    {
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        await page.WaitForTimeoutAsync(400);
        await page.ScreenshotAsync(new() { Path = Path.Combine(Repository.Root, "docs", "images", $"{view}-{name}.jpg"), Type = ScreenshotType.Jpeg, Quality = 80, FullPage = whole });
    }
}
