using Microsoft.AspNetCore.Builder;
using Microsoft.Playwright;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Server;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Browser.Tests;

/// <summary>A server over the bundled gallery, seen by two networks, and a real Chromium.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    /// <summary>
    /// How long a page is waited for. All test projects run at once: on a busy machine of two cores an article has been seen to take more
    /// than twenty seconds to load.
    /// </summary>
    private const float MostMilliseconds = 60_000;

    private static readonly string[] Places =
    [
        Environment.GetEnvironmentVariable("CHROMIUM") ?? "",
        "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/snap/bin/chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium",
        @"C:\Program Files\Google\Chrome\Application\chrome.exe", @"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    ];

    private readonly TemporaryFolder _folder = new();
    private WebApplication? _app;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public string Address => _app!.Urls.First();

    /// <summary>The article that is served.</summary>
    public string Article => _folder["article.md"];

    /// <summary>What is served.</summary>
    public ServerOptions Options { get; private set; } = new();

    public async ValueTask InitializeAsync()
    {
        string? chromium = Array.Find(Places, File.Exists);
        if (chromium is null)
        {
            return;
        }

        await File.WriteAllLinesAsync(_folder["photographs.csv"], ["path,label,site,year", .. ImageList.Open(Repository.Gallery).Entries.Select((image, row) => $"{image.Path},{image.Label},{(row % 3 == 0 ? "north" : "south")},{1990 + (row % 30)}")]);
        ImageList images = ImageList.Open(_folder["photographs.csv"], new DatasetOptions { ImagesRoot = Repository.Gallery });
        await PrecomputeAsync(images, "gallery", "ssd-mobilenet-v2-oid", "expanded_conv_12/add", "expanded_conv_15/add");
        await PrecomputeAsync(images, "centernet", "centernet-mobilenet-v3-coco", "expanded_conv_14/add");
        await File.WriteAllTextAsync(Article, """
            # A gorilla and a windmill

            ```highlight
            name: the face
            store: gallery
            image: primate/mountain-gorilla.jpg
            ellipse: [0.48, 0.40, 0.14, 0.18]
            ```

            ```results
            highlight: the face
            layer: expanded_conv_15/add
            top: 5
            ```

            ```compare
            highlight: the face
            rows: [{ layer: expanded_conv_12/add }, { store: centernet, title: the other network }]
            top: 4
            ```

            ```chart
            highlight: the face
            ```

            ```highlight
            name: the sails
            image: windmill/schillingstedt-windmill.jpg
            box: [0.3, 0.2, 0.4, 0.4]
            ```

            ```results
            highlight: the sails
            top: 3
            ```

            ```chart
            show: cka
            ```

            | a table | of the text |
            |---|---|
            | one | two |
            """);
        Options = new ServerOptions { Stores = [_folder["gallery"], _folder["centernet"]], Article = Article };
        _app = VisualFeatureSearchServer.Create(Options);
        await _app.StartAsync();
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = chromium,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
    }

    /// <summary>A new page of its own. Without a browser the test is skipped, but never in CI.</summary>
    public async Task<IPage> OpenAsync(BrowserNewContextOptions? options = null)
    {
        if (_browser is null)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", "No Chromium found: install it, or name it in the variable CHROMIUM.");
            Assert.Fail("No Chromium found, which CI needs.");
        }

        IBrowserContext context = await _browser.NewContextAsync(options ?? new() { ViewportSize = new() { Width = 1440, Height = 1000 } });
        context.SetDefaultTimeout(MostMilliseconds);
        Assertions.SetDefaultExpectTimeout(MostMilliseconds);
        return await context.NewPageAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        _folder.Dispose();
    }

    private async Task PrecomputeAsync(ImageList images, string name, string network, params string[] layers)
    {
        NetworkModel model = NetworkModel.Load(Repository.Model(network + ".onnx"));
        await FeaturePrecomputer.RunAsync(new PrecomputeJob
        {
            Images = images,
            Model = model,
            Layers = layers,
            Transform = model.DefaultTransform(),
            StorePath = _folder[name],
            Created = DateTimeOffset.UnixEpoch,
        });
    }
}
