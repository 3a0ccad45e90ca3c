using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Server.Widgets;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Browser.Tests;

/// <summary>The highlight widgets outside the app.</summary>
public sealed class WidgetTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    [Fact]
    public async Task The_highlight_widget_works_in_a_page_of_another_origin()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using WebApplication elsewhere = builder.Build();
        elsewhere.Urls.Add("http://127.0.0.1:0");
        elsewhere.MapGet("/", () => Results.Content(
            $$"""
            <!doctype html><title>Elsewhere</title><link rel="icon" href="data:,"><script type="module" src="{{browser.Address}}/widgets.js"></script>
            <div style="width:300px"><vfs-highlight src="{{browser.Address}}/api/stores/gallery/images/3/crop" size="224" radius="20"></vfs-highlight></div>
            <script>window.changes = []; addEventListener('vfs-mask-change', event => changes.push(event.detail));</script>
            """,
            "text/html"));
        await elsewhere.StartAsync(TestContext.Current.CancellationToken);
        IPage page = await browser.OpenAsync();
        IReadOnlyList<string> problems = page.Complaints();
        await page.GotoAsync(elsewhere.Urls.First());
        await StrokeAsync(page, page.Locator("vfs-highlight .stage"));

        Assert.StartsWith("data:image/png;base64,", await page.EvaluateAsync<string>("document.querySelector('vfs-highlight').toPng()"), StringComparison.Ordinal);
        Assert.True(await page.EvaluateAsync<bool>("changes.length > 1 && !changes[0].isFinal && changes.at(-1).isFinal && !changes.at(-1).isEmpty"));
        Assert.Empty(problems);
    }

    [Fact]
    public async Task The_example_page_shows_the_mask_while_it_is_painted()
    {
        IPage page = await browser.OpenAsync();
        IReadOnlyList<string> problems = page.Complaints();
        await page.GotoAsync(browser.Address + "/widgets-example.html");
        await Assertions.Expect(page.Locator("#mask")).ToBeHiddenAsync();
        await StrokeAsync(page, page.Locator("#one .stage"), lift: false);
        await Assertions.Expect(page.GetByText("Painting …")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("#mask")).ToBeVisibleAsync();
        await page.Mouse.UpAsync();
        await Assertions.Expect(page.GetByText("The stroke has ended.")).ToBeVisibleAsync();
        await page.Locator("#one").GetByRole(AriaRole.Button, new() { Name = "Reset" }).ClickAsync();
        await Assertions.Expect(page.Locator("#mask")).ToBeHiddenAsync();
        Assert.Empty(problems);
    }

    [Fact]
    public async Task The_example_page_searches_with_the_chosen_photograph_of_several()
    {
        IPage page = await browser.OpenAsync();
        IReadOnlyList<string> problems = page.Complaints();
        await page.GotoAsync(browser.Address + "/widgets-example.html");
        await page.Locator("#several").GetByRole(AriaRole.Option).Nth(2).ClickAsync();
        await Assertions.Expect(page.Locator("#several vfs-highlight img").First).ToHaveAttributeAsync("src", "./api/stores/gallery/images/2/crop");
        await StrokeAsync(page, page.Locator("#several .stage"));
        ILocator found = page.Locator("#found li");
        await Assertions.Expect(found).ToHaveCountAsync(8);

        // The photograph that was painted on holds the region itself.
        Assert.Equal("1.000", await found.First.InnerTextAsync());
        Assert.EndsWith("/images/2/crop", await found.First.Locator("img").GetAttributeAsync("src"), StringComparison.Ordinal);
        Assert.Empty(problems);
    }

    [Fact]
    public async Task A_page_sets_colours_and_shape_of_the_widgets()
    {
        IPage page = await browser.OpenAsync();
        await page.GotoAsync(browser.Address + "/widgets-example.html");
        ILocator stage = page.Locator("#several .stage");
        await Assertions.Expect(stage).ToHaveCSSAsync("border-top-left-radius", "24px");
        await StrokeAsync(page, stage);
        int[] painted = await page.Locator("#several canvas").First.EvaluateAsync<int[]>("""
            canvas => {
              const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
              const place = data.findIndex((value, i) => i % 4 === 3 && value === 255);
              return [...data.slice(place - 3, place)];
            }
            """);
        Assert.All(painted.Zip([0x12, 0xb8, 0x86]), pair => Assert.InRange(pair.First, pair.Second - 1, pair.Second + 1));
    }

    [Fact]
    public async Task A_scripts_widget_hands_over_what_is_painted_on_the_chosen_photograph()
    {
        MultiHighlightWidget widget = new([Path.Combine(Repository.Gallery, "cat", "kitten.jpg"), Path.Combine(Repository.Gallery, "hoofed-animal", "calf.jpg")], size: 200, radius: 12);
        IPage page = await browser.OpenAsync(new() { ViewportSize = new() { Width = 700, Height = 900 } });
        IReadOnlyList<string> problems = page.Complaints();
        TaskCompletionSource<Uri> opened = new();
        Task<PixelImage> shown = widget.ShowAsync(opened.SetResult, TestContext.Current.CancellationToken);
        await page.GotoAsync((await opened.Task).AbsoluteUri);
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Done" })).ToBeDisabledAsync();
        await page.GetByRole(AriaRole.Option).Nth(1).ClickAsync();
        await StrokeAsync(page, page.Locator(".stage"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();
        PixelImage mask = await shown.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        await Assertions.Expect(page.GetByText("Thank you.")).ToBeVisibleAsync();

        Assert.Equal(1, widget.SelectedIndex);
        PixelImage calf = ImageDecoder.DecodeFile(Path.Combine(Repository.Gallery, "hoofed-animal", "calf.jpg"));
        Assert.Equal((200, (int)Math.Round(200.0 * calf.Height / calf.Width)), (mask.Width, mask.Height));

        // The stroke goes from 0.35, 0.4 to 0.6, 0.5 of the stage; far from it nothing is painted.
        Assert.Equal(255, mask.Pixels[(int)(0.45 * mask.Height) * 200 + 95]);
        Assert.Equal(0, mask.Pixels[(int)(0.9 * mask.Height) * 200 + 95]);
        Assert.Empty(problems);
    }

    [Fact]
    public async Task The_frame_of_a_notebooks_widget_says_when_the_notebook_is_gone()
    {
        IPage page = await browser.OpenAsync();
        await page.GotoAsync(browser.Address + "/widget-frame.html?widget=0123");
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("there is no widget '0123'", new() { IgnoreCase = true });
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1440)]
    [InlineData(ColorScheme.Dark, 390)]
    public async Task Axe_finds_nothing_wrong_with_the_example_page_and_nothing_is_cut_off(ColorScheme scheme, int width)
    {
        IPage page = await browser.OpenAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 900 } });
        await page.GotoAsync(browser.Address + "/widgets-example.html");
        await StrokeAsync(page, page.Locator("#several .stage"));
        await Assertions.Expect(page.Locator("#found li")).ToHaveCountAsync(8);
        await page.AssertAccessibleAsync();
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
    }

    private static async Task StrokeAsync(IPage page, ILocator stage, bool lift = true)
    {
        await page.StrokeAsync(stage, (0.35f, 0.4f), (0.6f, 0.5f));
        if (lift)
        {
            await page.Mouse.UpAsync();
        }
    }
}
