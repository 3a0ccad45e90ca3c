using System.Text.Json;
using System.Text.Json.Nodes;

namespace VisualFeatureSearch.Zarr;

/// <summary>The fields of metadata in JSON, each checked as it is read.</summary>
/// <param name="Fields">The fields.</param>
internal readonly record struct MetadataReader(JsonObject Fields)
{
    /// <summary>A chunk larger than this is not decoded: no tool writes one, a broken file may claim one.</summary>
    private const long MaximumChunkLength = int.MaxValue;

    /// <summary>No tool writes more chunks than this; a broken file may claim them, and going through them would not end.</summary>
    private const long MaximumChunks = int.MaxValue;

    /// <summary>The most axes that NumPy has, and so any array.</summary>
    private const int MaximumAxes = 64;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <exception cref="ZarrException">It is not a JSON object.</exception>
    public static MetadataReader Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            JsonObject fields = JsonNode.Parse(json, documentOptions: Strict) as JsonObject ?? throw new ZarrException("it is not a JSON object");
            ReadTexts(fields);
            return new(fields);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new ZarrException($"it is not JSON: {exception.Message}", exception);
        }
    }

    public void EnsureFormat(int version)
    {
        if (Fields["zarr_format"] is not JsonValue value || !value.TryGetValue(out int format) || format != version)
        {
            throw new ZarrException($"\"zarr_format\" must be {version}");
        }
    }

    public string? OptionalText(string name) => Fields[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    public string Text(string name, string example) => OptionalText(name) ?? throw new ZarrException($"\"{name}\" must be a string such as \"{example}\"");

    public long[] Extents(string name, long minimum, long maximum)
    {
        if (Fields[name] is not JsonArray { Count: <= MaximumAxes } items)
        {
            throw new ZarrException($"\"{name}\" must be a list of at most {MaximumAxes} integers");
        }

        long[] extents = new long[items.Count];
        for (int i = 0; i < extents.Length; i++)
        {
            if (items[i] is not JsonValue value || !value.TryGetValue(out long extent) || extent < minimum || extent > maximum)
            {
                throw new ZarrException($"\"{name}\" has {items[i]?.ToJsonString() ?? "null"} in place {i}: it must be an integer of at least {minimum}{(maximum == long.MaxValue ? "" : $" and at most {maximum}")}");
            }

            extents[i] = extent;
        }

        return extents;
    }

    /// <summary>Extents of chunks, as many as the array has axes.</summary>
    public int[] ChunkExtents(string name, int axes)
    {
        long[] extents = Extents(name, 1, int.MaxValue);
        return extents.Length == axes
            ? [.. extents.Select(extent => (int)extent)]
            : throw new ZarrException($"\"shape\" has {axes} axes and \"{name}\" {extents.Length}: both need the same number");
    }

    public static char Separator(string? text, char fallback) => text switch
    {
        null => fallback,
        "." or "/" => text[0],
        _ => throw new ZarrException($"the separator of chunk indices is '{text}': it must be . or /"),
    };

    /// <summary>Refuses sizes that no array has.</summary>
    public static void EnsureSizes(IReadOnlyList<long> shape, IReadOnlyList<int> chunk, int elementSize, string chunkField)
    {
        EnsureProductFits(shape, elementSize, long.MaxValue, "\"shape\"");
        EnsureProductFits([.. chunk.Select(extent => (long)extent)], elementSize, MaximumChunkLength, $"\"{chunkField}\"");
        Int128 chunks = 1;
        for (int axis = 0; axis < chunk.Count; axis++)
        {
            chunks *= ((Int128)shape[axis] + chunk[axis] - 1) / chunk[axis];
            if (chunks > MaximumChunks)
            {
                throw new ZarrException($"\"shape\" and \"{chunkField}\" make more than {MaximumChunks} chunks");
            }
        }
    }

    private static void EnsureProductFits(IReadOnlyList<long> extents, int elementSize, long maximum, string name)
    {
        Int128 bytes = elementSize;
        foreach (long extent in extents)
        {
            bytes *= extent;
            if (bytes > maximum)
            {
                throw new ZarrException($"{name} asks for more than {maximum} bytes");
            }
        }
    }

    /// <summary>Text that is no Unicode shows only when it is read: here, and not wherever it is first looked at.</summary>
    /// <exception cref="InvalidOperationException">There is some.</exception>
    private static void ReadTexts(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject fields:
                foreach ((string _, JsonNode? value) in fields)
                {
                    ReadTexts(value);
                }

                break;
            case JsonArray items:
                foreach (JsonNode? item in items)
                {
                    ReadTexts(item);
                }

                break;
            case JsonValue value:
                value.TryGetValue(out string? _);
                break;
        }
    }
}
