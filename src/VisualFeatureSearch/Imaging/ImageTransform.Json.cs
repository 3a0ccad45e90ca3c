using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using VisualFeatureSearch.Formats;

namespace VisualFeatureSearch.Imaging;

public sealed partial record ImageTransform
{
    private const int MaximumSize = 8192;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
    };

    /// <summary>The names that <see cref="Parse"/> knows, without sizes.</summary>
    public static IReadOnlyList<string> PresetNames { get; } = ["torchvision-imagenet", "tensorflow", "raw"];

    /// <summary>torchvision's evaluation transform: shorter side 256 (for a crop of 224), centre crop, ImageNet mean and deviation.</summary>
    /// <param name="crop">Side of the crop in pixels; the shorter side keeps the proportion 256 to 224.</param>
    public static ImageTransform TorchvisionImageNet(int crop = 224) => new()
    {
        Size = (int)Math.Round(crop * 256 / 224.0),
        Crop = crop,
        Scale = 1 / 255.0,
        Mean = [0.485, 0.456, 0.406],
        Std = [0.229, 0.224, 0.225],
    };

    /// <summary>The largest centre square scaled to <paramref name="size"/>, pixels mapped to -1..1 by x / 127.5 - 1.</summary>
    public static ImageTransform TensorFlow(int size = 224) => new() { Size = size, Crop = size, Scale = 1 / 127.5, Offset = -1 };

    /// <summary>The largest centre square scaled to <paramref name="size"/>, pixels left at 0..255.</summary>
    public static ImageTransform Raw(int size = 224) => new() { Size = size, Crop = size };

    /// <summary>
    /// Reads a transform as a person gives it: a preset with an optional size (<c>tensorflow:300</c>), the path of a
    /// JSON file, or the JSON itself.
    /// </summary>
    /// <exception cref="FormatException">It is none of these, or a value is out of range; the message says which.</exception>
    public static ImageTransform Parse(string text)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text);
        string trimmed = text.Trim();
        if (trimmed.StartsWith('{'))
        {
            return FromJson(trimmed, "the transform");
        }

        string[] parts = trimmed.Split(':');
        if (parts.Length <= 2 && PresetNames.Contains(parts[0]))
        {
            int[] sides = [224];
            if (parts.Length == 2)
            {
                sides = [.. parts[1].Split('x').Select(side => int.TryParse(side, NumberStyles.None, CultureInfo.InvariantCulture, out int pixels) ? pixels : 0)];
                if (sides.Length > 2 || Array.Exists(sides, side => side is < 1 or > MaximumSize))
                {
                    throw new FormatException($"the transform '{text}' has the size '{parts[1]}': it must be a number of pixels from 1 to {MaximumSize}, or height and width as in 224x288");
                }
            }

            ImageTransform preset = parts[0] switch
            {
                "tensorflow" => TensorFlow(sides[0]),
                "raw" => Raw(sides[0]),
                _ => TorchvisionImageNet(sides[0]),
            };
            return preset with { Width = sides.Length == 1 || sides[1] == sides[0] ? 0 : sides[1] };
        }

        if (File.Exists(trimmed))
        {
            return FromJson(File.ReadAllText(trimmed), trimmed);
        }

        throw new FormatException($"the transform '{text}' is neither a preset ({string.Join(", ", PresetNames)}; with a size as in tensorflow:300 or tensorflow:224x288), nor a JSON file, nor JSON");
    }

    /// <summary>The transform as indented JSON, which <see cref="Parse"/> reads.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    private static ImageTransform FromJson(string json, string name)
    {
        ImageTransform? transform;
        try
        {
            transform = JsonSerializer.Deserialize<ImageTransform>(json, Json);
        }
        catch (JsonException exception)
        {
            throw new FormatException($"{name} cannot be read: {JsonProblem.Describe(exception, Json, typeof(ImageTransform), "it")}", exception);
        }

        string? wrong = transform switch
        {
            null => "it is null",
            { Size: < 1 or > MaximumSize } => $"\"size\" is {transform.Size}: it must be from 1 to {MaximumSize} pixels",
            { Crop: < 0 } => $"\"crop\" is {transform.Crop}: it must not be negative",
            { Width: < 0 or > MaximumSize } => $"\"width\" is {transform.Width}: it must be from 0, for a square, to {MaximumSize} pixels",
            _ when transform.Crop > transform.Size => $"\"crop\" is {transform.Crop}, larger than \"size\", {transform.Size}",
            _ when transform.Mean.Count != 0 && transform.Mean.Count != transform.ChannelCount => $"\"mean\" has {transform.Mean.Count} values for {transform.ChannelCount} channels",
            _ when transform.Std.Count != 0 && transform.Std.Count != transform.ChannelCount => $"\"std\" has {transform.Std.Count} values for {transform.ChannelCount} channels",
            _ when transform.Std.Contains(0) => "\"std\" contains 0",
            _ => null,
        };
        return wrong is null ? transform! : throw new FormatException($"{name} cannot be read: {wrong}");
    }
}
