using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;

namespace VisualFeatureSearch.Features;

/// <summary>What a feature store says of itself, in its group attributes under <c>vissearch</c>.</summary>
public sealed record StoreHeader
{
    /// <summary>The version of this format that is written.</summary>
    public const int CurrentFormatVersion = 1;

    internal const string AttributeName = "vissearch";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
    };

    /// <summary>The version of the format that the store was written in.</summary>
    public int FormatVersion { get; init; } = CurrentFormatVersion;

    /// <summary>The network that the features come from.</summary>
    public required StoreModel Model { get; init; }

    /// <summary>The layers and their arrays.</summary>
    public required IReadOnlyList<StoreLayer> Layers { get; init; }

    /// <summary>The image transform, as JSON text that <see cref="ImageTransform.Parse"/> reads.</summary>
    public required JsonObject Transform { get; init; }

    /// <summary>The folder that the manifest's paths are relative to, absolute.</summary>
    public required string ImagesRoot { get; init; }

    /// <summary>SHA-256 of the list of images that the store is made for, with the skipped ones.</summary>
    public required string ImagesSha256 { get; init; }

    /// <summary>Images asked for, the skipped ones included.</summary>
    public required long ImagesTotal { get; init; }

    /// <summary>How far the store is.</summary>
    public required StoreProgress Progress { get; init; }

    /// <summary>When the store was begun, ISO 8601 in UTC.</summary>
    public required string Created { get; init; }

    /// <summary>The version of the tool that began it.</summary>
    public required string ToolVersion { get; init; }

    /// <summary>Reads the transform.</summary>
    /// <exception cref="FeatureStoreException">It is not one.</exception>
    public ImageTransform ReadTransform()
    {
        try
        {
            return ImageTransform.Parse(Transform.ToJsonString());
        }
        catch (FormatException exception)
        {
            throw new FeatureStoreException($"the store's attributes: {exception.Message}", exception);
        }
    }

    /// <summary>The header after a further chunk of rows.</summary>
    internal StoreHeader After(int images, int skipped, long manifestBytes, long skippedBytes, long checksumBytes = 0) => this with
    {
        Progress = new StoreProgress(
            false, Progress.Complete + images, Progress.Skipped + skipped, Progress.Consumed + images + skipped, manifestBytes, skippedBytes)
        { ChecksumBytes = checksumBytes },
    };

    internal JsonObject ToAttributes() => new() { [AttributeName] = JsonSerializer.SerializeToNode(this, Json) };

    internal static StoreHeader? FromAttributes(JsonObject attributes, string store)
    {
        if (attributes[AttributeName] is not JsonObject node)
        {
            return null;
        }

        if (node["format_version"] is JsonValue value && value.TryGetValue(out int version) && version > CurrentFormatVersion)
        {
            throw new FeatureStoreException($"{store} has the format version {version}, which is newer than this tool: it reads up to {CurrentFormatVersion}");
        }

        try
        {
            return node.Deserialize<StoreHeader>(Json)!;
        }
        catch (JsonException exception)
        {
            throw new FeatureStoreException($"{store}: the attribute '{AttributeName}' is not a store's: {exception.Message}", exception);
        }
    }
}

/// <summary>The network that features come from.</summary>
/// <param name="Name">Its file's name without the ending.</param>
/// <param name="Sha256">SHA-256 of the file, lower-case hexadecimal.</param>
/// <param name="Path">Where the file was, absolute.</param>
public sealed record StoreModel(string Name, string Sha256, string Path)
{
    /// <summary>What was said of the network that its file does not say; null for nothing.</summary>
    public ModelOptions? Options { get; init; }
}

/// <summary>A layer in a store.</summary>
/// <param name="Name">The tensor's name in the network.</param>
/// <param name="Array">The Zarr array's name.</param>
public sealed record StoreLayer(string Name, string Array);

/// <summary>How far a store is. Written after the chunks it speaks of, so what it says is complete is complete.</summary>
/// <param name="IsFinished">Whether nothing is left to do.</param>
/// <param name="Complete">Rows whose features are stored, in all layers.</param>
/// <param name="Skipped">Images that were left out.</param>
/// <param name="Consumed">Images of the list that were dealt with, complete or skipped.</param>
/// <param name="ManifestBytes">Bytes of <c>manifest.csv</c> that count.</param>
/// <param name="SkippedBytes">Bytes of <c>skipped.csv</c> that count.</param>
public sealed record StoreProgress(bool IsFinished, long Complete, long Skipped, long Consumed, long ManifestBytes, long SkippedBytes)
{
    /// <summary>Bytes of <c>SHA256SUMS</c> that count; 0 for stores of earlier versions, which have none.</summary>
    public long ChecksumBytes { get; init; }
}
