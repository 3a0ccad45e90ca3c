using System.CommandLine;
using Spectre.Console;
using VisualFeatureSearch.Cli.Terminal;
using VisualFeatureSearch.Features;

namespace VisualFeatureSearch.Cli.Commands;

/// <summary><c>vissearch export</c>: features in the form of another tool.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        Argument<string> store = new("STORE") { Description = "A directory, zip file or web address of features." };
        Option<string> to = new("--to") { HelpName = "FORM", Description = "The form: original, the caches of the original Python tool.", DefaultValueFactory = _ => "original" };
        to.AcceptOnlyFromAmong("original");
        Option<string> output = new("--out") { HelpName = "DIR", Description = "The directory to write.", Required = true };
        Option<string[]> layers = new("--layer")
        {
            HelpName = "L[=NAME]",
            Description = "Only this layer, and the name of its array, such as --layer /layer4/Relu_output_0=conv5. Give it several times for several; without it all, by their arrays' names.",
        };
        Command command = new(
            "export",
            """
            Writes features as the original tool's caches: a Zarr v2 group that zarr.open_group(DIR)["conv5"] and its
            CachedSearchTool take as they are.
            """)
        {
            store, to, output, layers,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            FeatureStore opened = FeatureStore.Open(parsed.GetValue(store)!);
            if (!opened.IsFinished)
            {
                throw new FeatureStoreException($"{opened.Location} is unfinished: let the precompute that began it end first");
            }

            string path = parsed.GetValue(output)!;
            (FeatureArray Layer, string Name)[] chosen = parsed.GetValue(layers) is { Length: > 0 } wanted
                ? [.. wanted.Select(text => Choose(opened, text))]
                : [.. opened.Arrays.Select(array => (array, array.Name))];
            Run(progress => OriginalExport.Write(chosen, opened.Header is null ? null : opened.Images, opened.ColumnNames, path, progress, cancellationToken));
            Console.Out.WriteLine($"{path}: {string.Join(", ", chosen.Select(layer => $"{layer.Name} [{layer.Layer.Count}, {layer.Layer.Channels}, {layer.Layer.Height}, {layer.Layer.Width}]"))}");
            return Task.FromResult(0);
        });
        return command;
    }

    private static (FeatureArray Layer, string Name) Choose(FeatureStore store, string text)
    {
        int equals = text.LastIndexOf('=');
        string name = text[(equals + 1)..];
        if (equals > 0 && (name.Length == 0 || name.AsSpan().ContainsAny('/', '\\') || name.StartsWith('.')))
        {
            throw new UsageException($"--layer is '{text}': the array's name behind = must not be empty, begin with a dot or have a slash");
        }

        FeatureArray layer = store.FindLayer(equals > 0 ? text[..equals] : text);
        return (layer, equals > 0 ? name : layer.Name);
    }

    private static void Run(Action<IProgress<double>?> export)
    {
        if (Console.IsErrorRedirected)
        {
            export(null);
            return;
        }

        ProgressBars.Stderr.Progress().AutoClear(true).Start(context => export(new ProgressBars.Bar<double>(context.AddTask("Exporting", maxValue: 1), share => share)));
    }
}
