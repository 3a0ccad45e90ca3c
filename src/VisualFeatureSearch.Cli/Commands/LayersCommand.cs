using System.CommandLine;
using Spectre.Console;
using VisualFeatureSearch.Cli.Terminal;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;

namespace VisualFeatureSearch.Cli.Commands;

/// <summary><c>vissearch layers</c>: what a network offers.</summary>
internal static class LayersCommand
{
    public static Command Create()
    {
        Argument<string> model = new("MODEL") { Description = "An ONNX file, or the name of a bundled network." };
        Option<string?> transform = Parsing.TransformOption();
        Option<bool> suggested = new("--suggested") { Description = "Only the good first choices." };
        Option<bool> json = Parsing.JsonOption();
        ModelChoices choices = new();
        Command command = new(
            "layers",
            """
            Lists a network's inputs and every tensor that can be a layer, in the order of computation, with its shape at the
            chosen input size. Good first choices are marked: early layers have fine grids and know colours and textures, late
            ones have coarse grids and know objects and their parts.
            """)
        {
            model, transform, suggested, json,
        };
        choices.AddTo(command);
        command.SetAction(parsed => Run(ModelLocator.Load(parsed.GetValue(model)!, choices.Read(parsed)), parsed.GetValue(model)!, parsed.GetValue(transform), parsed.GetValue(suggested), parsed.GetValue(json)));
        return command;
    }

    private static int Run(NetworkModel model, string modelName, string? transformText, bool onlySuggested, bool asJson)
    {
        ImageTransform transform = Parsing.ReadTransform(transformText, model);
        IReadOnlyList<LayerInfo> layers = [.. model.ListLayers(transform).Where(layer => layer.IsSuggested || !onlySuggested)];
        if (asJson)
        {
            Json.Write(new
            {
                model = new { name = model.Name, path = model.FilePath, sha256 = model.Sha256, title = model.Card.Title, licence = model.Card.Licence },
                inputs = model.Inputs,
                inputHeight = transform.InputHeight,
                inputWidth = transform.InputWidth,
                layers,
            });
            return 0;
        }

        Console.Out.WriteLine($"{model.Card.Title ?? model.Name} · {model.FilePath}");
        foreach (ModelInput input in model.Inputs)
        {
            string shape = string.Join(" x ", input.Shape.Select(extent => extent < 0 ? "any" : extent.ToString()));
            Console.Out.WriteLine($"input {input.Name}: {input.ElementType} {shape}; {(input == model.ImageInput ? $"images of {transform.InputHeight} x {transform.InputWidth} (height x width) are shown below" : "needs a value, --input")}");
        }

        Table table = Tables.New("", "Layer", "Kind", "Channels", "Grid", "Layout");
        foreach (LayerInfo layer in layers)
        {
            table.AddCells(layer.IsSuggested ? "*" : "", layer.Name, layer.NodeKind, layer.Channels, $"{layer.Height} x {layer.Width}", Name(layer.Layout));
        }

        Tables.Write(table);
        Console.Out.WriteLine("* a good first choice. Then: vissearch precompute IMAGES --model " + modelName + " --layer LAYER --out STORE");
        return 0;
    }

    private static string Name(FeatureLayout layout) => layout == FeatureLayout.TokensFirst ? "tokens-first" : layout.ToString().ToLowerInvariant();
}
