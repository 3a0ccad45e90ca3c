using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace VisualFeatureSearch.Browser.Tests;

/// <summary>The page as a person uses it.</summary>
internal sealed class SearchPage
{
    private SearchPage(IPage page)
    {
        Page = page;
        Problems = page.Complaints();
    }

    public IPage Page { get; }

    /// <summary>What the browser complained about.</summary>
    public IReadOnlyList<string> Problems { get; }

    public ILocator Cards => Page.Locator("vfs-result-card");

    public ILocator Stage => Page.Locator("vfs-highlight .stage");

    public static async Task<SearchPage> OpenAsync(BrowserFixture browser, BrowserNewContextOptions? options = null)
    {
        IPage page = await browser.OpenAsync(options);
        SearchPage search = new(page);
        await page.GotoAsync(browser.Address);
        await search.Stage.WaitForAsync();
        return search;
    }

    public async Task ChooseAsync(string title)
    {
        await Page.GetByRole(AriaRole.Option, new() { Name = title }).First.ClickAsync();
        await Assertions.Expect(Page.Locator("vfs-highlight img")).ToHaveJSPropertyAsync("complete", true);
    }

    /// <summary>Waits until no search is under way and the page shows the last one.</summary>
    public async Task IdleAsync()
    {
        await Page.WaitForFunctionAsync("() => !document.querySelector('vfs-app').live.isBusy");
        await Assertions.Expect(Page.Locator("section.beside")).ToHaveAttributeAsync("aria-busy", "false");
    }

    /// <summary>The rows of the results, best first.</summary>
    public async Task<IReadOnlyList<string>> IndexesAsync() => await Cards.EvaluateAllAsync<string[]>("cards => cards.map(card => card.dataset.index)");

    /// <summary>A button by its whole name.</summary>
    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    /// <summary>A choice by its whole name.</summary>
    public ILocator Choice(string name) => Page.GetByRole(AriaRole.Combobox, new() { Name = name, Exact = true });

    /// <summary>What the results show, as text: to hold two pages against each other.</summary>
    public async Task<string> SimilaritiesAsync() => string.Join(' ', await Cards.Locator(".similarity").AllInnerTextsAsync());

    /// <summary>Opens the page's address in a page of its own.</summary>
    public async Task<SearchPage> OpenAgainAsync(BrowserFixture browser)
    {
        SearchPage other = await OpenAsync(browser);
        await other.Page.GotoAsync(Page.Url);
        await other.Page.ReloadAsync();
        return other;
    }

    /// <summary>How many pixels of the mask are painted.</summary>
    public Task<int> PaintedPixelsAsync() => Page.Locator("vfs-highlight canvas").First.EvaluateAsync<int>(
        "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.filter((value, i) => i % 4 === 3 && value > 127).length");

    /// <summary>Paints one stroke between points given as parts of the stage, and waits for the answer to the finished stroke.</summary>
    /// <returns>The answer: the report of a search, or of a comparison where the page shows one.</returns>
    public async Task<JsonNode> PaintAsync(params (float X, float Y)[] points)
    {
        // While the stroke grows searches follow it; the last answer is the one without a search after it.
        List<Task<string>> answers = [];
        void Collect(object? sender, IResponse response)
        {
            if (response.Url.EndsWith("/search", StringComparison.Ordinal) || response.Url.EndsWith("/api/compare", StringComparison.Ordinal))
            {
                answers.Add(response.TextAsync());
            }
        }

        Page.Response += Collect;
        await Page.StrokeAsync(Stage, points);
        await Page.Mouse.UpAsync();
        await Assertions.Expect(Page.Locator("section.beside")).ToHaveAttributeAsync("aria-busy", "false");
        await Page.WaitForFunctionAsync("() => { const app = document.querySelector('vfs-app'); return !app.live.isBusy && app.answer; }");
        Page.Response -= Collect;
        return JsonNode.Parse(await answers[^1])!;
    }
}
