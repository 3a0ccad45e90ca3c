using System.CommandLine;
using System.Globalization;
using VisualFeatureSearch.Models;

namespace VisualFeatureSearch.Cli.Terminal;

/// <summary>The options that say of a network what its file does not.</summary>
internal sealed class ModelChoices
{
    private readonly Option<string?> _layout = new("--layout")
    {
        HelpName = "LAYOUT",
        Description = "How the network keeps its feature maps: nchw, nhwc, tokens (batch, tokens, channels) or tokens-first; without it found from their shapes.",
    };

    private readonly Option<string?> _grid = new("--grid") { HelpName = "HxW", Description = "The grid that tokens fold to, such as 16x24; without it found from the network's convolutions." };

    private readonly Option<string[]> _inputs = new("--input")
    {
        HelpName = "NAME=VALUE",
        Description = "The value of a further input of the network, such as training=0. Give it once for each.",
    };

    private readonly Option<string> _provider = ProviderOption();

    public ModelChoices() => _layout.AcceptOnlyFromAmong("nchw", "nhwc", "tokens", "tokens-first");

    public static Option<string> ProviderOption()
    {
        Option<string> provider = new("--provider") { Description = "What computes the network.", DefaultValueFactory = _ => "cpu" };
        provider.AcceptOnlyFromAmong("cpu", "cuda", "coreml", "directml", "openvino");
        return provider;
    }

    public static ExecutionProvider ReadProvider(string name) => Enum.Parse<ExecutionProvider>(name, ignoreCase: true);

    public void AddTo(Command command)
    {
        command.Options.Add(_layout);
        command.Options.Add(_grid);
        command.Options.Add(_inputs);
        command.Options.Add(_provider);
    }

    /// <exception cref="UsageException">A value is not of its form.</exception>
    public ModelOptions Read(ParseResult parsed) => new()
    {
        Layout = parsed.GetValue(_layout) is { } layout ? Enum.Parse<FeatureLayout>(layout.Replace("-", "", StringComparison.Ordinal), ignoreCase: true) : null,
        Grid = parsed.GetValue(_grid) is { } grid ? ReadGrid(grid) : null,
        Inputs = (parsed.GetValue(_inputs) ?? []).Select(ReadInput).DistinctBy(input => input.Key).ToDictionary(),
        Provider = ReadProvider(parsed.GetValue(_provider)!),
    };

    private static GridSize ReadGrid(string text)
    {
        string[] sides = text.Split('x');
        return sides.Length == 2
            && int.TryParse(sides[0], NumberStyles.None, CultureInfo.InvariantCulture, out int height) && height > 0
            && int.TryParse(sides[1], NumberStyles.None, CultureInfo.InvariantCulture, out int width) && width > 0
            ? new GridSize(height, width)
            : throw new UsageException($"--grid is '{text}': it must be height and width in cells, such as 16x24");
    }

    private static KeyValuePair<string, double> ReadInput(string text)
    {
        int equals = text.LastIndexOf('=');
        string value = text[(equals + 1)..];
        return equals > 0 && (bool.TryParse(value, out bool flag) | double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
            ? new(text[..equals], flag ? 1 : number)
            : throw new UsageException($"--input is '{text}': it must be the input's name and a number or true or false, such as training=false");
    }
}
