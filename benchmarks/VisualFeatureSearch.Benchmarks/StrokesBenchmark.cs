using Microsoft.AspNetCore.Builder;
using Microsoft.Playwright;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Server;

namespace VisualFeatureSearch.Benchmarks;

/// <summary>
/// How long results take to follow a hand: strokes with a real pointer in a real Chromium, from the moment that the pointer
/// is lifted to the first frame with the results of the finished stroke, and to the one in which all photographs in view are decoded.
/// </summary>
internal static class StrokesBenchmark
{
    private const int Steps = 14;
    private const int StrokesOnPhotograph = 5;

    /// <summary>Measures in the page, frame by frame; the time stamp of the event is when the system saw the pointer lifted.</summary>
    private const string Watch = """
        () => {
          const all = (root, name, found = []) => {
            for (const element of root.querySelectorAll('*')) {
              if (element.localName === name) found.push(element);
              if (element.shadowRoot) all(element.shadowRoot, name, found);
            }
            return found;
          };
          const afterFrame = () => new Promise(resolve => requestAnimationFrame(() => setTimeout(() => resolve(performance.now()), 0)));
          const app = document.querySelector('vfs-app');
          const inView = card => { const { top, bottom } = card.getBoundingClientRect(); return bottom > 0 && top < innerHeight; };
          window.measured = new Promise(resolve => addEventListener('pointerdown', () => {
            let refreshes = 0, shown = app.answer, isDown = true;
            const count = () => { if (app.answer !== shown) { refreshes++; shown = app.answer; } if (isDown) requestAnimationFrame(count); };
            requestAnimationFrame(count);
            addEventListener('pointerup', async event => {
              isDown = false;
              let now;
              do now = await afterFrame(); while (app.live.isBusy);
              const results = now - event.timeStamp;
              const pictures = all(app.shadowRoot, 'vfs-result-card').filter(inView).map(card => card.shadowRoot.querySelector('img'));
              while (!pictures.every(picture => picture.complete && picture.naturalWidth > 0)) now = await afterFrame();
              resolve([results, now - event.timeStamp, refreshes, pictures.length]);
            }, { once: true, capture: true });
          }, { once: true, capture: true }));
        }
        """;

    public static async Task<int> RunAsync(FeatureStore store, int strokes, string chromium)
    {
        await using WebApplication server = VisualFeatureSearchServer.Create(new ServerOptions { OpenStores = [store] });
        await server.StartAsync().ConfigureAwait(false);
        using IPlaywright playwright = await Playwright.CreateAsync().ConfigureAwait(false);
        await using IBrowser browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = ["--no-sandbox", "--disable-gpu"] }).ConfigureAwait(false);
        IPage page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = 1440, Height = 1000 } }).ConfigureAwait(false);
        await page.GotoAsync(server.Urls.First()).ConfigureAwait(false);
        ILocator stage = page.Locator("vfs-highlight .stage");
        await stage.WaitForAsync().ConfigureAwait(false);

        Random random = new(1);
        List<double[]> measured = [];

        // The first strokes warm up the server's and the browser's compilers.
        for (int stroke = -10; stroke < strokes; stroke++)
        {
            if (stroke % StrokesOnPhotograph == 0)
            {
                await page.Locator("vfs-multi-highlight").GetByRole(AriaRole.Option).Nth(random.Next(12)).ClickAsync().ConfigureAwait(false);
                await page.WaitForTimeoutAsync(300).ConfigureAwait(false);
            }

            double[] times = await StrokeAsync(page, stage, random).ConfigureAwait(false);
            if (stroke >= 0)
            {
                measured.Add(times);
            }
        }

        Console.WriteLine($"{strokes} strokes over {store.Arrays[0].Count} images, {store.Arrays[0].Channels} x {store.Arrays[0].Height} x {store.Arrays[0].Width}, {Environment.ProcessorCount} cores shared by server and browser");
        Report("results of the finished stroke", measured.Select(times => times[0]));
        Report("all photographs in view", measured.Select(times => times[1]));
        Console.WriteLine($"results refreshed {Measure.Median(measured.Select(times => times[2])):0} times while a stroke grew (median); {Measure.Median(measured.Select(times => times[3])):0} photographs in view");
        return 0;
    }

    private static void Report(string what, IEnumerable<double> times) =>
        Console.WriteLine($"{what}: median {Measure.Median(times):0} ms, p95 {Measure.Percentile(times, 0.95):0} ms, longest {times.Max():0} ms");

    /// <summary>One stroke over a fifth to three fifths of the photograph, at the pace of a hand.</summary>
    private static async Task<double[]> StrokeAsync(IPage page, ILocator stage, Random random)
    {
        await stage.PressAsync("Delete").ConfigureAwait(false);
        await page.EvaluateAsync(Watch).ConfigureAwait(false);
        LocatorBoundingBoxResult box = (await stage.BoundingBoxAsync().ConfigureAwait(false))!;
        (double x, double y) = (0.2 + (0.6 * random.NextDouble()), 0.2 + (0.6 * random.NextDouble()));
        double angle = 2 * Math.PI * random.NextDouble();
        double length = 0.2 + (0.4 * random.NextDouble());
        await MoveAsync(x, y).ConfigureAwait(false);
        await page.Mouse.DownAsync().ConfigureAwait(false);
        for (int step = 1; step <= Steps; step++)
        {
            double part = length * step / Steps;
            await MoveAsync(x + (part * Math.Cos(angle)), y + (part * Math.Sin(angle))).ConfigureAwait(false);
            await Task.Delay(16).ConfigureAwait(false);
        }

        await page.Mouse.UpAsync().ConfigureAwait(false);
        return await page.EvaluateAsync<double[]>("measured").ConfigureAwait(false);

        Task MoveAsync(double toX, double toY) =>
            page.Mouse.MoveAsync(box.X + (float)(Math.Clamp(toX, 0.02, 0.98) * box.Width), box.Y + (float)(Math.Clamp(toY, 0.02, 0.98) * box.Height));
    }
}
