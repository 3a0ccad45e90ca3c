using System.CommandLine;
using VisualFeatureSearch.Cli.Terminal;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Server;

namespace VisualFeatureSearch.Cli.Commands;

/// <summary>The options of <c>vissearch serve --live</c>: features that are computed into memory instead of read from a store.</summary>
internal sealed class LiveChoices
{
    private readonly Option<bool> _live = new("--live") { Description = "Compute the features of --images into memory and search them." };
    private readonly Option<string?> _images = new("--images") { HelpName = "IMAGES", Description = "With --live: " + DatasetChoices.ImagesDescription };
    private readonly Option<string[]> _layers = new("--layer") { HelpName = "L", Description = "With --live: a tensor of the network; several times for several." };
    private readonly Option<string?> _transform = Parsing.TransformOption();

    public void AddTo(Command command)
    {
        command.Options.Add(_live);
        command.Options.Add(_images);
        command.Options.Add(_layers);
        command.Options.Add(_transform);
    }

    /// <summary>Computes what is to be searched live; nothing where that is not asked for.</summary>
    /// <exception cref="UsageException">Options are missing, or there is nothing to serve.</exception>
    public async Task<IReadOnlyList<FeatureStore>> ComputeAsync(ParseResult parsed, ServerOptions options, CancellationToken cancellationToken)
    {
        string? images = parsed.GetValue(_images);
        string[] layers = [.. (parsed.GetValue(_layers) ?? []).Distinct()];
        if (!parsed.GetValue(_live))
        {
            return images is not null || layers.Length > 0 ? throw new UsageException("--images and --layer need --live")
                : options.OpenStores.Count == 0 ? throw new UsageException("give a STORE, or --live with --images, --model and --layer")
                : [];
        }

        if (images is null || options.Model is not { } model || layers.Length == 0)
        {
            throw new UsageException("--live needs --images, --model and --layer");
        }

        NetworkModel network = ModelLocator.Load(model, new ModelOptions { Provider = options.Provider });
        PrecomputeJob job = new()
        {
            Images = ImageList.Open(images),
            Model = network,
            Layers = layers,
            Transform = Parsing.ReadTransform(parsed.GetValue(_transform), network),
            StorePath = $"live: {Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(images)))}",
            Created = PrecomputeCommand.Now(),
        };
        FeatureStore store = await PrecomputeDisplay.RunInMemoryAsync(job, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        int skipped = PrecomputeDisplay.ListLeftOut(job, store);
        if (store.Count == 0)
        {
            throw new DatasetException($"{images}: none of its images could be read");
        }

        await Console.Error.WriteLineAsync($"{Parsing.Plural(store.Count, "image")} in memory, {skipped:N0} left out").ConfigureAwait(false);
        return [store];
    }
}
