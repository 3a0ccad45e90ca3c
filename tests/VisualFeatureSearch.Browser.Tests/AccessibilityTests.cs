using Microsoft.Playwright;

namespace VisualFeatureSearch.Browser.Tests;

/// <summary>The page for those who do not use a mouse or do not see it.</summary>
public sealed class AccessibilityTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    [Theory]
    [InlineData(ColorScheme.Light, 1440)]
    [InlineData(ColorScheme.Dark, 1440)]
    [InlineData(ColorScheme.Light, 390)]
    public async Task Axe_finds_nothing_wrong_with_any_view(ColorScheme scheme, int width)
    {
        SearchPage search = await SearchPage.OpenAsync(browser, new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 900 } });
        await search.Page.AssertAccessibleAsync();
        await search.PaintAsync((0.3f, 0.3f), (0.6f, 0.5f));
        await search.Page.AssertAccessibleAsync();
        await search.Choice("Compare").SelectOptionAsync("layers");
        await Assertions.Expect(search.Page.Locator("vfs-comparison .row")).ToHaveCountAsync(2);
        await search.Page.Locator("vfs-distribution-chart svg").WaitForAsync();
        await search.Page.AssertAccessibleAsync();
        await search.Button("Statistics").ClickAsync();
        await search.Page.Locator("vfs-statistics table").First.WaitForAsync();
        await search.Page.AssertAccessibleAsync();
        await search.Button("Browse the dataset").ClickAsync();
        await search.Page.Locator("vfs-browse img").First.WaitForAsync();
        await search.Page.AssertAccessibleAsync();
    }
}
