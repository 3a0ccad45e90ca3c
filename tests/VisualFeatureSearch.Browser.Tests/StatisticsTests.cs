using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace VisualFeatureSearch.Browser.Tests;

public sealed class StatisticsTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    [Fact]
    public async Task Similarities_of_all_photographs_are_shown_by_label_as_chart_table_and_words()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        await search.Button("Statistics").ClickAsync();
        await Assertions.Expect(search.Page.GetByText("Nothing painted yet")).ToBeVisibleAsync();
        await search.ChooseAsync("mountain gorilla");
        Task<IResponse> answer = search.Page.WaitForResponseAsync(response => response.Url.EndsWith("/statistics", StringComparison.Ordinal));
        await search.PaintAsync((0.35f, 0.35f), (0.6f, 0.5f));
        JsonNode statistics = JsonNode.Parse(await (await answer).TextAsync())!;

        JsonNode[] groups = [.. statistics["groups"]!.AsArray().OrderByDescending(group => group!["distribution"]!["median"]!.GetValue<double>())!];
        ILocator rows = search.Page.Locator("vfs-statistics [aria-describedby=numbers] tbody tr");
        await Assertions.Expect(rows).ToHaveCountAsync(groups.Length);
        await Assertions.Expect(rows.First.Locator("th")).ToHaveTextAsync(groups[0]["name"]!.GetValue<string>());
        await Assertions.Expect(rows.First.Locator("td").Nth(1)).ToHaveTextAsync(groups[0]["distribution"]!["median"]!.GetValue<double>().ToString("0.000"));
        ILocator chart = search.Page.Locator("vfs-distribution-chart svg");
        await Assertions.Expect(chart).ToContainTextAsync("all (211)");
        Assert.Equal(groups.Length + 1, await chart.Locator("rect").CountAsync());
        await Assertions.Expect(search.Page.GetByText("What may and may not be concluded")).ToBeVisibleAsync();
        await Assertions.Expect(search.Page.Locator(".precision")).ToContainTextAsync("primate");

        await search.Choice("Groups by").SelectOptionAsync("year");
        await Assertions.Expect(rows).ToHaveCountAsync(4);
        await Assertions.Expect(rows.First.Locator("th")).ToContainTextAsync(" to ");
        await search.Page.WaitForFunctionAsync("() => location.hash.includes('by=year') && location.hash.includes('view=statistics')");
        SearchPage other = await search.OpenAgainAsync(browser);
        await Assertions.Expect(other.Page.Locator("vfs-statistics [aria-describedby=numbers] tbody tr")).ToHaveCountAsync(4);
        Assert.Equal(await rows.AllInnerTextsAsync(), await other.Page.Locator("vfs-statistics [aria-describedby=numbers] tbody tr").AllInnerTextsAsync());
        Assert.Empty(search.Problems);
    }

    [Fact]
    public async Task A_second_highlight_is_contrasted_with_the_first()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        await search.Button("Statistics").ClickAsync();
        await search.PaintAsync((0.35f, 0.35f), (0.6f, 0.5f));
        await Assertions.Expect(search.Choice("Similarity to")).ToHaveCountAsync(0);
        await search.Button("Against").ClickAsync();
        await search.PaintAsync((0.2f, 0.8f), (0.8f, 0.85f));
        Task<IResponse> answer = search.Page.WaitForResponseAsync(response => response.Request.PostData?.Contains("\"difference\"", StringComparison.Ordinal) == true);
        await search.Choice("Similarity to").SelectOptionAsync("difference");
        Assert.Equal("difference", JsonNode.Parse(await (await answer).TextAsync())!["measure"]!.GetValue<string>());
        await Assertions.Expect(search.Page.Locator("vfs-distribution-chart svg")).ToContainTextAsync("difference of the two similarities");
        Assert.Empty(search.Problems);
    }

    [Fact]
    public async Task The_numbers_and_the_chart_are_saved()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        await search.Button("Statistics").ClickAsync();
        await search.PaintAsync((0.35f, 0.35f), (0.6f, 0.5f));
        await search.Page.Locator("vfs-distribution-chart svg").WaitForAsync();
        IDownload chart = await search.Page.RunAndWaitForDownloadAsync(() => search.Button("Save chart as SVG").ClickAsync());
        string svg = await File.ReadAllTextAsync(await chart.PathAsync(), TestContext.Current.CancellationToken);
        Assert.StartsWith("<svg", svg, StringComparison.Ordinal);
        Assert.DoesNotContain("var(--", svg, StringComparison.Ordinal);
        IDownload numbers = await search.Page.RunAndWaitForDownloadAsync(() => search.Button("Save numbers as JSON").ClickAsync());
        Assert.Equal(211, JsonNode.Parse(await File.ReadAllTextAsync(await numbers.PathAsync(), TestContext.Current.CancellationToken))!["all"]!["count"]!.GetValue<int>());
    }
}
