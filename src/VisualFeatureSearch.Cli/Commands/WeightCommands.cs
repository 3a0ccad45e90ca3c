using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using Spectre.Console;
using VisualFeatureSearch.Cli.Terminal;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Models;

namespace VisualFeatureSearch.Cli.Commands;

/// <summary><c>vissearch model weights</c> and <c>vissearch model edit</c>: a network's weights as NumPy files, and back.</summary>
internal static partial class WeightCommands
{
    public static Command CreateWeights()
    {
        Argument<string> model = ModelArgument();
        Option<string?> weight = new("--weight") { HelpName = "NAME", Description = "A weight to write to --out: its name, or the layer that it is of." };
        Option<string?> output = new("--out") { HelpName = "W.npy", Description = "Where to write the weight, as float32 with its own shape." };
        Option<bool> json = Parsing.JsonOption();
        Command command = new(
            "weights",
            """
            Lists a network's weights, or writes one as a NumPy file:
              vissearch model weights net.onnx --weight conv5/weight --out w.npy
            """)
        {
            model, weight, output, json,
        };
        command.SetAction(parsed =>
        {
            ModelWeights weights = ModelWeights.Load(ModelLocator.Find(parsed.GetValue(model)!));
            switch (parsed.GetValue(weight), parsed.GetValue(output))
            {
                case ({ } name, { } file):
                    WeightInfo found = weights.Find(name);
                    File.WriteAllBytes(file, NpyFile.WriteFloats(weights.Read(name), [.. found.Shape]));
                    Console.Out.WriteLine($"{found.Name}, {found.ElementType} [{string.Join(", ", found.Shape)}], written to {file}");
                    return 0;
                case (null, null):
                    List(weights, parsed.GetValue(json));
                    return 0;
                default:
                    throw new UsageException("--weight and --out belong together");
            }
        });
        return command;
    }

    public static Command CreateEdit()
    {
        Argument<string> model = ModelArgument();
        Option<string[]> replace = new("--weight") { HelpName = "NAME=W.npy", Description = "A weight and the NumPy file that replaces it; may be given several times." };
        Option<string[]> scale = new("--scale") { HelpName = "NAME[CHANNELS]=FACTOR", Description = "A weight and what to multiply it by; of a convolution also only some output channels, such as [3,8-15]. 0 sets them to zero, a bias stays. May be given several times." };
        Option<string> output = new("--out") { HelpName = "EDITED.onnx", Description = "Where to write the edited network.", Required = true };
        Command command = new(
            "edit",
            """
            Writes a copy of a network with other weights, so that it can be compared before and after:
              vissearch model edit net.onnx --weight conv5/weight=w.npy --out edited.onnx
              vissearch model edit net.onnx --scale "conv5/weight[3,8-15]=0" --out without.onnx
            """)
        {
            model, replace, scale, output,
        };
        command.SetAction(parsed =>
        {
            string[] replacements = parsed.GetValue(replace) ?? [];
            string[] scalings = parsed.GetValue(scale) ?? [];
            if (replacements.Length + scalings.Length == 0)
            {
                throw new UsageException("there is nothing to edit: give --weight or --scale");
            }

            ModelWeights weights = ModelWeights.Load(ModelLocator.Find(parsed.GetValue(model)!));
            foreach (string text in replacements)
            {
                Replace(weights, text);
            }

            foreach (string text in scalings)
            {
                Scale(weights, text);
            }

            string path = parsed.GetValue(output)!;
            weights.Save(path);
            Console.Out.WriteLine($"{path}: SHA-256 {NetworkModel.Load(path).Sha256}");
            return 0;
        });
        return command;
    }

    private static Argument<string> ModelArgument() => new("MODEL") { Description = "An ONNX file, or the name of a bundled or fetched network." };

    private static void List(ModelWeights weights, bool asJson)
    {
        if (asJson)
        {
            Json.Write(weights.Weights.Select(weight => new { weight.Name, weight.Shape, weight.ElementType, weight.UsedBy, Layer = weight.Output }));
            return;
        }

        Table table = Tables.New("Weight", "Shape", "Type", "Of", "Layer");
        foreach (WeightInfo weight in weights.Weights)
        {
            table.AddCells(weight.Name, $"[{string.Join(", ", weight.Shape)}]", weight.ElementType, weight.UsedBy, weight.Output);
        }

        Tables.Write(table);
    }

    private static void Replace(ModelWeights weights, string text)
    {
        // A weight's name may have an equals sign, a file's seldom has.
        int equals = text.LastIndexOf('=');
        if (equals < 1)
        {
            throw new UsageException($"--weight is '{text}': it must be the weight's name and a NumPy file, such as conv5/weight=w.npy");
        }

        string file = text[(equals + 1)..];
        WeightInfo weight = weights.Find(text[..equals]);
        NpyFile array = NpyFile.Read(file);
        if (!array.Shape.SequenceEqual(weight.Shape))
        {
            throw new UsageException($"--weight: {file} has the shape ({string.Join(", ", array.Shape)}), the weight '{weight.Name}' has ({string.Join(", ", weight.Shape)})");
        }

        weights.Replace(weight.Name, array.Values);
    }

    private static void Scale(ModelWeights weights, string text)
    {
        System.Text.RegularExpressions.Match match = ScalePattern().Match(text);
        if (!match.Success || !float.TryParse(match.Groups["factor"].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out float factor) || !float.IsFinite(factor))
        {
            throw new UsageException($"--scale is '{text}': it must be the weight's name, perhaps its channels, and a number, such as \"conv5/weight[3,8-15]=0\"");
        }

        WeightInfo weight = weights.Find(match.Groups["name"].Value);
        if (match.Groups["channels"].Success && weight.UsedBy != "Conv")
        {
            throw new UsageException($"--scale: '{weight.Name}' is of a {(weight.UsedBy.Length == 0 ? "node that is not known" : weight.UsedBy)}, whose channels lie otherwise: only those of a Conv can be chosen. Edit it as a NumPy file: 'vissearch model weights --weight {weight.Name} --out w.npy'");
        }

        float[] values = weights.Read(weight.Name);
        int channels = weight.Shape.Count == 0 ? 1 : weight.Shape[0];
        int length = channels == 0 ? 0 : values.Length / channels;
        IEnumerable<int> scaled = match.Groups["channels"].Success ? Channels(match.Groups["channels"].Value, weight, channels) : Enumerable.Range(0, channels);
        foreach (int channel in scaled)
        {
            foreach (ref float value in values.AsSpan(channel * length, length))
            {
                // Adding zero makes one of -0, so that taking channels away gives the same file as a weight of zeros.
                value = (value * factor) + 0f;
            }
        }

        weights.Replace(weight.Name, values);
    }

    private static SortedSet<int> Channels(string text, WeightInfo weight, int channels)
    {
        SortedSet<int> found = [];
        foreach (string part in text.Split(','))
        {
            string[] ends = part.Split('-');
            if (!int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
                || !int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int last)
                || ends.Length > 2 || first > last || last >= channels)
            {
                throw new UsageException($"--scale: '{part}' is not a channel of '{weight.Name}': they are 0 to {channels - 1}, several as in [3,8-15]");
            }

            found.UnionWith(Enumerable.Range(first, last - first + 1));
        }

        return found;
    }

    [GeneratedRegex(@"^(?<name>.+?)(\[(?<channels>[\d,\-]+)\])?=(?<factor>[^=]+)$")]
    private static partial Regex ScalePattern();
}
