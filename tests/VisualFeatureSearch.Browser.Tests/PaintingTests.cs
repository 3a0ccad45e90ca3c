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
        int painted = await search.PaintedPixelsAsync();
        await search.Button("Undo").ClickAsync();
        await Assertions.Expect(search.Cards).ToHaveCountAsync(0);
        Assert.Equal(0, await search.PaintedPixelsAsync());

        await search.Button("Redo").ClickAsync();
        await Assertions.Expect(search.Cards).ToHaveCountAsync(24);
        Assert.Equal(painted, await search.PaintedPixelsAsync());

        await search.Button("Erase").ClickAsync();
        await search.PaintAsync((0.3f, 0.3f), (0.4f, 0.35f));
        Assert.InRange(await search.PaintedPixelsAsync(), 1, painted - 1);

        await search.Button("Reset").ClickAsync();
        await Assertions.Expect(search.Cards).ToHaveCountAsync(0);
        Assert.Equal(0, await search.PaintedPixelsAsync());
        await Assertions.Expect(search.Page.GetByText("Nothing painted yet")).ToBeVisibleAsync();
        Assert.Empty(search.Problems);
    }

    [Fact]
    public async Task A_larger_radius_paints_more()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        await search.PaintAsync((0.5f, 0.5f));
        int small = await search.PaintedPixelsAsync();
        await search.Button("Reset").ClickAsync();
        await search.Page.GetByLabel("Radius").FillAsync("60");
        await search.PaintAsync((0.5f, 0.5f));
        Assert.InRange(await search.PaintedPixelsAsync(), small * 2, int.MaxValue);
    }

    [Fact]
    public async Task A_box_is_drawn_from_corner_to_corner_and_undone_in_one_step()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        await search.Button("Box").ClickAsync();
        await search.PaintAsync((0.7f, 0.6f), (0.2f, 0.1f), (0.45f, 0.4f));
        int side = await search.Page.Locator("vfs-highlight canvas").First.EvaluateAsync<int>("canvas => canvas.width");
        Assert.Equal(0.25 * 0.2 * side * side, await search.PaintedPixelsAsync(), 0.02 * side * side);
        await search.Button("Undo").ClickAsync();
        Assert.Equal(0, await search.PaintedPixelsAsync());
    }

    [Fact]
    public async Task What_is_painted_against_lowers_what_looks_like_it()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        await search.ChooseAsync("mountain gorilla");
        JsonNode before = await search.PaintAsync((0.35f, 0.35f), (0.6f, 0.5f));
        await search.Button("Against").ClickAsync();
        JsonNode after = await search.PaintAsync((0.1f, 0.8f), (0.9f, 0.9f));
        Assert.Equal("primate/mountain-gorilla.jpg", before["results"]![0]!["path"]!.GetValue<string>());
        JsonArray results = after["results"]!.AsArray();
        Assert.DoesNotContain(results, result => result!["path"]!.GetValue<string>() == "primate/mountain-gorilla.jpg");
        Assert.All(results, result => Assert.Equal(
            result!["positive"]!.GetValue<double>() - Math.Max(0, result["negative"]!.GetValue<double>()), result["similarity"]!.GetValue<double>(), 1e-4));

        await search.Page.WaitForFunctionAsync("() => location.hash.includes('against=')");
        SearchPage other = await search.OpenAgainAsync(browser);
        await Assertions.Expect(other.Cards.First.Locator(".similarity")).ToHaveTextAsync(await search.Cards.First.Locator(".similarity").InnerTextAsync());

        await search.Button("Undo").ClickAsync();
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
        Task<IResponse> answer = search.Page.WaitForResponseAsync(response => response.Request.PostData?.Contains("expanded_conv_12/add", StringComparison.Ordinal) == true);
        await search.Choice("Layer").SelectOptionAsync("expanded_conv_12/add");
        JsonNode report = JsonNode.Parse(await (await answer).TextAsync())!;
        Assert.Equal(20, report["query"]!["grid"]!["height"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_lasso_paints_what_its_line_surrounds()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        await search.Button("Lasso").ClickAsync();
        await search.PaintAsync((0.2f, 0.2f), (0.7f, 0.2f), (0.7f, 0.6f), (0.2f, 0.6f));
        int side = await search.Page.Locator("vfs-highlight canvas").First.EvaluateAsync<int>("canvas => canvas.width");
        Assert.Equal(0.5 * 0.4 * side * side, await search.PaintedPixelsAsync(), 0.02 * side * side);
        await search.Button("Undo").ClickAsync();
        Assert.Equal(0, await search.PaintedPixelsAsync());
    }

    [Fact]
    public async Task Without_a_mouse_the_keyboard_paints_undoes_and_chooses_tools()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        await search.Stage.FocusAsync();
        await search.Page.Keyboard.PressAsync(" ");
        int dab = await search.PaintedPixelsAsync();
        Assert.True(dab > 0);
        for (int i = 0; i < 5; i++)
        {
            await search.Page.Keyboard.PressAsync("ArrowRight");
        }

        int line = await search.PaintedPixelsAsync();
        Assert.True(line > 1.5 * dab);
        await search.Page.Keyboard.PressAsync(" ");
        await search.Page.Keyboard.PressAsync("ArrowDown");
        Assert.Equal(line, await search.PaintedPixelsAsync());
        await Assertions.Expect(search.Cards).ToHaveCountAsync(24);

        await search.Page.Keyboard.PressAsync("Control+z");
        Assert.Equal(0, await search.PaintedPixelsAsync());
        await search.Page.Keyboard.PressAsync("r");
        await Assertions.Expect(search.Button("Box")).ToHaveAttributeAsync("aria-pressed", "true");
        await search.Page.Keyboard.PressAsync(" ");
        await search.Page.Keyboard.PressAsync("ArrowLeft");
        await search.Page.Keyboard.PressAsync("ArrowUp");
        await search.Page.Keyboard.PressAsync(" ");
        Assert.True(await search.PaintedPixelsAsync() > 50);
        await search.Page.Keyboard.PressAsync("Delete");
        await Assertions.Expect(search.Cards).ToHaveCountAsync(0);
        Assert.Empty(search.Problems);
    }

    [Fact]
    public async Task Zoomed_in_the_brush_still_paints_where_the_pointer_is()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        LocatorBoundingBoxResult box = (await search.Stage.BoundingBoxAsync())!;
        await search.Page.Mouse.MoveAsync(box.X + (0.9f * box.Width), box.Y + (0.1f * box.Height));
        await search.Page.Keyboard.DownAsync("Control");
        for (int i = 0; i < 6; i++)
        {
            await search.Page.Mouse.WheelAsync(0, -100);
        }

        await search.Page.Keyboard.UpAsync("Control");
        await Assertions.Expect(search.Button("299 %")).ToBeVisibleAsync();
        await search.PaintAsync((0.9f, 0.1f));
        double[] middle = await search.Page.Locator("vfs-highlight canvas").First.EvaluateAsync<double[]>("""
            canvas => {
              const { data, width } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
              let [x, y, n] = [0, 0, 0];
              for (let i = 3; i < data.length; i += 4) if (data[i] > 127) { n++; x += ((i - 3) / 4) % width; y += Math.floor((i - 3) / 4 / width); }
              return [x / n / width, y / n / width];
            }
            """);
        // The place under the pointer stayed where it was while the picture grew around it.
        Assert.Equal(0.9, middle[0], 0.02);
        Assert.Equal(0.1, middle[1], 0.02);
        await search.Button("299 %").ClickAsync();
        await Assertions.Expect(search.Button("100 %")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task The_mask_is_shown_as_the_layer_sees_it_and_as_opaque_as_wanted()
    {
        SearchPage search = await SearchPage.OpenAsync(browser);
        await Assertions.Expect(search.Button("Cells")).ToBeDisabledAsync();
        JsonNode report = await search.PaintAsync((0.3f, 0.3f), (0.6f, 0.5f));
        await search.Page.GetByLabel("Opacity").FillAsync("0.3");
        ILocator mask = search.Page.Locator("vfs-highlight canvas").First;
        await Assertions.Expect(mask).ToHaveCSSAsync("opacity", "0.3");
        await search.Button("Cells").ClickAsync();
        await Assertions.Expect(mask).ToHaveCSSAsync("opacity", "0");

        // The middle of every cell of the highlighted box is as opaque as the cell counts.
        int columns = report["query"]!["grid"]!["width"]!.GetValue<int>();
        JsonNode box = report["query"]!["box"]!;
        int[] alphas = await search.Page.Locator("vfs-highlight canvas.cells").EvaluateAsync<int[]>(
            "(canvas, [columns, x, y, width, height]) => { const side = canvas.width / columns, context = canvas.getContext('2d'); return Array.from({ length: width * height }, (_, i) => context.getImageData((x + i % width + 0.5) * side, (y + Math.floor(i / width) + 0.5) * side, 1, 1).data[3]); }",
            new[] { columns, box["x"]!.GetValue<int>(), box["y"]!.GetValue<int>(), box["width"]!.GetValue<int>(), box["height"]!.GetValue<int>() });
        double[] weights = [.. report["query"]!["weights"]!.AsArray().Select(weight => weight!.GetValue<double>())];
        Assert.Equal(weights.Length, alphas.Length);
        Assert.All(alphas.Zip(weights), pair => Assert.Equal(0.85 * 255 * pair.Second, pair.First, 1.5));
    }
}
