using System.CommandLine;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using VisualFeatureSearch.Cli.Terminal;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Server;
using VisualFeatureSearch.Server.Pages;

namespace VisualFeatureSearch.Cli.Commands;

/// <summary><c>vissearch serve</c>: the page and the HTTP API over one or more stores.</summary>
internal static class ServeCommand
{
    public const int DefaultPort = 5080;

    public static Command Create()
    {
        Argument<string[]> stores = new("STORE") { Description = "Directories, zip files or web addresses of features.", Arity = ArgumentArity.ZeroOrMore };
        Option<int> port = PortOption();
        Option<bool> noBrowser = NoBrowserOption();
        Option<string?> model = new("--model") { HelpName = "MODEL", Description = "Where the stores' network is now, if it was moved; with --live the network." };
        Option<string> provider = ModelChoices.ProviderOption();
        Option<string?> imagesRoot = new("--images-root") { HelpName = "FOLDER", Description = "Where the images are now, if they were moved." };
        Option<string?> token = TokenOption();
        Command command = new(
            "serve",
            """
            Starts the page to paint and search on, and the HTTP API (described at /openapi/v1.json), on this machine only.
            Stop it with Ctrl+C.

            Without a store, for a look at a few hundred images:
              vissearch serve --live --images photos/ --model net.onnx --layer L
            computes their features into memory first; nothing is written.
            """)
        {
            stores, port, noBrowser, token, model, provider, imagesRoot,
        };
        LiveChoices live = new();
        live.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            // Before features are computed, which may take minutes.
            ServerOptions options = new()
            {
                OpenStores = [.. parsed.GetValue(stores)!.Select(FeatureStore.Open)],
                Port = ReadPort(parsed.GetValue(port)),
                Token = ReadToken(parsed.GetValue(token)),
                Model = parsed.GetValue(model),
                Provider = ModelChoices.ReadProvider(parsed.GetValue(provider)!),
                ImagesRoot = parsed.GetValue(imagesRoot),
            };
            ImageFiles.RequireRoot(options.ImagesRoot);
            options = options with { OpenStores = [.. options.OpenStores, .. await live.ComputeAsync(parsed, options, cancellationToken).ConfigureAwait(false)] };
            return await RunAsync(options, !parsed.GetValue(noBrowser), cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    public static Option<int> PortOption() => new Option<int>("--port") { HelpName = "N", Description = "The port on 127.0.0.1; 0 for any free one.", DefaultValueFactory = _ => DefaultPort }.AsNumber();

    public static Option<bool> NoBrowserOption() => new("--no-browser") { Description = "Do not open the browser." };

    public static Option<string?> TokenOption() => new("--token") { HelpName = "SECRET", Description = "What every request must have, for machines of several users and behind a proxy." };

    /// <exception cref="UsageException">There is no such port.</exception>
    public static int ReadPort(int port) => port is >= 0 and <= 65535 ? port : throw new UsageException($"--port is {port}: it must be from 0 to 65535");

    /// <exception cref="UsageException">It is too short.</exception>
    public static string? ReadToken(string? token) => token is null or { Length: >= 8 }
        ? token
        : throw new UsageException("--token is too short to be a secret: give at least 8 characters");

    /// <summary>Serves until the person stops it.</summary>
    /// <param name="options">What to serve, and where.</param>
    /// <param name="openBrowser">Whether to open the page.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <param name="page">The page that is opened, relative to the server's address.</param>
    /// <param name="invitation">What the person can do there.</param>
    public static async Task<int> RunAsync(ServerOptions options, bool openBrowser, CancellationToken cancellationToken, string page = "", string invitation = "Paint and search")
    {
        WebApplication app = VisualFeatureSearchServer.Create(options);
        await using (app.ConfigureAwait(false))
        {
            foreach (string warning in VisualFeatureSearchServer.Warnings(app))
            {
                await Console.Error.WriteLineAsync(warning).ConfigureAwait(false);
            }

            try
            {
                await app.StartAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (IOException exception) when (exception.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException or SocketException)
            {
                throw new IOException($"port {options.Port} is taken: stop what uses it, or give another --port (0 for any free one)", exception);
            }

            string address = app.Urls.First() + (page.Length == 0 && options.Token is null ? "" : "/") + page + (options.Token is null ? "" : $"?token={Uri.EscapeDataString(options.Token)}");
            await Console.Out.WriteLineAsync($"{invitation} at {address}  (Ctrl+C stops)").ConfigureAwait(false);
            if (openBrowser)
            {
                BrowserWindow.TryOpen(new Uri(address));
            }

            await app.WaitForShutdownAsync(cancellationToken).ConfigureAwait(false);
        }

        return 0;
    }
}
