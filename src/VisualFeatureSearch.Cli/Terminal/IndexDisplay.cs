using Spectre.Console;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Search.Index;

namespace VisualFeatureSearch.Cli.Terminal;

/// <summary>Builds the index of a layer with a progress bar on stderr.</summary>
internal static class IndexDisplay
{
    /// <summary>Builds the index of a layer, in place of one that is there.</summary>
    public static IndexSummary Build(FeatureStore store, FeatureArray layer, DateTimeOffset created, CancellationToken cancellationToken) =>
        Run(layer, progress => IndexBuilder.Build(store, layer, created, progress, cancellationToken));

    private static IndexSummary Run(FeatureArray layer, Func<IProgress<IndexProgress>?, IndexSummary> build) => Console.IsErrorRedirected
        ? build(null)
        : ProgressBars.Stderr.Progress()
            .AutoClear(true)
            .Start(context =>
            {
                ProgressTask task = context.AddTask(Markup.Escape($"Indexing {layer.Layer}"), maxValue: layer.Count);
                return build(new ProgressBars.Bar<IndexProgress>(task, value => value.Done));
            });
}
