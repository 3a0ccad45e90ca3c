using System.Text.Json.Nodes;
using Microsoft.Playwright;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Browser.Tests;

public sealed class PaintingTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    [Fact]
    public async Task Painting_a_head_lights_the_windows_that_the_API_names()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        await search.ChooseAsync("mountain gorilla");
        JsonNode report = await search.PaintAsync((0.35f, 0.35f), (0.6f, 0.35f), (0.35f, 0.5f), (0.6f, 0.5f), (0.45f, 0.62f));

        JsonArray results = report["results"]!.AsArray();
        Assert.Equal("primate/mountain-gorilla.jpg", results[0]!["path"]!.GetValue<string>());
        Assert.Equal(results.Count, await search.Cards.CountAsync());
        double rows = report["query"]!["grid"]!["height"]!.GetValue<double>();
        double columns = report["query"]!["grid"]!["width"]!.GetValue<double>();
        for (int i = 0; i < results.Count; i++)
        {
            ILocator card = search.Cards.Nth(i);
            JsonNode match = results[i]!;
            Assert.Equal(match["index"]!.ToString(), await card.GetAttributeAsync("data-index"));
            Assert.Equal(match["similarity"]!.GetValue<double>().ToString("0.000"), await card.Locator(".similarity").InnerTextAsync());
            Assert.Equal(match["label"]?.ToString(), await card.Locator(".label").InnerTextAsync());

            LocatorBoundingBoxResult picture = (await card.Locator(".picture").BoundingBoxAsync())!;
            LocatorBoundingBoxResult window = (await card.Locator(".window").BoundingBoxAsync())!;
            JsonNode expected = match["window"]!;
            Assert.Equal(expected["x"]!.GetValue<double>() / columns, (window.X - picture.X) / picture.Width, 0.01);
            Assert.Equal(expected["y"]!.GetValue<double>() / rows, (window.Y - picture.Y) / picture.Height, 0.01);
            Assert.Equal(expected["width"]!.GetValue<double>() / columns, window.Width / picture.Width, 0.01);
            Assert.Equal(expected["height"]!.GetValue<double>() / rows, window.Height / picture.Height, 0.01);
        }

        Assert.Empty(search.Problems);
    }

    [Fact]
    public async Task Undo_redo_erase_and_reset_change_the_mask_and_the_results()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        await search.PaintAsync((0.3f, 0.3f), (0.5f, 0.4f));
        int painted = await PaintedPixelsAsync(search);
        await Button(search, "Undo").ClickAsync();
        await Assertions.Expect(search.Cards).ToHaveCountAsync(0);
        Assert.Equal(0, await PaintedPixelsAsync(search));

        await Button(search, "Redo").ClickAsync();
        await Assertions.Expect(search.Cards).ToHaveCountAsync(24);
        Assert.Equal(painted, await PaintedPixelsAsync(search));

        await Button(search, "Erase").ClickAsync();
        await search.PaintAsync((0.3f, 0.3f), (0.4f, 0.35f));
        Assert.InRange(await PaintedPixelsAsync(search), 1, painted - 1);

        await Button(search, "Reset").ClickAsync();
        await Assertions.Expect(search.Cards).ToHaveCountAsync(0);
        Assert.Equal(0, await PaintedPixelsAsync(search));
        await Assertions.Expect(search.Page.GetByText("Nothing painted yet")).ToBeVisibleAsync();
        Assert.Empty(search.Problems);
    }

    [Fact]
    public async Task A_larger_radius_paints_more()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        await search.PaintAsync((0.5f, 0.5f));
        int small = await PaintedPixelsAsync(search);
        await Button(search, "Reset").ClickAsync();
        await search.Page.GetByLabel("Radius").FillAsync("60");
        await search.PaintAsync((0.5f, 0.5f));
        Assert.InRange(await PaintedPixelsAsync(search), small * 2, int.MaxValue);
    }

    [Fact]
    public async Task A_box_is_drawn_from_corner_to_corner_and_undone_in_one_step()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        await Button(search, "Box").ClickAsync();
        await search.PaintAsync((0.7f, 0.6f), (0.2f, 0.1f), (0.45f, 0.4f));
        int side = await search.Page.Locator("vfs-highlight canvas").First.EvaluateAsync<int>("canvas => canvas.width");
        Assert.Equal(0.25 * 0.2 * side * side, await PaintedPixelsAsync(search), 0.02 * side * side);
        await Button(search, "Undo").ClickAsync();
        Assert.Equal(0, await PaintedPixelsAsync(search));
    }

    [Fact]
    public async Task What_is_painted_against_lowers_what_looks_like_it()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        await search.ChooseAsync("mountain gorilla");
        JsonNode before = await search.PaintAsync((0.35f, 0.35f), (0.6f, 0.5f));
        await Button(search, "Against").ClickAsync();
        JsonNode after = await search.PaintAsync((0.1f, 0.8f), (0.9f, 0.9f));
        Assert.Equal("primate/mountain-gorilla.jpg", before["results"]![0]!["path"]!.GetValue<string>());
        JsonArray results = after["results"]!.AsArray();
        Assert.DoesNotContain(results, result => result!["path"]!.GetValue<string>() == "primate/mountain-gorilla.jpg");
        Assert.All(results, result => Assert.Equal(
            result!["positive"]!.GetValue<double>() - Math.Max(0, result["negative"]!.GetValue<double>()), result["similarity"]!.GetValue<double>(), 1e-4));

        await search.Page.WaitForFunctionAsync("() => location.hash.includes('against=')");
        SearchPage other = await SearchPage.OpenAsync(browser);
        await other.Page.GotoAsync(search.Page.Url);
        await other.Page.ReloadAsync();
        await Assertions.Expect(other.Cards.First.Locator(".similarity")).ToHaveTextAsync(await search.Cards.First.Locator(".similarity").InnerTextAsync());

        await Button(search, "Undo").ClickAsync();
        await Assertions.Expect(search.Cards.First.Locator(".similarity")).ToHaveTextAsync("1.000");
        Assert.Empty(search.Problems);
    }

    [Fact]
    public async Task A_finger_paints_too()
    {
        SearchPage search = await SearchPage.OpenAsync(browser, new() { HasTouch = true, ViewportSize = new() { Width = 400, Height = 800 } });
        LocatorBoundingBoxResult box = (await search.Stage.BoundingBoxAsync())!;
        await search.Page.Touchscreen.TapAsync(box.X + (box.Width / 2), box.Y + (box.Height / 2));
        await Assertions.Expect(search.Cards).ToHaveCountAsync(24);
        Assert.Empty(search.Problems);
    }

    [Fact]
    public async Task An_uploaded_photograph_is_painted_on_and_searched_with()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        await search.Page.Locator("input[type=file]").SetInputFilesAsync(Path.Combine(Repository.Gallery, "bird", "scarlet-macaw.jpg"));
        await Assertions.Expect(search.Page.GetByRole(AriaRole.Listbox).GetByRole(AriaRole.Option).First).ToHaveAttributeAsync("title", "scarlet-macaw.jpg");
        JsonNode report = await search.PaintAsync((0.25f, 0.2f), (0.35f, 0.3f));
        Assert.Equal("bird/scarlet-macaw.jpg", report["results"]![0]!["path"]!.GetValue<string>());

        await search.Page.Locator("input[type=file]").SetInputFilesAsync(new FilePayload { Name = "notes.png", MimeType = "image/png", Buffer = "text"u8.ToArray() });
        await Assertions.Expect(search.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("not an image");
    }

    [Fact]
    public async Task Another_layer_answers_on_its_own_grid()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        await search.PaintAsync((0.3f, 0.3f), (0.6f, 0.5f));
        Task<IResponse> answer = search.Page.WaitForResponseAsync(response => response.Url.EndsWith("/search", StringComparison.Ordinal));
        await search.Page.GetByRole(AriaRole.Combobox, new() { Name = "Layer", Exact = true }).SelectOptionAsync("expanded_conv_12/add");
        JsonNode report = JsonNode.Parse(await (await answer).TextAsync())!;
        Assert.Equal(20, report["query"]!["grid"]!["height"]!.GetValue<int>());
    }

    [Fact]
    public async Task The_highlight_widget_works_in_any_page()
    {
        IPage page = await browser.OpenAsync();
        await page.RouteAsync("**/outside.html", route => route.FulfillAsync(new()
        {
            ContentType = "text/html",
            Body = """
                <!doctype html><title>Elsewhere</title><script type="module" src="/widgets.js"></script>
                <div style="width:300px"><vfs-highlight src="/api/stores/gallery/images/3/crop" size="224" radius="20"></vfs-highlight></div>
                <script>window.changes = []; addEventListener('vfs-mask-change', event => changes.push(event.detail));</script>
                """,
        }));
        await page.GotoAsync(browser.Address + "/outside.html");
        LocatorBoundingBoxResult box = (await page.Locator("vfs-highlight .stage").BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(box.X + 100, box.Y + 100);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(box.X + 180, box.Y + 120, new() { Steps = 4 });
        await page.Mouse.UpAsync();

        Assert.StartsWith("data:image/png;base64,", await page.EvaluateAsync<string>("document.querySelector('vfs-highlight').toPng()"), StringComparison.Ordinal);
        Assert.True(await page.EvaluateAsync<bool>("changes.length > 1 && changes.at(-1).isFinal && !changes.at(-1).isEmpty"));
    }

    private static ILocator Button(SearchPage search, string name) => search.Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    private static Task<int> PaintedPixelsAsync(SearchPage search) => search.Page.Locator("vfs-highlight canvas").First.EvaluateAsync<int>(
        "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.filter((value, i) => i % 4 === 3 && value > 127).length");
}
