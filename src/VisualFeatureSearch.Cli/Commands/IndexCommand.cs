using System.CommandLine;
using VisualFeatureSearch.Cli.Terminal;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Search.Index;

namespace VisualFeatureSearch.Cli.Commands;

/// <summary><c>vissearch index</c>: what makes searches of a store fast.</summary>
internal static class IndexCommand
{
    public static Command Create()
    {
        Argument<string> store = new("STORE") { Description = "A directory of features, also of another tool." };
        Option<string?> layer = new("--layer") { HelpName = "L", Description = "Only this layer; without it all of the store's." };
        Option<bool> rebuild = new("--rebuild") { Description = "Build anew what is there already." };
        Command command = new(
            "index",
            """
            Builds the indexes of a store, which make searches many times faster and never change their answers. 'precompute'
            does this at its end; use this for stores of other tools, or when an index is reported as out of date.
            """)
        {
            store, layer, rebuild,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            FeatureStore opened = FeatureStore.Open(parsed.GetValue(store)!);
            if (!opened.IsFinished)
            {
                throw new FeatureStoreException($"{opened.Location} is unfinished: its index is built when the precompute that began it has ended");
            }

            IReadOnlyList<FeatureArray> layers = parsed.GetValue(layer) is { } name ? [opened.FindLayer(name)] : [.. opened.Arrays.Where(IndexBuilder.CanIndex)];
            if (layers.Count == 0)
            {
                throw new IndexException($"no layer of {opened.Location} has enough channels for an index: they are searched as fast without one");
            }

            // Who was told that an index is damaged builds it anew by the same command, so every byte of what is there is looked at.
            foreach (FeatureArray array in layers.Where(array => parsed.GetValue(rebuild) || !FeatureIndex.IsIntact(opened, array, out _)))
            {
                IndexSummary summary = IndexDisplay.Build(opened, array, PrecomputeCommand.Now(), cancellationToken);
                Console.Out.WriteLine(
                    $"{array.Layer}: {Parsing.Plural(summary.Images, "image")} indexed in {summary.Elapsed.TotalSeconds:0.0} s, {Parsing.FormatBytes(summary.IndexBytes)}, {(double)summary.IndexBytes / summary.FeatureBytes:0%} of its features");
            }

            Console.Out.WriteLine($"{opened.Location}: {string.Join(", ", layers.Select(array => array.Layer))} ready");
            return Task.FromResult(0);
        });
        return command;
    }
}
