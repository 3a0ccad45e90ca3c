using System.Text.Json;

namespace VisualFeatureSearch.Models.Catalogue;

/// <summary>Public networks that are known to work: data in <c>assets/models/catalogue.json</c>.</summary>
public static class ModelCatalogue
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>The catalogue that comes with the tool.</summary>
    /// <exception cref="ModelException">Its file is damaged.</exception>
    public static IReadOnlyList<CatalogueEntry> Bundled => Read(Path.Combine(ModelLocator.BundledFolder, "catalogue", "catalogue.json"));

    /// <summary>Reads a catalogue.</summary>
    /// <exception cref="ModelException">It is missing or not one.</exception>
    public static IReadOnlyList<CatalogueEntry> Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<CatalogueEntry[]>(File.ReadAllBytes(path), Json) ?? [];
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            throw new ModelException($"{path} is not a catalogue of models: {exception.Message}", exception);
        }
    }

    /// <summary>The entry for a name, or one made for an address.</summary>
    /// <param name="nameOrAddress">A name of the bundled catalogue, or the address of an ONNX file.</param>
    /// <exception cref="ModelException">It is neither.</exception>
    public static CatalogueEntry Find(string nameOrAddress)
    {
        ArgumentException.ThrowIfNullOrEmpty(nameOrAddress);
        if (Bundled.FirstOrDefault(entry => entry.Name == nameOrAddress) is { } known)
        {
            return known;
        }

        if (!Uri.TryCreate(nameOrAddress, UriKind.Absolute, out Uri? url) || url.Scheme is not ("http" or "https"))
        {
            throw new ModelException($"'{nameOrAddress}' is neither an address nor in the catalogue: {string.Join(", ", Bundled.Select(entry => entry.Name))}");
        }

        string name = Path.GetFileNameWithoutExtension(Uri.UnescapeDataString(url.Segments[^1]));
        return url.Segments[^1].EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) && name.Length > 0 && name.AsSpan().IndexOfAny(Path.GetInvalidFileNameChars()) < 0
            ? new CatalogueEntry { Name = name, Url = url }
            : throw new ModelException($"{url} does not name an ONNX file: its path must end with NAME.onnx");
    }
}
