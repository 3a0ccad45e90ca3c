using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace VisualFeatureSearch.Datasets;

/// <summary>
/// COCO's annotations of objects (https://cocodataset.org/#format-data) as a manifest: a row an image, its label the categories
/// of its objects, and columns <c>id</c>, <c>width</c>, <c>height</c>, <c>objects</c> (how many) and <c>boxes</c>, JSON of each
/// object's category and box in pixels (x, y, width, height).
/// </summary>
internal static class CocoManifest
{
    public static readonly string[] Columns = ["id", "width", "height", "objects", "boxes"];

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <exception cref="DatasetException">The file is not COCO's.</exception>
    public static IReadOnlyList<ImageEntry> Read(string path)
    {
        CocoFile? file;
        try
        {
            using FileStream stream = File.OpenRead(path);
            file = JsonSerializer.Deserialize<CocoFile>(stream, Json);
        }
        catch (JsonException exception)
        {
            throw new DatasetException($"{path} is not a file of COCO annotations: {exception.Message}", exception);
        }

        if (file?.Images is not { Count: > 0 } images)
        {
            throw new DatasetException($"{path} is not a file of COCO annotations: it has no \"images\". For lines of JSON, name it NAME.jsonl");
        }

        Dictionary<long, string> categories = (file.Categories ?? []).ToDictionary(category => category.Id, category => category.Name ?? "");
        ILookup<long, CocoObject> objects = (file.Annotations ?? []).ToLookup(item => item.ImageId);
        List<ImageEntry> entries = new(images.Count);
        foreach (CocoImage image in images)
        {
            CocoObject[] own = [.. objects[image.Id].OrderBy(item => item.CategoryId)];
            if (string.IsNullOrEmpty(image.FileName))
            {
                throw new DatasetException($"{path}: the image {image.Id} has no \"file_name\"");
            }

            string label = string.Join('|', own.Select(NameOf).Distinct());
            string boxes = own.Length == 0 ? "" : JsonSerializer.Serialize(own.Select(item => new { Category = NameOf(item), Box = item.Bbox ?? [] }), Json);
            entries.Add(new ImageEntry(image.FileName.Replace('\\', '/'), label, [$"{image.Id}", $"{image.Width}", $"{image.Height}", $"{own.Length}", boxes]));
        }

        return entries;

        string NameOf(CocoObject item) => categories.TryGetValue(item.CategoryId, out string? name) ? name : $"category {item.CategoryId}";
    }

    private sealed record CocoFile(List<CocoImage>? Images, List<CocoObject>? Annotations, List<CocoCategory>? Categories);

    private sealed record CocoImage(long Id, string? FileName, int Width, int Height);

    private sealed record CocoCategory(long Id, string? Name);

    private sealed record CocoObject(long ImageId, long CategoryId, [property: JsonPropertyName("bbox")] double[]? Bbox);
}
