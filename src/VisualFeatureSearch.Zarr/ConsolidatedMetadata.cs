using System.Text.Json.Nodes;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Zarr;

/// <summary>The metadata of a whole hierarchy in one place, by keys: for stores that cannot list what they hold.</summary>
internal sealed class ConsolidatedMetadata
{
    private readonly Dictionary<string, JsonObject> _arrays = [];
    private readonly Dictionary<string, JsonObject> _groups = [];
    private readonly Dictionary<string, JsonObject> _attributes = [];

    private ConsolidatedMetadata(int format) => Format = format;

    public int Format { get; }

    /// <summary>Reads a v2 <c>.zmetadata</c>.</summary>
    /// <param name="reader">Its fields.</param>
    /// <param name="root">The prefix of the group that it stands in.</param>
    public static ConsolidatedMetadata FromV2(MetadataReader reader, string root)
    {
        ConsolidatedMetadata consolidated = new(2);
        foreach ((string key, JsonNode? value) in reader.Fields["metadata"] as JsonObject ?? throw new ZarrException("\"metadata\" of .zmetadata must be an object"))
        {
            int slash = key.LastIndexOf('/') + 1;
            Dictionary<string, JsonObject>? place = key[slash..] switch
            {
                ".zarray" => consolidated._arrays,
                ".zgroup" => consolidated._groups,
                ZarrGroup.AttributesFile => consolidated._attributes,
                _ => null,
            };
            if (place is not null && value is JsonObject fields)
            {
                place[root + key[..slash]] = fields;
            }
        }

        return consolidated;
    }

    /// <summary>Reads what a v3 group's node holds; null where it holds none.</summary>
    /// <param name="reader">The group's fields.</param>
    /// <param name="root">The group's prefix.</param>
    public static ConsolidatedMetadata? FromV3(MetadataReader reader, string root)
    {
        if (reader.Fields["consolidated_metadata"]?["metadata"] is not JsonObject entries)
        {
            return null;
        }

        ConsolidatedMetadata consolidated = new(3);
        consolidated.Add(root, reader.Fields);
        foreach ((string name, JsonNode? value) in entries)
        {
            if (value is JsonObject fields)
            {
                consolidated.Add($"{root}{name}/", fields);
            }
        }

        return consolidated;
    }

    public bool HasGroup(string prefix) => _groups.ContainsKey(prefix);

    public MetadataReader? Array(string prefix) => _arrays.TryGetValue(prefix, out JsonObject? fields) ? new MetadataReader(fields) : null;

    public JsonObject Attributes(string prefix) => _attributes.TryGetValue(prefix, out JsonObject? fields) ? fields.DeepClone().AsObject() : [];

    public IReadOnlyList<string> List(string prefix, bool isArray)
    {
        Dictionary<string, JsonObject> nodes = isArray ? _arrays : _groups;
        return [.. StoreKeys.FoldersBelow(nodes.Keys, prefix).Where(name => nodes.ContainsKey($"{prefix}{name}/"))];
    }

    private void Add(string prefix, JsonObject fields)
    {
        (new MetadataReader(fields).OptionalText("node_type") == "array" ? _arrays : _groups)[prefix] = fields;
        if (fields["attributes"] is JsonObject attributes)
        {
            _attributes[prefix] = attributes;
        }
    }
}
