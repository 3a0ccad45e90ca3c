using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace VisualFeatureSearch.Browser.Tests;

/// <summary>One highlight at several layers and networks, and several highlights, side by side.</summary>
public sealed class CompareTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    private static readonly (float X, float Y)[] Head = [(0.35f, 0.35f), (0.6f, 0.35f), (0.35f, 0.5f), (0.6f, 0.5f)];

    [Fact]
    public async Task All_layers_are_compared_with_what_they_share_and_how_similar_all_photographs_are()
    {
        SearchPage search = await PaintedAsync();
        IReadOnlyList<string> alone = await search.IndexesAsync();
        await search.Choice("Compare").SelectOptionAsync("layers");
        ILocator rows = search.Page.Locator("vfs-comparison .row");
        await Assertions.Expect(rows).ToHaveCountAsync(2);
        await search.IdleAsync();
        string[][] rankings = [await RowAsync(rows.Nth(0)), await RowAsync(rows.Nth(1))];
        Assert.Equal(alone, rankings[1]);
        string[] shared = [.. rankings[0].Intersect(rankings[1])];
        Assert.Equal(2 * shared.Length, await search.Page.Locator("vfs-comparison .note").CountAsync());
        await Assertions.Expect(search.Page.Locator("vfs-comparison tbody td").First).ToHaveTextAsync($"{shared.Length} of 24");
        await Assertions.Expect(search.Page.Locator("vfs-comparison thead")).ToContainTextAsync("Layers alike");
        await Assertions.Expect(search.Page.Locator("vfs-comparison tbody td").Nth(2)).ToHaveTextAsync(new Regex(@"^0\.[1-9]\d$"));
        await Assertions.Expect(search.Page.Locator("vfs-comparison tbody td").Nth(3)).ToHaveTextAsync(new Regex(@"^0\.[5-9]\d$"));
        await Assertions.Expect(search.Page.GetByRole(AriaRole.Img, new() { Name = "Distribution of the similarity of the best region: 1. expanded_conv_12/add" })).ToBeVisibleAsync();
        await Assertions.Expect(search.Page.Locator("vfs-distribution-chart svg")).ToContainTextAsync("2. expanded_conv_15/add (211)");

        await search.Page.WaitForFunctionAsync("() => location.hash.includes('compare=layers')");
        SearchPage other = await search.OpenAgainAsync(browser);
        await Assertions.Expect(other.Page.Locator("vfs-comparison .row")).ToHaveCountAsync(2);

        await rows.Nth(0).Locator("vfs-result-card").Nth(2).HoverAsync();
        await rows.Nth(0).Locator("vfs-result-card").Nth(2).GetByText("Use as query").ClickAsync();
        await Assertions.Expect(rows.Nth(0).Locator("vfs-result-card").First).ToHaveAttributeAsync("data-index", rankings[0][2]);
        Assert.Empty(search.Problems);
    }

    [Fact]
    public async Task Two_networks_answer_for_one_highlight_each_on_its_own_grid()
    {
        SearchPage search = await PaintedAsync();
        await search.Choice("Compare").SelectOptionAsync("stores");
        ILocator rows = search.Page.Locator("vfs-comparison .row");
        await Assertions.Expect(rows).ToHaveCountAsync(3);
        await search.IdleAsync();
        foreach (ILocator row in await rows.AllAsync())
        {
            // The photograph itself is found by each network in the same place.
            await Assertions.Expect(row.Locator("vfs-result-card").First.Locator(".name")).ToHaveTextAsync("mountain gorilla");
        }

        await Assertions.Expect(rows.Nth(2)).ToContainTextAsync("centernet");
        await Assertions.Expect(rows.Nth(2).Locator("h3")).ToContainTextAsync("120 channels");

        // Going on from a result of the other network opens its dataset.
        await rows.Nth(2).Locator("vfs-result-card").Nth(1).HoverAsync();
        string name = await rows.Nth(2).Locator("vfs-result-card").Nth(1).Locator(".name").InnerTextAsync();
        await rows.Nth(2).Locator("vfs-result-card").Nth(1).GetByText("Use as query").ClickAsync();
        await Assertions.Expect(search.Choice("Dataset")).ToHaveValueAsync("centernet");
        await Assertions.Expect(rows.Nth(2).Locator("vfs-result-card").First.Locator(".name")).ToHaveTextAsync(name);
        Assert.Empty(search.Problems);
    }

    [Fact]
    public async Task Pinned_highlights_of_several_photographs_are_rows_of_one_comparison()
    {
        SearchPage search = await PaintedAsync();
        await search.Button("Pin this highlight").ClickAsync();
        await search.ChooseAsync("discus");
        await search.PaintAsync((0.4f, 0.4f), (0.6f, 0.6f));
        ILocator rows = search.Page.Locator("vfs-comparison .row");
        await Assertions.Expect(rows).ToHaveCountAsync(2);
        await Assertions.Expect(rows.Nth(0).Locator("vfs-result-card").First.Locator(".name")).ToHaveTextAsync("discus");
        await Assertions.Expect(rows.Nth(1).Locator("vfs-result-card").First.Locator(".name")).ToHaveTextAsync("mountain gorilla");
        await Assertions.Expect(rows.Nth(1).Locator(".highlight img")).ToHaveCountAsync(2);

        await search.IdleAsync();
        await search.Page.WaitForFunctionAsync("() => location.hash.includes('pin=')");
        SearchPage other = await search.OpenAgainAsync(browser);
        await Assertions.Expect(other.Page.Locator("vfs-comparison .row")).ToHaveCountAsync(2);
        await other.IdleAsync();
        Assert.Equal(await search.SimilaritiesAsync(), await other.SimilaritiesAsync());

        await search.Button("Remove mountain gorilla (primate)").ClickAsync();
        await Assertions.Expect(rows).ToHaveCountAsync(0);
        await Assertions.Expect(search.Cards).ToHaveCountAsync(24);
        Assert.Empty(search.Problems);
    }

    private static async Task<string[]> RowAsync(ILocator row) => await row.Locator("vfs-result-card").EvaluateAllAsync<string[]>("cards => cards.map(card => card.dataset.index)");

    private async Task<SearchPage> PaintedAsync()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        await search.ChooseAsync("mountain gorilla");
        await search.PaintAsync(Head);
        return search;
    }
}
