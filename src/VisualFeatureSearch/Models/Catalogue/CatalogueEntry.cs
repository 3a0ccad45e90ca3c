namespace VisualFeatureSearch.Models.Catalogue;

/// <summary>A network that can be fetched.</summary>
public sealed record CatalogueEntry
{
    /// <summary>What to call it: the name of its file without the ending.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, in a few words.</summary>
    public string? Title { get; init; }

    /// <summary>The address of its ONNX file.</summary>
    public required Uri Url { get; init; }

    /// <summary>SHA-256 of the file, lower-case hexadecimal; null where its source publishes it only with the file.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Bytes of the file; null where that is not known before.</summary>
    public long? Bytes { get; init; }

    /// <summary>The licence of the weights.</summary>
    public string? Licence { get; init; }

    /// <summary>Its image transform, a preset or JSON.</summary>
    public string? Transform { get; init; }

    /// <summary>The layers to offer first; empty to find them by their shapes.</summary>
    public IReadOnlyList<string> Layers { get; init; } = [];
}
