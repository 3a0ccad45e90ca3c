using Microsoft.AspNetCore.Builder;
using Microsoft.Playwright;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Server;

namespace VisualFeatureSearch.Benchmarks;

/// <summary>Renews the documentation's pictures of every page, over the bundled gallery: light, dark and as wide as a phone.</summary>
internal static class Screenshots
{
    private static readonly (string Name, ColorScheme Scheme, int Width, int Height)[] Looks =
        [("light", ColorScheme.Light, 1440, 1000), ("dark", ColorScheme.Dark, 1440, 1000), ("phone", ColorScheme.Light, 390, 844)];

    public static async Task<int> RunAsync(string target, string chromium)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("vissearch-screenshots-");
        try
        {
            await using WebApplication server = VisualFeatureSearchServer.Create(new ServerOptions { Stores = [await PrecomputeAsync(folder.FullName).ConfigureAwait(false)] });
            await server.StartAsync().ConfigureAwait(false);
            using IPlaywright playwright = await Playwright.CreateAsync().ConfigureAwait(false);
            await using IBrowser browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = ["--no-sandbox", "--disable-gpu"] }).ConfigureAwait(false);
            foreach ((string name, ColorScheme scheme, int width, int height) in Looks)
            {
                IPage page = await browser.NewPageAsync(new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = height } }).ConfigureAwait(false);
                await TakeAsync(page, server.Urls.First(), (view, whole) => SaveAsync(page, Path.Combine(target, $"{view}-{name}.jpg"), whole)).ConfigureAwait(false);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        return 0;
    }

    private static async Task<string> PrecomputeAsync(string folder)
    {
        // Columns beside the label, so that there is something to choose by.
        string manifest = Path.Combine(folder, "photographs.csv");
        string store = Path.Combine(folder, "gallery");
        await File.WriteAllLinesAsync(manifest, ["path,label,site,year", .. ImageList.Open(GalleryCrops.Gallery).Entries.Select((image, row) => $"{image.Path},{image.Label},{(row % 3 == 0 ? "north" : "south")},{1990 + (row % 30)}")]).ConfigureAwait(false);
        NetworkModel model = ModelLocator.Load("ssd-mobilenet-v2-oid");
        await FeaturePrecomputer.RunAsync(new PrecomputeJob
        {
            Images = ImageList.Open(manifest, new DatasetOptions { ImagesRoot = GalleryCrops.Gallery }),
            Model = model,
            Layers = ["expanded_conv_12/add", "expanded_conv_15/add"],
            Transform = model.DefaultTransform(),
            StorePath = store,
            Created = DateTimeOffset.UnixEpoch,
        }).ConfigureAwait(false);
        return store;
    }

    private static async Task TakeAsync(IPage page, string address, Func<string, bool, Task> saveAsync)
    {
        await page.GotoAsync(address).ConfigureAwait(false);
        await page.Locator("vfs-highlight .stage").WaitForAsync().ConfigureAwait(false);
        await page.Locator("vfs-multi-highlight").GetByRole(AriaRole.Option, new() { Name = "mountain gorilla" }).First.ClickAsync().ConfigureAwait(false);
        await PaintAsync(page, page.Locator("vfs-highlight .stage"), (0.44f, 0.3f), (0.52f, 0.32f), (0.48f, 0.4f)).ConfigureAwait(false);
        ILocator second = page.Locator("vfs-result-card").Nth(1);
        await second.HoverAsync().ConfigureAwait(false);
        await second.Locator("canvas.map").WaitForAsync().ConfigureAwait(false);
        await saveAsync("page", false).ConfigureAwait(false);

        await page.GetByRole(AriaRole.Combobox, new() { Name = "Compare", Exact = true }).SelectOptionAsync("layers").ConfigureAwait(false);
        await page.Locator("vfs-distribution-chart svg").WaitForAsync().ConfigureAwait(false);
        await saveAsync("compare", false).ConfigureAwait(false);

        await ClickAsync(page, "Statistics").ConfigureAwait(false);
        await page.Locator("vfs-statistics svg").First.WaitForAsync().ConfigureAwait(false);
        await saveAsync("statistics", true).ConfigureAwait(false);

        await ClickAsync(page, "Browse the dataset").ConfigureAwait(false);
        await page.Locator("vfs-browse img").First.WaitForAsync().ConfigureAwait(false);
        await saveAsync("browse", false).ConfigureAwait(false);

        await page.GotoAsync(address + "/widgets-example.html").ConfigureAwait(false);
        await PaintAsync(page, page.Locator("#one .stage"), (0.4f, 0.4f), (0.6f, 0.5f)).ConfigureAwait(false);
        await PaintAsync(page, page.Locator("#several .stage"), (0.4f, 0.4f), (0.6f, 0.5f)).ConfigureAwait(false);
        await page.Locator("#found li").Nth(7).WaitForAsync().ConfigureAwait(false);
        await saveAsync("widgets-example", true).ConfigureAwait(false);
    }

    private static Task ClickAsync(IPage page, string button) => page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();

    private static async Task PaintAsync(IPage page, ILocator stage, params (float X, float Y)[] points)
    {
        await stage.ScrollIntoViewIfNeededAsync().ConfigureAwait(false);
        LocatorBoundingBoxResult box = (await stage.BoundingBoxAsync().ConfigureAwait(false))!;
        await page.Mouse.MoveAsync(box.X + (points[0].X * box.Width), box.Y + (points[0].Y * box.Height)).ConfigureAwait(false);
        await page.Mouse.DownAsync().ConfigureAwait(false);
        foreach ((float x, float y) in points)
        {
            await page.Mouse.MoveAsync(box.X + (x * box.Width), box.Y + (y * box.Height), new() { Steps = 6 }).ConfigureAwait(false);
        }

        await page.Mouse.UpAsync().ConfigureAwait(false);
    }

    private static async Task SaveAsync(IPage page, string path, bool whole)
    {
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle).ConfigureAwait(false);
        await page.WaitForTimeoutAsync(600).ConfigureAwait(false);
        await page.ScreenshotAsync(new() { Path = path, Type = ScreenshotType.Jpeg, Quality = 80, FullPage = whole }).ConfigureAwait(false);
        Console.WriteLine(path);
    }
}
