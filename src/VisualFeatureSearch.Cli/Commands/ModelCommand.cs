using System.CommandLine;
using Spectre.Console;
using VisualFeatureSearch.Cli.Terminal;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Models.Catalogue;

namespace VisualFeatureSearch.Cli.Commands;

/// <summary><c>vissearch model</c>: networks that are there, fetching others, and their weights.</summary>
internal static class ModelCommand
{
    public static Command Create() => new("model", "Lists the networks that are there or can be fetched, fetches them, and edits their weights.")
    {
        CreateList(), CreatePull(), WeightCommands.CreateWeights(), WeightCommands.CreateEdit(),
    };

    private static Command CreateList()
    {
        Option<bool> json = Parsing.JsonOption();
        Command command = new("list", "Lists bundled and fetched networks, and those of the catalogue.") { json };
        command.SetAction(parsed =>
        {
            IReadOnlyList<CatalogueEntry> catalogue = ModelCatalogue.Bundled;
            IEnumerable<(string Name, string State, string? Title, string? Licence)> rows =
                ModelLocator.BundledNames.Select(name => Describe(name, "bundled", ModelLocator.BundledFolder))
                .Concat(ModelLocator.FetchedNames.Select(name => Describe(name, "fetched", ModelDownloader.DefaultFolder)))
                .Concat(catalogue.Where(entry => !ModelLocator.FetchedNames.Contains(entry.Name)).Select(entry => (entry.Name, "to fetch", entry.Title, entry.Licence)));
            if (parsed.GetValue(json))
            {
                Json.Write(rows.Select(row => new { name = row.Name, state = row.State, title = row.Title, licence = row.Licence }));
                return 0;
            }

            Table table = Tables.New("Name", "", "What", "Licence");
            foreach ((string name, string state, string? title, string? licence) in rows)
            {
                table.AddCells(name, state, title, licence);
            }

            Tables.Write(table);
            Console.Out.WriteLine($"Fetch one: vissearch model pull NAME. Fetched networks are kept in {ModelDownloader.DefaultFolder}");
            return 0;
        });
        return command;
    }

    private static Command CreatePull()
    {
        Argument<string> source = new("NAME|URL") { Description = "A name of the catalogue ('vissearch model list'), or the address of an ONNX file." };
        Option<string?> sha256 = new("--sha256") { HelpName = "HASH", Description = "The SHA-256 that the file must have." };
        Option<string?> transform = new("--transform") { HelpName = "SPEC", Description = "The image transform to write down with the network, as 'precompute' takes it." };
        Option<string?> licence = new("--licence") { HelpName = "TEXT", Description = "The licence of the weights, to write down." };
        Command command = new(
            "pull",
            """
            Fetches a network into the user's cache, where every command finds it by its name, and writes its source, licence,
            transform and SHA-256 down beside it. A download that was stopped goes on where it was.
            """)
        {
            source, sha256, transform, licence,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            CatalogueEntry entry = ModelCatalogue.Find(parsed.GetValue(source)!);
            entry = entry with
            {
                Sha256 = parsed.GetValue(sha256)?.ToLowerInvariant() ?? entry.Sha256,
                Transform = parsed.GetValue(transform) ?? entry.Transform,
                Licence = parsed.GetValue(licence) ?? entry.Licence,
            };
            EnsureValid(entry);
            using HttpClient client = ModelDownloader.CreateClient();
            DownloadedModel model = await PullAsync(client, entry, cancellationToken).ConfigureAwait(false);
            await Console.Out.WriteLineAsync($"{entry.Name}: {(model.WasThere ? "was there already, " : "")}{model.Path}").ConfigureAwait(false);
            await Console.Out.WriteLineAsync($"SHA-256 {model.Sha256}{(model.IsVerified ? "" : ", compared with nothing: its source publishes none. Give it with --sha256 next time")}").ConfigureAwait(false);
            await Console.Out.WriteLineAsync($"licence {ModelCard.ForModel(model.Path).Licence ?? "unknown: look at its source before using it"}").ConfigureAwait(false);
            await Console.Out.WriteLineAsync($"Then: vissearch layers {entry.Name}").ConfigureAwait(false);
            return 0;
        });
        return command;
    }

    /// <summary>What would be found wrong only after the download otherwise.</summary>
    /// <exception cref="UsageException">The hash or the transform cannot be one.</exception>
    private static void EnsureValid(CatalogueEntry entry)
    {
        if (entry.Sha256 is { } hash && !(hash.Length == 64 && hash.All(char.IsAsciiHexDigit)))
        {
            throw new UsageException($"--sha256 is '{hash}': a SHA-256 has 64 digits, 0 to 9 and a to f");
        }

        _ = entry.Transform is null ? null : Parsing.ReadTransform(entry.Transform);
    }

    private static Task<DownloadedModel> PullAsync(HttpClient client, CatalogueEntry entry, CancellationToken cancellationToken)
    {
        ModelDownloader downloader = new(client, ModelDownloader.DefaultFolder);
        return Console.IsErrorRedirected
            ? downloader.PullAsync(entry, null, cancellationToken)
            : ProgressBars.Stderr.Progress()
                .AutoClear(true)
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new DownloadedColumn(), new TransferSpeedColumn(), new RemainingTimeColumn())
                .StartAsync(context =>
                {
                    ProgressTask task = context.AddTask(entry.Name, maxValue: entry.Bytes ?? double.MaxValue);
                    return downloader.PullAsync(entry, new Bar(task), cancellationToken);
                });
    }

    private static (string Name, string State, string? Title, string? Licence) Describe(string name, string state, string folder)
    {
        ModelCard card = ModelCard.ForModel(Path.Combine(folder, name + ".onnx"));
        return (name, state, card.Title, card.Licence);
    }

    private sealed class Bar(ProgressTask task) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value)
        {
            task.MaxValue = value.Total ?? task.MaxValue;
            task.Value = value.Done;
        }
    }
}
