using Spectre.Console;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Search.Index;

namespace VisualFeatureSearch.Cli.Terminal;

/// <summary>Builds the index of a layer with a progress bar on stderr.</summary>
internal static class IndexDisplay
{
    /// <summary>Builds the indexes of a store that are missing or damaged, or all of them anew.</summary>
    /// <returns>The layers that an index was built for.</returns>
    public static IReadOnlyList<(FeatureArray Layer, IndexSummary Summary)> Build(
        FeatureStore store, IReadOnlyList<FeatureArray> layers, bool rebuild, DateTimeOffset created, CancellationToken cancellationToken)
    {
        List<(FeatureArray Layer, IndexSummary Summary)> built = [];
        foreach (FeatureArray layer in layers)
        {
            if (!rebuild && IsIntact(store, layer))
            {
                continue;
            }

            built.Add((layer, Run(layer, progress => IndexBuilder.Build(store, layer, created, progress, cancellationToken))));
        }

        return built;
    }

    /// <summary>Whether there is an index, and every byte of it is what was written: who was told that it is damaged builds it anew by the same command.</summary>
    private static bool IsIntact(FeatureStore store, FeatureArray layer)
    {
        using FeatureIndex? existing = FeatureIndex.TryOpen(store, layer, out _);
        try
        {
            existing?.VerifyAll();
            return existing is not null;
        }
        catch (IndexException)
        {
            return false;
        }
    }

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
