using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Zarr;

/// <summary>A Zarr v2 group: attributes, arrays and groups below it.</summary>
public sealed class ZarrGroup
{
    private const string GroupFile = ".zgroup";
    private const string AttributesFile = ".zattrs";
    private const string ArrayFile = ".zarray";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, IndentSize = 4 };

    private readonly string _prefix;

    private ZarrGroup(IZarrStore store, string prefix)
    {
        Store = store;
        _prefix = prefix;
    }

    /// <summary>The store that holds the group.</summary>
    public IZarrStore Store { get; }

    /// <summary>Opens the group at the store's root.</summary>
    /// <exception cref="ZarrException">There is no Zarr v2 group.</exception>
    public static ZarrGroup Open(IZarrStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        return store.Exists(GroupFile)
            ? new ZarrGroup(store, "")
            : throw new ZarrException(store.Exists("zarr.json")
                ? $"{store.Name} is a Zarr v3 store, which is not supported: write it with zarr_format=2"
                : $"{store.Name} is not a Zarr group: it has no {GroupFile}");
    }

    /// <summary>Creates the group at the store's root, or opens it where it exists.</summary>
    /// <param name="store">The store.</param>
    /// <param name="attributes">Attributes of a new group, on disk before the group itself: no reader finds it without them.</param>
    public static ZarrGroup OpenOrCreate(IZarrStore store, JsonObject? attributes = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        if (!store.Exists(GroupFile))
        {
            if (attributes is not null)
            {
                WriteAttributes(store, "", attributes);
            }

            store.Write(GroupFile, "{\n    \"zarr_format\": 2\n}"u8);
        }

        return new ZarrGroup(store, "");
    }

    /// <summary>Reads the group's attributes; empty where there are none.</summary>
    public JsonObject ReadAttributes() => ReadAttributes(Store, _prefix);

    /// <summary>Replaces the group's attributes in one step.</summary>
    public void WriteAttributes(JsonObject attributes) => WriteAttributes(Store, _prefix, attributes);

    /// <summary>The names of the arrays directly below the group, in ordinal order.</summary>
    public IReadOnlyList<string> ListArrays() =>
        [.. Store.ListFolders(_prefix).Where(name => Store.Exists($"{_prefix}{name}/{ArrayFile}"))];

    /// <summary>Opens an array by its name; <c>/</c> in it goes through groups.</summary>
    /// <exception cref="ZarrException">There is no such array, or its metadata cannot be read.</exception>
    public ZarrArray OpenArray(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        string prefix = $"{_prefix}{name}/";
        if (!Store.TryOpen(prefix + ArrayFile, out ZarrBlob? blob))
        {
            IReadOnlyList<string> arrays = ListArrays();
            throw new ZarrException(
                $"{Store.Name} has no array '{name}'{(arrays.Count == 0 ? "" : $": it has {string.Join(", ", arrays)}")}");
        }

        try
        {
            return new ZarrArray(Store, name, prefix, ZarrArrayMetadata.Parse(ReadAll(blob)));
        }
        catch (ZarrException exception)
        {
            throw new ZarrException($"{Store.Name}: {prefix}{ArrayFile}: {exception.Message}", exception);
        }
    }

    /// <summary>Writes an array's metadata and opens it. Chunks that exist stay.</summary>
    public ZarrArray CreateArray(string name, ZarrArrayMetadata metadata, JsonObject? attributes = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(metadata);
        string prefix = $"{_prefix}{name}/";
        if (attributes is not null)
        {
            WriteAttributes(Store, prefix, attributes);
        }

        Store.Write(prefix + ArrayFile, metadata.ToJson());
        return new ZarrArray(Store, name, prefix, metadata);
    }

    internal static JsonObject ReadAttributes(IZarrStore store, string prefix)
    {
        if (!store.TryOpen(prefix + AttributesFile, out ZarrBlob? blob))
        {
            return [];
        }

        try
        {
            return JsonNode.Parse(ReadAll(blob)) as JsonObject
                ?? throw new ZarrException($"{store.Name}: {prefix}{AttributesFile} is not a JSON object");
        }
        catch (JsonException exception)
        {
            throw new ZarrException($"{store.Name}: {prefix}{AttributesFile} is not JSON: {exception.Message}", exception);
        }
    }

    private static void WriteAttributes(IZarrStore store, string prefix, JsonObject attributes) =>
        store.Write(prefix + AttributesFile, Encoding.UTF8.GetBytes(attributes.ToJsonString(Indented)));

    private static byte[] ReadAll(ZarrBlob blob)
    {
        using (blob)
        {
            byte[] bytes = new byte[blob.Length];
            blob.ReadExactly(0, bytes);
            return bytes;
        }
    }
}
