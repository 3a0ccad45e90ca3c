using System.CommandLine;
using VisualFeatureSearch.Cli.Terminal;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Server;

namespace VisualFeatureSearch.Cli.Commands;

/// <summary><c>vissearch demo</c>: the bundled photo gallery and a bundled network, from nothing to the page.</summary>
internal static class DemoCommand
{
    private const string Network = "ssd-mobilenet-v2-oid";

    /// <summary>Early, middle and late. The page starts with the last, at which animals' heads find animals' heads best.</summary>
    private static readonly string[] Layers = ["expanded_conv_5/add", "expanded_conv_12/add", "expanded_conv_15/add"];

    public static Command Create()
    {
        Option<int> port = ServeCommand.PortOption();
        Option<bool> noBrowser = ServeCommand.NoBrowserOption();
        Option<string?> output = new("--out") { HelpName = "STORE", Description = "Where to keep the gallery's features; without it a folder of the user's cache." };
        Command command = new(
            "demo",
            """
            Computes the features of the bundled photo gallery with a bundled network (under a minute, once), starts the page on
            this machine and opens the browser: paint on a photograph and see which regions look alike.
            """)
        {
            port, noBrowser, output,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            int checkedPort = ServeCommand.ReadPort(parsed.GetValue(port));
            string gallery = Path.Combine(AppContext.BaseDirectory, "assets", "gallery");
            NetworkModel model = ModelLocator.Load(Network);
            PrecomputeJob job = new()
            {
                Images = ImageList.Open(gallery),
                Model = model,
                Layers = Layers,
                Transform = model.DefaultTransform(),
                StorePath = parsed.GetValue(output) ?? DefaultStore(model),
                Created = PrecomputeCommand.Now(),
            };
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(job.StorePath))!);
            PrecomputeSummary summary = await PrecomputeDisplay.RunAsync(job, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            long computed = job.Images.Entries.Count - summary.Resumed;
            await Console.Error.WriteLineAsync(computed > 0
                ? $"Computed the features of {Parsing.Plural(computed, "photograph")} in {summary.Elapsed.TotalSeconds:0.0} s, kept in {job.StorePath}"
                : $"The features of {Parsing.Plural(summary.Images, "photograph")} are in {job.StorePath}").ConfigureAwait(false);
            return await ServeCommand.RunAsync(
                new ServerOptions { Stores = [job.StorePath], Port = checkedPort, Model = model.FilePath, ImagesRoot = gallery },
                !parsed.GetValue(noBrowser),
                cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    /// <summary>One store for each network, transform and gallery, so that a newer version begins a new one.</summary>
    private static string DefaultStore(NetworkModel model)
    {
        string recipe = string.Join('\n', [model.Sha256, .. Layers, model.DefaultTransform().ToJson(), FeaturePrecomputer.ToolVersion]);
        string digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(recipe)))[..8];
        return Path.Combine(UserCache.Folder, $"demo-{digest}", "gallery");
    }
}
