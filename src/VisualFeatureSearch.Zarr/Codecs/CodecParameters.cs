using System.Text.Json.Nodes;

namespace VisualFeatureSearch.Zarr.Codecs;

/// <summary>The parameters of a codec in metadata, each with its default and range.</summary>
/// <param name="Owner">Whose parameters they are, to begin a message with.</param>
/// <param name="Fields">The parameters.</param>
internal readonly record struct CodecParameters(string Owner, JsonObject Fields)
{
    public string? OptionalText(string name) => Fields[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    public string Text(string name, string fallback) => OptionalText(name) ?? fallback;

    public bool Flag(string name, bool fallback) => Fields[name] is JsonValue value && value.TryGetValue(out bool flag) ? flag : fallback;

    public int Integer(string name, int fallback, int minimum, int maximum)
    {
        if (Fields[name] is not JsonValue value)
        {
            return fallback;
        }

        return value.TryGetValue(out int number) && number >= minimum && number <= maximum
            ? number
            : throw new ZarrException($"{Owner} has the \"{name}\" {value.ToJsonString()}: it must be an integer of {minimum} to {maximum}");
    }
}
