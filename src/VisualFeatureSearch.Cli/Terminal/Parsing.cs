using System.CommandLine;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;

namespace VisualFeatureSearch.Cli.Terminal;

/// <summary>Options that several commands share, and reading their values.</summary>
internal static class Parsing
{
    public static Option<bool> JsonOption() => new("--json") { Description = "Write the answer as JSON to stdout." };

    public static Option<string?> TransformOption() => new("--transform")
    {
        HelpName = "SPEC",
        Description =
            "How a photograph becomes the network's input: a preset (torchvision-imagenet, tensorflow, raw), with a size as in "
            + "tensorflow:300; a JSON file; or the JSON itself. Without it: what the model's card (MODEL.json) says, else torchvision-imagenet.",
    };

    public static ImageTransform ReadTransform(string? text, NetworkModel model)
    {
        return text is null ? model.DefaultTransform() : ReadTransform(text);
    }

    /// <exception cref="UsageException">The text is no transform.</exception>
    public static ImageTransform ReadTransform(string text)
    {
        try
        {
            return ImageTransform.Parse(text);
        }
        catch (FormatException exception)
        {
            throw new UsageException($"--transform: {exception.Message}", exception);
        }
    }

    public static string Plural(long count, string noun) => count == 1 ? $"1 {noun}" : $"{count:N0} {noun}s";

    public static string FormatBytes(long bytes) => bytes switch
    {
        >= 1L << 30 => $"{bytes / (double)(1L << 30):0.0} GB",
        >= 1L << 20 => $"{bytes / (double)(1L << 20):0.0} MB",
        _ => $"{bytes / 1024.0:0.0} kB",
    };
}
