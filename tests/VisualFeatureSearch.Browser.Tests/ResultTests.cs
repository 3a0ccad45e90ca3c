using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace VisualFeatureSearch.Browser.Tests;

/// <summary>What can be done with results: narrowing them, looking closer, going on from one, keeping them.</summary>
public sealed class ResultTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    private static readonly (float X, float Y)[] Head = [(0.35f, 0.35f), (0.6f, 0.35f), (0.35f, 0.5f), (0.6f, 0.5f)];

    [Fact]
    public async Task Results_are_narrowed_by_label_value_similarity_condition_and_the_own_photograph()
    {
        SearchPage search = await PaintedAsync();
        await search.Page.GetByLabel("Leave out this photograph").CheckAsync();
        await Assertions.Expect(search.Cards.First.Locator(".self")).ToHaveCountAsync(0);
        Assert.NotEqual("mountain gorilla", await search.Cards.First.Locator(".name").InnerTextAsync());

        await search.Page.GetByRole(AriaRole.Combobox, new() { Name = "Label", Exact = true }).SelectOptionAsync("bird");
        await Assertions.Expect(search.Cards).ToHaveCountAsync(12);
        Assert.All(await LabelsAsync(search), label => Assert.Equal("bird", label));

        await search.Page.GetByRole(AriaRole.Combobox, new() { Name = "Label", Exact = true }).SelectOptionAsync("");
        await search.Page.GetByRole(AriaRole.Combobox, new() { Name = "One for each", Exact = true }).SelectOptionAsync("label");
        await IdleAsync(search);
        IReadOnlyList<string> labels = await LabelsAsync(search);
        Assert.Equal(labels.Count, labels.Distinct().Count());

        await search.Page.GetByLabel("Similarity at least").FillAsync("0.5");
        await Assertions.Expect(search.Page.Locator("vfs-result-filter .least b")).ToHaveTextAsync("0.50");
        await IdleAsync(search);
        Assert.All(await search.Cards.Locator(".similarity").AllInnerTextsAsync(), text => Assert.True(double.Parse(text, CultureInfo.InvariantCulture) >= 0.5));

        await search.Page.GetByLabel("Condition in SQL").FillAsync("label LIKE 'c%'");
        await search.Page.GetByLabel("Condition in SQL").PressAsync("Enter");
        await IdleAsync(search);
        Assert.All(await LabelsAsync(search), label => Assert.StartsWith("c", label, StringComparison.Ordinal));
        Assert.Empty(search.Problems);

        await search.Page.GetByLabel("Condition in SQL").FillAsync("colour = 1");
        await search.Page.GetByLabel("Condition in SQL").PressAsync("Enter");
        await Assertions.Expect(search.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("colour");
    }

    [Fact]
    public async Task A_result_under_the_pointer_shows_the_similarity_of_every_place_hottest_at_its_window()
    {
        SearchPage search = await PaintedAsync();
        ILocator card = search.Cards.Nth(3);
        await card.HoverAsync();
        ILocator map = card.Locator("canvas.map");
        await map.WaitForAsync();
        double[] hottest = await map.EvaluateAsync<double[]>("""
            canvas => {
              const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
              let best = 0;
              for (let i = 0; i < data.length; i += 4) if (data[i] + data[i + 1] > data[best] + data[best + 1]) best = i;
              const box = canvas.getBoundingClientRect();
              const place = best / 4;
              const cell = box.width / 10;
              return [box.x + (place % canvas.width + 0.5) * box.width / canvas.width, box.y + (Math.floor(place / canvas.width) + 0.5) * box.height / canvas.height, cell];
            }
            """);
        LocatorBoundingBoxResult window = (await card.Locator(".window").BoundingBoxAsync())!;
        // Where a window touches the edge the map goes on as at its middle.
        Assert.InRange(hottest[0], window.X - 1, window.X + window.Width + 1);
        Assert.InRange(hottest[1], window.Y - 1, window.Y + window.Height + 1);
        Assert.True(window.Width > 2 * hottest[2], "the window is larger than a cell or two");
        await search.Page.Mouse.MoveAsync(5, 5);
        await Assertions.Expect(map).ToHaveCountAsync(0);
        Assert.Empty(search.Problems);
    }

    [Fact]
    public async Task The_list_grows_when_its_end_comes_into_view()
    {
        SearchPage search = await PaintedAsync();
        await search.Cards.Last.ScrollIntoViewIfNeededAsync();
        await Assertions.Expect(search.Cards.Nth(47)).ToBeAttachedAsync();
        await search.Page.Keyboard.PressAsync("End");
        await Assertions.Expect(search.Cards.Nth(60)).ToBeAttachedAsync();
    }

    [Fact]
    public async Task The_region_of_a_result_becomes_the_query_and_back_returns()
    {
        SearchPage search = await PaintedAsync();
        string second = (await search.Cards.Nth(1).GetAttributeAsync("data-index"))!;
        IReadOnlyList<string> before = await IndexesAsync(search);
        await search.Cards.Nth(1).HoverAsync();
        await search.Cards.Nth(1).GetByRole(AriaRole.Button).ClickAsync();
        await Assertions.Expect(search.Cards.First).ToHaveAttributeAsync("data-index", second);
        await Assertions.Expect(search.Cards.First.Locator(".self")).ToBeVisibleAsync();
        Assert.Equal("1.000", await search.Cards.First.Locator(".similarity").InnerTextAsync());

        await search.Page.GoBackAsync();
        await Assertions.Expect(search.Cards.First).ToHaveAttributeAsync("data-index", before[0]);
        await IdleAsync(search);
        Assert.Equal(before, await IndexesAsync(search));
        Assert.Empty(search.Problems);
    }

    [Fact]
    public async Task A_link_shows_the_same_results_in_another_window()
    {
        SearchPage search = await PaintedAsync();
        await search.Page.GetByRole(AriaRole.Combobox, new() { Name = "Layer", Exact = true }).SelectOptionAsync("expanded_conv_12/add");
        await search.Page.GetByLabel("Leave out this photograph").CheckAsync();
        await search.Page.GetByRole(AriaRole.Combobox, new() { Name = "One for each", Exact = true }).SelectOptionAsync("label");
        await IdleAsync(search);
        await search.Page.WaitForFunctionAsync("() => location.hash.includes('unique=label') && location.hash.includes('conv_12')");

        SearchPage other = await SearchPage.OpenAsync(browser);
        await other.Page.GotoAsync(search.Page.Url);
        await other.Page.ReloadAsync();
        await Assertions.Expect(other.Cards.First).ToBeVisibleAsync();
        await IdleAsync(other);
        Assert.Equal(await IndexesAsync(search), await IndexesAsync(other));
        Assert.Equal(await search.Cards.Locator(".similarity").AllInnerTextsAsync(), await other.Cards.Locator(".similarity").AllInnerTextsAsync());
        Assert.Empty(other.Problems);
    }

    [Fact]
    public async Task All_layers_are_compared_side_by_side_with_what_they_share()
    {
        SearchPage search = await PaintedAsync();
        IReadOnlyList<string> alone = await IndexesAsync(search);
        await search.Page.GetByLabel("Compare all 2 layers").CheckAsync();
        ILocator rows = search.Page.Locator("vfs-comparison .row");
        await Assertions.Expect(rows).ToHaveCountAsync(2);
        await IdleAsync(search);
        string[][] rankings = [await RowAsync(rows.Nth(0)), await RowAsync(rows.Nth(1))];
        Assert.Equal(alone, rankings[1]);
        string[] shared = [.. rankings[0].Intersect(rankings[1])];
        Assert.Equal(2 * shared.Length, await search.Page.Locator("vfs-comparison .note").CountAsync());
        await Assertions.Expect(search.Page.Locator("vfs-comparison tbody td").First).ToHaveTextAsync($"{shared.Length} of 24");

        await search.Page.WaitForFunctionAsync("() => location.hash.includes('compare=layers')");
        SearchPage other = await SearchPage.OpenAsync(browser);
        await other.Page.GotoAsync(search.Page.Url);
        await other.Page.ReloadAsync();
        await Assertions.Expect(other.Page.Locator("vfs-comparison .row")).ToHaveCountAsync(2);

        await rows.Nth(0).Locator("vfs-result-card").Nth(2).HoverAsync();
        await rows.Nth(0).Locator("vfs-result-card").Nth(2).GetByRole(AriaRole.Button).ClickAsync();
        await Assertions.Expect(rows.Nth(0).Locator("vfs-result-card").First).ToHaveAttributeAsync("data-index", rankings[0][2]);
        Assert.Empty(search.Problems);

        static async Task<string[]> RowAsync(ILocator row) => await row.Locator("vfs-result-card").EvaluateAllAsync<string[]>("cards => cards.map(card => card.dataset.index)");
    }

    [Fact]
    public async Task Results_are_saved_as_CSV_and_JSON_and_the_link_is_copied()
    {
        SearchPage search = await PaintedAsync();
        IReadOnlyList<string> indexes = await IndexesAsync(search);
        string[] csv = (await SavedAsync("Save CSV", "results.csv")).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("layer,rank,index,path,label,similarity,window_y,window_x,window_height,window_width", csv[0]);
        Assert.Equal(indexes, csv[1..].Select(line => line.Split(',')[2]));
        JsonNode json = JsonNode.Parse(await SavedAsync("Save JSON", "results.json"))!;
        Assert.Equal(indexes, json["results"]!.AsArray().Select(result => result!["index"]!.ToString()));

        await search.Page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        await search.Page.GetByRole(AriaRole.Button, new() { Name = "Copy link" }).ClickAsync();
        await Assertions.Expect(search.Page.GetByText("Link copied")).ToBeVisibleAsync();
        Assert.Equal(search.Page.Url, await search.Page.EvaluateAsync<string>("navigator.clipboard.readText()"));
        Assert.Contains("mask=", search.Page.Url, StringComparison.Ordinal);

        async Task<string> SavedAsync(string button, string name)
        {
            IDownload download = await search.Page.RunAndWaitForDownloadAsync(() => search.Page.GetByRole(AriaRole.Button, new() { Name = button }).ClickAsync());
            Assert.Equal(name, download.SuggestedFilename);
            return await File.ReadAllTextAsync(await download.PathAsync(), TestContext.Current.CancellationToken);
        }
    }

    private static async Task IdleAsync(SearchPage search)
    {
        await search.Page.WaitForFunctionAsync("() => !document.querySelector('vfs-app').live.isBusy");
        await Assertions.Expect(search.Page.Locator("section.results")).ToHaveAttributeAsync("aria-busy", "false");
    }

    private static Task<IReadOnlyList<string>> LabelsAsync(SearchPage search) => search.Cards.Locator(".label").AllInnerTextsAsync();

    private static async Task<IReadOnlyList<string>> IndexesAsync(SearchPage search) =>
        await search.Cards.EvaluateAllAsync<string[]>("cards => cards.map(card => card.dataset.index)");

    private async Task<SearchPage> PaintedAsync()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        await search.ChooseAsync("mountain gorilla");
        await search.PaintAsync(Head);
        return search;
    }
}
