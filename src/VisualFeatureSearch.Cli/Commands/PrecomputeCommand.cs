using System.CommandLine;
using System.Globalization;
using VisualFeatureSearch.Cli.Terminal;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Search.Index;

namespace VisualFeatureSearch.Cli.Commands;

/// <summary><c>vissearch precompute</c>: the features of a dataset, written to a store.</summary>
internal static class PrecomputeCommand
{
    public static Command Create()
    {
        Argument<string> images = new("IMAGES")
        {
            Description = DatasetChoices.ImagesDescription,
        };
        Option<string> model = new("--model") { HelpName = "MODEL", Description = "An ONNX file, or the name of a bundled network.", Required = true };
        Option<string[]> layers = new("--layer")
        {
            HelpName = "L",
            Description = "A tensor of the network ('vissearch layers' lists them). Give it several times for several layers: all are computed in one pass.",
            Required = true,
        };
        Option<string> output = new("--out") { HelpName = "STORE", Description = "The directory to write.", Required = true };
        Option<string> type = new("--dtype") { Description = "How features are stored.", DefaultValueFactory = _ => "float16" };
        type.AcceptOnlyFromAmong("float16", "float32");
        Option<string?> transform = Parsing.TransformOption();
        ModelChoices choices = new();
        DatasetChoices dataset = new();
        Option<int> batch = new Option<int>("--batch") { HelpName = "N", Description = "Images a run of the network. On a CPU several runs of one image side by side are fastest.", DefaultValueFactory = _ => 1 }.AsNumber();
        Option<int> workers = new Option<int>("--workers") { HelpName = "N", Description = "Runs of the network side by side.", DefaultValueFactory = _ => Environment.ProcessorCount }.AsNumber();
        Option<bool> strict = new("--strict") { Description = "Exit with 1 if any image was left out." };
        Option<bool> overwrite = new("--overwrite") { Description = "Delete the store first if it exists." };
        Option<bool> noIndex = new("--no-index") { Description = "Do not build the indexes that make searches fast; 'vissearch index' can do so later." };
        Command command = new(
            "precompute",
            """
            Computes the features of a dataset and writes them to a store that is also a Zarr group for Python.

            It can be stopped or killed at any time: the same command goes on where it was. Files that cannot be decoded are
            left out and listed at the end and in the store's skipped.csv.

            Example:
              vissearch precompute photos/ --model ssd-mobilenet-v2-oid --layer Conv_1 --out photos.zarr
            """)
        {
            images, model, layers, output, type, transform, batch, workers, strict, overwrite, noIndex,
        };
        dataset.AddTo(command);
        choices.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(batch) < 1 || parsed.GetValue(workers) < 1)
            {
                throw new UsageException("--batch and --workers must be at least 1");
            }

            NetworkModel network = ModelLocator.Load(parsed.GetValue(model)!, choices.Read(parsed));
            if (parsed.GetValue(transform) is null && network.Card.Transform is null)
            {
                await Console.Error.WriteLineAsync($"The model has no card and no --transform is given: using torchvision-imagenet.").ConfigureAwait(false);
            }

            PrecomputeJob job = new()
            {
                Images = ImageList.Open(parsed.GetValue(images)!, dataset.Read(parsed)),
                Model = network,
                Layers = [.. parsed.GetValue(layers)!.Distinct()],
                Transform = Parsing.ReadTransform(parsed.GetValue(transform), network),
                StorePath = parsed.GetValue(output)!,
                IsHalf = parsed.GetValue(type) == "float16",
                Batch = parsed.GetValue(batch),
                Workers = parsed.GetValue(workers),
                Overwrite = parsed.GetValue(overwrite),
                Created = Now(),
            };
            return await RunAsync(job, parsed.GetValue(strict), !parsed.GetValue(noIndex), cancellationToken).ConfigureAwait(false);
        });
        return command;
    }

    private static async Task<int> RunAsync(PrecomputeJob job, bool isStrict, bool buildIndex, CancellationToken cancellationToken)
    {
        PrecomputeSummary summary = await PrecomputeDisplay.RunAsync(job, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        int skipped = PrecomputeDisplay.ListLeftOut(job, FeatureStore.Open(job.StorePath));
        long computed = job.Images.Entries.Count - summary.Resumed;
        string work = computed == 0
            ? "the store was complete already"
            : $"{Parsing.Plural(computed, "image")} in {summary.Elapsed.TotalSeconds:0.0} s ({computed / summary.Elapsed.TotalSeconds:0} images/s)"
                + (summary.Resumed > 0 ? $", after {summary.Resumed:N0} of an earlier run" : "");
        await Console.Error.WriteLineAsync(
            $"{job.StorePath}: {Parsing.Plural(summary.Images, "image")} complete, {skipped:N0} left out; {work}").ConfigureAwait(false);
        if (summary.OutOfRange > 0)
        {
            await Console.Error.WriteLineAsync(
                $"{Parsing.Plural(summary.OutOfRange, "image")} have features beyond float16's range (65504); a search leaves them out: use --dtype float32").ConfigureAwait(false);
        }

        if (buildIndex)
        {
            FeatureStore store = FeatureStore.Open(job.StorePath);
            foreach (FeatureArray layer in store.Arrays.Where(layer => IndexBuilder.IsWorthwhile(layer) && !FeatureIndex.IsThere(store, layer)))
            {
                IndexSummary index = IndexDisplay.Build(store, layer, job.Created, cancellationToken);
                await Console.Error.WriteLineAsync($"{layer.Layer}: indexed in {index.Elapsed.TotalSeconds:0.0} s").ConfigureAwait(false);
            }
        }

        if (summary.Images == 0)
        {
            await Console.Error.WriteLineAsync("vissearch: none of the images could be read, so there is nothing to search").ConfigureAwait(false);
            return CommandRunner.Failed;
        }

        return isStrict && skipped > 0 ? CommandRunner.Failed : 0;
    }

    /// <summary>The time that goes into the store; SOURCE_DATE_EPOCH fixes it for reproducible stores.</summary>
    /// <exception cref="UsageException">It is no number of seconds since 1970.</exception>
    internal static DateTimeOffset Now()
    {
        string? epoch = Environment.GetEnvironmentVariable("SOURCE_DATE_EPOCH");
        if (string.IsNullOrEmpty(epoch))
        {
            return TimeProvider.System.GetUtcNow();
        }

        return long.TryParse(epoch, NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : throw new UsageException($"the environment's SOURCE_DATE_EPOCH is '{epoch}': it must be a number of seconds since 1970");
    }
}
