using Microsoft.Playwright;

namespace VisualFeatureSearch.Browser.Tests;

/// <summary>How the page behaves as a page.</summary>
public sealed class PageTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    [Fact]
    public async Task The_first_load_is_small_and_comes_from_nowhere_else()
    {
        IPage page = await browser.OpenAsync();
        List<IResponse> responses = [];
        page.Response += (_, response) => responses.Add(response);
        await page.GotoAsync(browser.Address, new() { WaitUntil = WaitUntilState.NetworkIdle });
        Assert.All(responses, response => Assert.StartsWith(browser.Address, response.Url, StringComparison.Ordinal));
        long bytes = 0;
        foreach (IResponse response in responses.Where(response => !response.Url.Contains("/crop", StringComparison.Ordinal)))
        {
            bytes += (await response.Request.SizesAsync()).ResponseBodySize;
        }

        Assert.InRange(bytes, 10_000, 300_000);
    }

    [Fact]
    public async Task Nothing_jumps_when_results_arrive_and_change()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);

        // A search on a large store or a slow machine: the answer comes when the person already does something else.
        await search.Page.RouteAsync("**/search", async route =>
        {
            await Task.Delay(700);
            await route.ContinueAsync();
        });
        ILocator[] query = [.. ((string[])["h1", "vfs-saved-queries", ".stage", ".toolbar", ".hint", "section.query .row"]).Select(part => search.Page.Locator(part).First)];
        string[] before = await PlacesAsync(query);
        await search.PaintAsync((0.3f, 0.3f), (0.6f, 0.5f));
        Assert.Equal(before, await PlacesAsync(query));

        ILocator[] all = [.. query, search.Page.Locator("vfs-result-filter"), search.Page.Locator("vfs-results .summary"), search.Cards.First];
        before = await PlacesAsync(all);
        await search.PaintAsync((0.6f, 0.6f), (0.7f, 0.5f));
        Assert.Equal(before, await PlacesAsync(all));

        static async Task<string[]> PlacesAsync(ILocator[] parts) => await Task.WhenAll(parts.Select(async part =>
            await part.EvaluateAsync<string>("part => { const { x, y, width, height } = part.getBoundingClientRect(); return `${part.localName}.${part.className} ${x} ${y} ${width} ${height}`; }")));
    }

    [Fact]
    public async Task On_a_phone_what_was_found_is_announced_and_one_tap_away()
    {
        SearchPage search = await SearchPage.OpenAsync(browser, new() { ViewportSize = new() { Width = 390, Height = 844 }, ReducedMotion = ReducedMotion.Reduce });
        ILocator further = search.Button("See what is similar ↓");
        await Assertions.Expect(further).ToHaveCountAsync(0);
        await search.PaintAsync((0.3f, 0.3f), (0.6f, 0.5f));
        await search.Page.EvaluateAsync("scrollTo(0, 0)");
        await further.ClickAsync();
        await Assertions.Expect(search.Cards.First).ToBeInViewportAsync();
        await Assertions.Expect(further).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task On_a_phone_the_filters_make_room_for_results_until_they_are_wanted()
    {
        SearchPage search = await SearchPage.OpenAsync(browser, new() { ViewportSize = new() { Width = 390, Height = 844 } });
        await search.PaintAsync((0.3f, 0.3f), (0.6f, 0.5f));
        await Assertions.Expect(search.Choice("Label")).ToBeHiddenAsync();
        await search.Button("Filters").ClickAsync();
        await search.Choice("Label").SelectOptionAsync("cat");
        await Assertions.Expect(search.Cards).ToHaveCountAsync(4);
        await search.Button("Hide the filters (1 set)").ClickAsync();
        await Assertions.Expect(search.Button("Filters (1 set)")).ToBeVisibleAsync();
        await Assertions.Expect(search.Choice("Label")).ToBeHiddenAsync();
    }

    [Theory]
    [InlineData(360, 740)]
    [InlineData(768, 1024)]
    [InlineData(1440, 900)]
    [InlineData(3840, 2160)]
    public async Task From_phone_to_4K_nothing_is_wider_than_the_window(int width, int height)
    {
        SearchPage search = await SearchPage.OpenAsync(browser, new() { ViewportSize = new() { Width = width, Height = height } });
        await search.PaintAsync((0.3f, 0.3f), (0.6f, 0.5f));
        foreach (string view in (string[])["Results", "Statistics", "Browse the dataset"])
        {
            await search.Button(view).ClickAsync();
            await search.Page.WaitForTimeoutAsync(300);
            Assert.InRange(await search.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"), 1, width);
        }

        Assert.Empty(search.Problems);
    }

    [Fact]
    public async Task When_the_server_stops_the_page_says_so_and_goes_on_when_it_is_back()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        await search.PaintAsync((0.3f, 0.3f), (0.6f, 0.5f));
        await search.Page.Context.SetOfflineAsync(true);
        await search.Choice("Layer").SelectOptionAsync("expanded_conv_12/add");
        await Assertions.Expect(search.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("The server does not answer");
        await search.Page.Context.SetOfflineAsync(false);
        await search.Choice("Layer").SelectOptionAsync("expanded_conv_15/add");
        await Assertions.Expect(search.Page.GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);
        await Assertions.Expect(search.Cards).ToHaveCountAsync(24);
    }

    [Fact]
    public async Task Who_reads_only_the_page_learns_what_a_similarity_and_the_lit_region_are()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        await search.Page.GetByText("What do the number and the lit region mean?").ClickAsync();
        await Assertions.Expect(search.Page.GetByText("1 means the same to the network, 0 means unrelated")).ToBeVisibleAsync();
        await Assertions.Expect(search.Page.GetByText("the place where a photograph is most similar")).ToBeVisibleAsync();
    }
}
