using System.Text.Json;
using System.Text.Json.Serialization;
using VisualFeatureSearch.Formats;
using VisualFeatureSearch.Imaging;

namespace VisualFeatureSearch.Models;

/// <summary>
/// What is known of a network beside its file: a JSON file of the same name with the ending <c>.json</c>, such as
/// <c>resnet50.json</c> beside <c>resnet50.onnx</c>. Every field may be absent.
/// </summary>
/// <param name="Title">What to call the network.</param>
/// <param name="Licence">The licence of the weights.</param>
/// <param name="Source">Where the weights come from.</param>
/// <param name="Transform">The image transform, a preset or JSON as <see cref="ImageTransform.Parse"/> reads it.</param>
/// <param name="Layers">The layers to offer first.</param>
public sealed record ModelCard(string? Title, string? Licence, string? Source, string? Transform, IReadOnlyList<string>? Layers)
{
    /// <summary>SHA-256 of the network's file when it was fetched; null where it was not fetched by this tool.</summary>
    public string? Sha256 { get; init; }

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Reads the card beside a network's file; an empty card where there is none.</summary>
    /// <exception cref="ModelException">The card is not JSON of this form.</exception>
    public static ModelCard ForModel(string modelPath)
    {
        string path = Path.ChangeExtension(modelPath, ".json");
        if (!File.Exists(path))
        {
            return new ModelCard(null, null, null, null, null);
        }

        try
        {
            return JsonSerializer.Deserialize<ModelCard>(File.ReadAllBytes(path), Json) ?? throw new ModelException($"{path} is null");
        }
        catch (JsonException exception)
        {
            throw new ModelException($"{path} is not a model card: {JsonProblem.Describe(exception, Json, typeof(ModelCard), "it")}", exception);
        }
    }

    /// <summary>The card as the file beside a network has it.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Json);
}
