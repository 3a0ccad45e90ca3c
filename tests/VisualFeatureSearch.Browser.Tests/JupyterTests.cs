using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Browser.Tests;

/// <summary>The Python client's widgets inside a Jupyter page, painted on with a real pointer.</summary>
public sealed partial class JupyterTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_highlight_painted_in_a_notebook_is_read_searched_and_shown_by_its_next_cells()
    {
        using TemporaryFolder folder = new();
        string gorilla = Path.Combine(Repository.Gallery, "primate", "mountain-gorilla.jpg");
        string[] cells =
        [
            $"import visualfeaturesearch_client as vfs\nclient = vfs.connect('{browser.Address}')\nrow = client.images(where=\"path = 'primate/mountain-gorilla.jpg'\")[0]['index']\nwidget = vfs.MultiHighlightWidget(['{gorilla}', client.crop(row)], size=320)\nwidget",
            "print('mask', widget.mask.shape, widget.mask.dtype, int((widget.mask > 0).sum()), 'of picture', widget.selected_index)",
            "results = client.search(None, widget, top=6)\nresults",
        ];
        await WriteNotebookAsync(folder["painting.ipynb"], cells);
        using Process jupyter = StartJupyter(folder.Path);
        try
        {
            string address = await FindAddressAsync(jupyter);
            IPage page = await browser.OpenAsync(new() { ViewportSize = new() { Width = 1200, Height = 1400 } });
            await page.GotoAsync(address.Replace("/?token", "/notebooks/painting.ipynb?token", StringComparison.Ordinal));
            await page.Locator(".kernel_idle_icon").WaitForAsync(new() { Timeout = 60_000 });

            await RunAsync(page, 0);
            IFrameLocator frame = page.FrameLocator("iframe[src*='widget-frame.html']");
            await frame.GetByRole(AriaRole.Option).Nth(1).ClickAsync(new() { Timeout = 60_000 });
            await page.StrokeAsync(frame.Locator(".stage"), (0.4f, 0.3f), (0.55f, 0.4f));
            await page.Mouse.UpAsync();
            await page.WaitForTimeoutAsync(500);

            ILocator read = await RunAsync(page, 1);
            await Assertions.Expect(read).ToContainTextAsync(new Regex(@"mask \(320, 320\) uint8 [1-9]\d{2,} of picture 1"));
            ILocator shown = await RunAsync(page, 2);
            await Assertions.Expect(shown.Locator("figure")).ToHaveCountAsync(6);
            await Assertions.Expect(shown.Locator("figcaption").First).ToContainTextAsync("primate");
            Assert.True(await shown.Locator("figure img").First.EvaluateAsync<bool>("image => image.naturalWidth === 320"));
        }
        finally
        {
            jupyter.Kill(entireProcessTree: true);
            await jupyter.WaitForExitAsync(CancellationToken.None);
        }
    }

    /// <summary>Runs a cell as a person does and waits until its kernel has answered.</summary>
    private static async Task<ILocator> RunAsync(IPage page, int cell)
    {
        ILocator found = page.Locator(".code_cell").Nth(cell);
        await found.Locator(".CodeMirror").ClickAsync();
        await page.Keyboard.PressAsync("Shift+Enter");
        await Assertions.Expect(found.Locator(".input_prompt")).ToHaveTextAsync(new Regex(@"\[\d+\]"), new() { Timeout = 60_000 });
        return found.Locator(".output_wrapper");
    }

    private static Task WriteNotebookAsync(string path, string[] cells) => File.WriteAllTextAsync(
        path,
        JsonSerializer.Serialize(new
        {
            cells = cells.Select(source => new { cell_type = "code", execution_count = (int?)null, metadata = new { }, outputs = Array.Empty<object>(), source }),
            metadata = new { kernelspec = new { display_name = "Python 3", language = "python", name = "python3" } },
            nbformat = 4,
            nbformat_minor = 4,
        }),
        Token);

    private static Process StartJupyter(string folder)
    {
        ProcessStartInfo start = Peer.PythonClient("notebook, ipykernel", folder, "-m", "notebook", "--no-browser", "--allow-root", "--ip=127.0.0.1", $"--port={FreePort()}", $"--notebook-dir={folder}");
        start.Environment["HOME"] = folder;
        return Process.Start(start)!;
    }

    /// <summary>A port that nobody listens on: of any free one Jupyter would not say which it took.</summary>
    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<string> FindAddressAsync(Process jupyter)
    {
        while (await jupyter.StandardError.ReadLineAsync(Token) is { } line)
        {
            if (Address().Match(line) is { Success: true } found)
            {
                // What it says later must not fill its pipe.
                _ = jupyter.StandardError.ReadToEndAsync(CancellationToken.None);
                return found.Value;
            }
        }

        throw new InvalidOperationException("Jupyter ended without an address.");
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+/\?token=\w+")]
    private static partial Regex Address();
}
