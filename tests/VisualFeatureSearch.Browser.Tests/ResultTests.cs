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

        await search.Choice("Label").SelectOptionAsync("bird");
        await Assertions.Expect(search.Cards).ToHaveCountAsync(12);
        Assert.All(await LabelsAsync(search), label => Assert.Equal("bird", label));

        await search.Choice("Label").SelectOptionAsync("");
        await search.Choice("One for each").SelectOptionAsync("label");
        await search.IdleAsync();
        IReadOnlyList<string> labels = await LabelsAsync(search);
        Assert.Equal(labels.Count, labels.Distinct().Count());

        await search.Page.GetByLabel("Similarity at least").FillAsync("0.3");
        await Assertions.Expect(search.Page.Locator("vfs-result-filter .least b")).ToHaveTextAsync("0.30");
        await search.IdleAsync();
        Assert.All(await search.Cards.Locator(".similarity").AllInnerTextsAsync(), text => Assert.True(double.Parse(text, CultureInfo.InvariantCulture) >= 0.3));

        await search.Page.GetByLabel("Condition in SQL").FillAsync("label LIKE 'c%'");
        await search.Page.GetByLabel("Condition in SQL").PressAsync("Enter");
        await search.IdleAsync();
        Assert.NotEmpty(await LabelsAsync(search));
        Assert.All(await LabelsAsync(search), label => Assert.StartsWith("c", label, StringComparison.Ordinal));
        Assert.Empty(search.Problems);

        await search.Page.GetByLabel("Similarity at least").FillAsync("0.99");
        await Assertions.Expect(search.Page.GetByRole(AriaRole.Heading, new() { Name = "No photograph is as similar as wanted" })).ToBeVisibleAsync();
        await search.Page.GetByLabel("Condition in SQL").FillAsync("label = 'unicorn'");
        await search.Page.GetByLabel("Condition in SQL").PressAsync("Enter");
        await Assertions.Expect(search.Page.GetByRole(AriaRole.Heading, new() { Name = "No photograph meets the conditions" })).ToBeVisibleAsync();
        await Assertions.Expect(search.Page.Locator(".summary")).ToContainTextAsync("there is nothing to compare");
        await search.Page.GetByLabel("Condition in SQL").FillAsync("label LIKE 'c%'");
        await search.Page.GetByLabel("Condition in SQL").PressAsync("Enter");
        await search.Page.GetByLabel("Similarity at least").FillAsync("0.3");
        await Assertions.Expect(search.Cards).Not.ToHaveCountAsync(0);

        await search.Page.GetByLabel("Condition in SQL").FillAsync("colour = 1");
        await search.Page.GetByLabel("Condition in SQL").PressAsync("Enter");
        ILocator alert = search.Page.GetByRole(AriaRole.Alert);
        await Assertions.Expect(alert).ToContainTextAsync("colour");
        await Assertions.Expect(alert).ToContainTextAsync("What is shown is still the answer before.");
        await search.Page.SetViewportSizeAsync(700, 600);
        Assert.True(await search.Page.EvaluateAsync<double>("() => { scrollTo(0, document.body.scrollHeight); return scrollY; }") > 300);
        await Assertions.Expect(alert).ToBeInViewportAsync();
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
    public async Task Results_follow_a_stroke_while_it_grows()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        LocatorBoundingBoxResult box = (await search.Stage.BoundingBoxAsync())!;
        await search.Page.Mouse.MoveAsync(box.X + (0.3f * box.Width), box.Y + (0.4f * box.Height));
        await search.Page.Mouse.DownAsync();
        await Assertions.Expect(search.Cards).ToHaveCountAsync(24);
        string first = await search.SimilaritiesAsync();
        await search.Page.Mouse.MoveAsync(box.X + (0.7f * box.Width), box.Y + (0.6f * box.Height), new() { Steps = 5 });
        await Assertions.Expect(search.Cards.Nth(5).Locator(".similarity")).Not.ToHaveTextAsync(first.Split(' ')[5]);
        await search.Page.Mouse.UpAsync();
        await search.IdleAsync();
        Assert.Empty(search.Problems);
    }

    [Fact]
    public async Task A_finished_stroke_ends_the_search_that_is_under_way()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        int searches = 0;
        TaskCompletionSource<string?> ended = new();
        search.Page.RequestFailed += (_, request) => ended.TrySetResult(request.Failure);

        // The first search is never answered: only if it is ended can the second show its results.
        await search.Page.RouteAsync("**/search", route => Interlocked.Increment(ref searches) == 1 ? Task.CompletedTask : route.ContinueAsync());
        await search.PaintAsync((0.3f, 0.4f), (0.5f, 0.4f));
        await Assertions.Expect(search.Cards).ToHaveCountAsync(24);
        Assert.Equal(2, searches);
        Assert.Equal("net::ERR_ABORTED", await ended.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
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
        IReadOnlyList<string> before = await search.IndexesAsync();
        await search.Cards.Nth(1).HoverAsync();
        await search.Cards.Nth(1).GetByText("Use as query").ClickAsync();
        await Assertions.Expect(search.Cards.First).ToHaveAttributeAsync("data-index", second);
        await Assertions.Expect(search.Cards.First.Locator(".self")).ToBeVisibleAsync();
        Assert.Equal("1.000", await search.Cards.First.Locator(".similarity").InnerTextAsync());

        await search.Button("Back to the query before").ClickAsync();
        await Assertions.Expect(search.Cards.First).ToHaveAttributeAsync("data-index", before[0]);
        await search.IdleAsync();
        Assert.Equal(before, await search.IndexesAsync());
        Assert.Empty(search.Problems);
    }

    [Fact]
    public async Task A_link_shows_the_same_results_in_another_window()
    {
        SearchPage search = await PaintedAsync();
        await search.Choice("Layer").SelectOptionAsync("expanded_conv_12/add");
        await search.Page.GetByLabel("Leave out this photograph").CheckAsync();
        await search.Choice("One for each").SelectOptionAsync("label");
        await search.IdleAsync();
        await search.Page.WaitForFunctionAsync("() => location.hash.includes('unique=label') && location.hash.includes('conv_12')");

        SearchPage other = await search.OpenAgainAsync(browser);
        await Assertions.Expect(other.Cards.First).ToBeVisibleAsync();
        await other.IdleAsync();
        Assert.Equal(await search.IndexesAsync(), await other.IndexesAsync());
        Assert.Equal(await search.Cards.Locator(".similarity").AllInnerTextsAsync(), await other.Cards.Locator(".similarity").AllInnerTextsAsync());
        Assert.Empty(other.Problems);
    }

    [Fact]
    public async Task Several_regions_of_each_photograph_are_shown_with_their_similarities()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        await search.ChooseAsync("mountain gorilla");
        await search.PaintAsync((0.45f, 0.4f), (0.5f, 0.4f));
        await Assertions.Expect(search.Cards.First.Locator(".further")).ToHaveCountAsync(0);
        await search.Choice("Regions each").SelectOptionAsync("3");
        // Not every photograph has room for a second window beside its best one.
        ILocator card = search.Page.Locator("vfs-result-card", new() { Has = search.Page.Locator(".further") }).First;
        ILocator further = card.Locator(".further");
        await Assertions.Expect(further.First).ToBeVisibleAsync();
        double best = double.Parse(await card.Locator(".similarity").InnerTextAsync(), CultureInfo.InvariantCulture);
        Assert.All(await further.AllInnerTextsAsync(), text => Assert.True(double.Parse(text, CultureInfo.InvariantCulture) <= best + 0.005));
        LocatorBoundingBoxResult[] windows = [(await card.Locator(".window").BoundingBoxAsync())!, (await further.First.BoundingBoxAsync())!];
        Assert.Equal(windows[0].Width, windows[1].Width, 1);
        Assert.True(Math.Abs(windows[0].X - windows[1].X) >= windows[0].Width - 1 || Math.Abs(windows[0].Y - windows[1].Y) >= windows[0].Height - 1, "windows do not overlap");
    }

    [Fact]
    public async Task A_hidden_photograph_makes_room_for_the_next_and_comes_back()
    {
        SearchPage search = await PaintedAsync();
        IReadOnlyList<string> before = await search.IndexesAsync();
        await search.Cards.Nth(1).HoverAsync();
        await search.Cards.Nth(1).Locator(".hide").ClickAsync();
        await Assertions.Expect(search.Button("Show 1 hidden")).ToBeVisibleAsync();
        await Assertions.Expect(search.Cards.Nth(1)).ToHaveAttributeAsync("data-index", before[2]);
        await Assertions.Expect(search.Cards).ToHaveCountAsync(24);
        await search.Button("Show 1 hidden").ClickAsync();
        await Assertions.Expect(search.Cards.Nth(1)).ToHaveAttributeAsync("data-index", before[1]);
    }

    [Fact]
    public async Task Columns_of_the_manifest_are_shown_with_each_result()
    {
        SearchPage search = await PaintedAsync();
        await search.Page.GetByText("Show columns").ClickAsync();
        await search.Page.GetByRole(AriaRole.Checkbox, new() { Name = "site" }).CheckAsync();
        await Assertions.Expect(search.Cards.First.Locator("dd")).ToHaveCountAsync(1);
        foreach (int place in (int[])[0, 5, 9])
        {
            string index = (await search.Cards.Nth(place).GetAttributeAsync("data-index"))!;
            await Assertions.Expect(search.Cards.Nth(place).Locator("dd")).ToHaveTextAsync(int.Parse(index, CultureInfo.InvariantCulture) % 3 == 0 ? "north" : "south");
        }
    }

    [Fact]
    public async Task The_soft_mask_lights_the_cells_that_count()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        await search.ChooseAsync("mountain gorilla");
        JsonNode report = await search.PaintAsync(Head);
        await search.Button("Soft mask").ClickAsync();
        int[] darkness = await search.Cards.Nth(1).Locator("canvas.mask").EvaluateAsync<int[]>(
            "canvas => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data].filter((_, i) => i % 4 === 3)");
        JsonNode window = report["results"]![1]!["window"]!;
        double[] weights = [.. report["query"]!["weights"]!.AsArray().Select(weight => weight!.GetValue<double>())];
        int columns = report["query"]!["grid"]!["width"]!.GetValue<int>();
        for (int i = 0; i < weights.Length; i++)
        {
            int width = window["width"]!.GetValue<int>();
            int cell = ((window["y"]!.GetValue<int>() + (i / width)) * columns) + window["x"]!.GetValue<int>() + (i % width);
            Assert.Equal(0.58 * 255 * (1 - weights[i]), darkness[cell], 1.5);
        }

        Assert.InRange(darkness.Max(), 147, 148);
    }

    private async Task<SearchPage> PaintedAsync()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        await search.ChooseAsync("mountain gorilla");
        await search.PaintAsync(Head);
        return search;
    }

    private static Task<IReadOnlyList<string>> LabelsAsync(SearchPage search) => search.Cards.Locator(".label").AllInnerTextsAsync();
}
