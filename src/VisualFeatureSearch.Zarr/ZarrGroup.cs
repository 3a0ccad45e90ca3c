using System.Text.Json;
using System.Text.Json.Nodes;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Zarr;

/// <summary>A Zarr v2 or v3 group: attributes, arrays and groups below it.</summary>
public sealed class ZarrGroup
{
    internal const string AttributesFile = ".zattrs";

    private const string GroupFile = ".zgroup";
    private const string ArrayFile = ".zarray";
    private const string NodeFile = "zarr.json";
    private const string ConsolidatedFile = ".zmetadata";

    /// <summary>Metadata longer than this is not read: consolidated metadata of very large hierarchies has tens of megabytes.</summary>
    private const long MaximumMetadataLength = 512L << 20;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, IndentSize = 4 };

    private readonly string _prefix;
    private readonly ConsolidatedMetadata? _consolidated;

    private ZarrGroup(IZarrStore store, string prefix, int format, ConsolidatedMetadata? consolidated)
    {
        Store = store;
        _prefix = prefix;
        Format = format;
        _consolidated = consolidated;
    }

    /// <summary>The store that holds the group.</summary>
    public IZarrStore Store { get; }

    /// <summary>The version of the Zarr format: 2 or 3.</summary>
    public int Format { get; }

    /// <summary>
    /// Opens the group at the store's root. Where the store cannot list what it holds, as over HTTP, the group's consolidated
    /// metadata is used.
    /// </summary>
    /// <exception cref="ZarrException">There is no Zarr group.</exception>
    public static ZarrGroup Open(IZarrStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        return TryOpen(store, "", null)
            ?? throw new ZarrException(
                store.Exists(ArrayFile) ? $"{store.Name} is a Zarr array, not a group: give the folder that it is in"
                : FindInside(store) is { } inside ? $"{store.Name} is not a Zarr group, but has one in it: give {inside} itself, or zip what is in it and not the folder (cd {inside} && zip -r ../{inside}.zip .)"
                : $"{store.Name} is not a Zarr group: it has neither {GroupFile} nor {NodeFile}");
    }

    /// <summary>The name of a group that lies in a store which is none, as in a zip file of a whole folder; null where there is none.</summary>
    private static string? FindInside(IZarrStore store) =>
        store.CanList ? store.ListFolders("").FirstOrDefault(name => store.Exists($"{name}/{GroupFile}") || store.Exists($"{name}/{NodeFile}")) : null;

    /// <summary>Creates the group at the store's root, or opens it where it exists.</summary>
    /// <param name="store">The store.</param>
    /// <param name="attributes">Attributes of a new group: no reader finds the group without them.</param>
    /// <param name="format">The version of the format of a new group: 2 or 3.</param>
    public static ZarrGroup OpenOrCreate(IWritableZarrStore store, JsonObject? attributes = null, int format = 2)
    {
        ArgumentNullException.ThrowIfNull(store);
        return TryOpen(store, "", null) ?? Create(store, "", attributes, format);
    }

    /// <summary>Reads the group's attributes; empty where there are none.</summary>
    public JsonObject ReadAttributes() =>
        _consolidated?.Attributes(_prefix)
        ?? (Format == 3 ? Node(_prefix).Fields["attributes"]?.DeepClone() as JsonObject ?? [] : ReadAttributes(Store, _prefix));

    /// <summary>Replaces the group's attributes in one step.</summary>
    /// <exception cref="ZarrException">The store cannot be written.</exception>
    public void WriteAttributes(JsonObject attributes)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        if (Format == 3)
        {
            Write(Writable(), _prefix + NodeFile, GroupNode(attributes));
        }
        else
        {
            Write(Writable(), _prefix + AttributesFile, attributes);
        }
    }

    /// <summary>The names of the arrays directly below the group, in ordinal order.</summary>
    public IReadOnlyList<string> ListArrays() => List(isArray: true);

    /// <summary>The names of the groups directly below the group, in ordinal order.</summary>
    public IReadOnlyList<string> ListGroups() => List(isArray: false);

    /// <summary>Opens a group below this one; <c>/</c> in the name goes through groups.</summary>
    /// <exception cref="ZarrException">There is no such group.</exception>
    public ZarrGroup OpenGroup(string name) =>
        TryOpen(Store, PrefixOf(name), _consolidated)
        ?? throw new ZarrException($"{Store.Name} has no group '{name}'{Listed(ListGroups())}");

    /// <summary>Creates a group directly below this one, or opens it where it exists.</summary>
    /// <exception cref="ZarrException">The store cannot be written.</exception>
    public ZarrGroup CreateGroup(string name, JsonObject? attributes = null) =>
        TryOpen(Store, PrefixOf(name), null) ?? Create(Writable(), PrefixOf(name), attributes, Format);

    /// <summary>Opens an array by its name; <c>/</c> in it goes through groups.</summary>
    /// <exception cref="ZarrException">There is no such array, or its metadata cannot be read.</exception>
    public ZarrArray OpenArray(string name) => OpenArray(name, isWhole: false);

    /// <summary>Opens an array by its name; <c>/</c> in it goes through groups.</summary>
    /// <param name="name">The name.</param>
    /// <param name="isWhole">Whether all that is read of it was written: then a chunk that is missing is an error, and not the fill value.</param>
    /// <exception cref="ZarrException">There is no such array, or its metadata cannot be read.</exception>
    public ZarrArray OpenArray(string name, bool isWhole)
    {
        string prefix = PrefixOf(name);
        string key = prefix + (Format == 3 ? NodeFile : ArrayFile);
        MetadataReader? found = _consolidated is not null ? _consolidated.Array(prefix)
            : Store.TryOpen(key, out ZarrBlob? blob) ? ParseNamed(Store, key, blob)
            : null;
        if (found is not { } reader)
        {
            throw new ZarrException($"{Store.Name} has no array '{name}'{Listed(ListArrays())}");
        }

        try
        {
            return Format == 3
                ? new ZarrArray(Store, name, prefix, ZarrArrayMetadata.FromV3(reader), reader.Fields["attributes"] as JsonObject ?? []) { IsWhole = isWhole }
                : new ZarrArray(Store, name, prefix, ZarrArrayMetadata.FromV2(reader), _consolidated?.Attributes(prefix)) { IsWhole = isWhole };
        }
        catch (ZarrException exception)
        {
            throw new ZarrException($"{Store.Name}: {key}: {exception.Message}", exception);
        }
    }

    /// <summary>Writes an array's metadata and opens it. Chunks that exist stay.</summary>
    /// <param name="name">The array's name.</param>
    /// <param name="metadata">Shape, chunks, type and codecs; its format becomes the group's.</param>
    /// <param name="attributes">The array's attributes; null for none.</param>
    /// <exception cref="ZarrException">The group's format cannot express the array, or the store cannot be written.</exception>
    public ZarrArray CreateArray(string name, ZarrArrayMetadata metadata, JsonObject? attributes = null)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        string prefix = PrefixOf(name);
        IWritableZarrStore store = Writable();
        metadata = metadata with { Format = Format };
        JsonObject fields = metadata.ToJsonObject();
        if (Format == 3)
        {
            fields["attributes"] = attributes?.DeepClone() ?? new JsonObject();
            Write(store, prefix + NodeFile, fields);
        }
        else
        {
            if (attributes is not null)
            {
                Write(store, prefix + AttributesFile, attributes);
            }

            Write(store, prefix + ArrayFile, fields);
        }

        return new ZarrArray(Store, name, prefix, metadata, Format == 3 ? attributes ?? [] : null);
    }

    /// <summary>
    /// Writes the metadata of everything below the group once more in one place, so that it opens over HTTP; to be repeated
    /// when something is added or attributes change.
    /// </summary>
    /// <exception cref="ZarrException">The store cannot be written.</exception>
    public void Consolidate()
    {
        IWritableZarrStore store = Writable();
        JsonObject entries = [];
        Collect(_prefix, entries);
        if (Format == 3)
        {
            JsonObject node = Node(_prefix).Fields;
            node["consolidated_metadata"] = new JsonObject { ["kind"] = "inline", ["must_understand"] = false, ["metadata"] = entries };
            Write(store, _prefix + NodeFile, node);
        }
        else
        {
            Write(store, _prefix + ConsolidatedFile, new JsonObject { ["metadata"] = entries, ["zarr_consolidated_format"] = 1 });
        }
    }

    internal static JsonObject ReadAttributes(IZarrStore store, string prefix)
    {
        if (!store.TryOpen(prefix + AttributesFile, out ZarrBlob? blob))
        {
            return [];
        }

        try
        {
            return MetadataReader.Parse(ReadAll(blob)).Fields;
        }
        catch (ZarrException exception)
        {
            throw new ZarrException($"{store.Name}: {prefix}{AttributesFile}: {exception.Message}", exception);
        }
    }

    private static ZarrGroup? TryOpen(IZarrStore store, string prefix, ConsolidatedMetadata? consolidated)
    {
        if (consolidated is not null)
        {
            return consolidated.HasGroup(prefix) ? new ZarrGroup(store, prefix, consolidated.Format, consolidated) : null;
        }

        if (!store.CanList && store.TryOpen(prefix + ConsolidatedFile, out ZarrBlob? blob))
        {
            return new ZarrGroup(store, prefix, 2, ConsolidatedMetadata.FromV2(ParseNamed(store, prefix + ConsolidatedFile, blob), prefix));
        }

        if (store.TryOpen(prefix + NodeFile, out ZarrBlob? node))
        {
            MetadataReader reader = ParseNamed(store, prefix + NodeFile, node);
            return reader.OptionalText("node_type") == "group"
                ? new ZarrGroup(store, prefix, 3, store.CanList ? null : ConsolidatedMetadata.FromV3(reader, prefix))
                : null;
        }

        return store.Exists(prefix + GroupFile) ? new ZarrGroup(store, prefix, 2, null) : null;
    }

    private static ZarrGroup Create(IWritableZarrStore store, string prefix, JsonObject? attributes, int format)
    {
        if (format == 3)
        {
            Write(store, prefix + NodeFile, GroupNode(attributes));
        }
        else
        {
            if (attributes is not null)
            {
                Write(store, prefix + AttributesFile, attributes);
            }

            Write(store, prefix + GroupFile, new JsonObject { ["zarr_format"] = 2 });
        }

        return new ZarrGroup(store, prefix, format, null);
    }

    private static JsonObject GroupNode(JsonObject? attributes) =>
        new() { ["zarr_format"] = 3, ["node_type"] = "group", ["attributes"] = attributes?.DeepClone() ?? new JsonObject() };

    private static MetadataReader ParseNamed(IZarrStore store, string key, ZarrBlob blob)
    {
        try
        {
            return MetadataReader.Parse(ReadAll(blob));
        }
        catch (ZarrException exception)
        {
            throw new ZarrException($"{store.Name}: {key}: {exception.Message}", exception);
        }
    }

    private static void Write(IWritableZarrStore store, string key, JsonObject fields) =>
        store.Write(key, JsonSerializer.SerializeToUtf8Bytes(fields, Indented));

    private static byte[] ReadAll(ZarrBlob blob)
    {
        using (blob)
        {
            if (blob.Length > MaximumMetadataLength)
            {
                throw new ZarrException($"it has {blob.Length} bytes, too many for metadata");
            }

            byte[] bytes = new byte[blob.Length];
            blob.ReadExactly(0, bytes);
            return bytes;
        }
    }

    private static string Listed(IReadOnlyList<string> names) => names.Count == 0 ? "" : $": it has {string.Join(", ", names)}";

    private IReadOnlyList<string> List(bool isArray) => _consolidated is not null
        ? _consolidated.List(_prefix, isArray)
        : [.. Store.ListFolders(_prefix).Where(name => IsNode($"{_prefix}{name}/", isArray))];

    private bool IsNode(string prefix, bool isArray) => Format == 3
        ? Store.Exists(prefix + NodeFile) && Node(prefix).OptionalText("node_type") == (isArray ? "array" : "group")
        : Store.Exists(prefix + (isArray ? ArrayFile : GroupFile));

    private MetadataReader Node(string prefix) => Store.TryOpen(prefix + NodeFile, out ZarrBlob? blob)
        ? ParseNamed(Store, prefix + NodeFile, blob)
        : throw new ZarrException($"{Store.Name}: {prefix}{NodeFile} is missing");

    private void Collect(string below, JsonObject entries)
    {
        string relative = below[_prefix.Length..];
        if (Format == 3)
        {
            if (relative.Length > 0)
            {
                entries[relative.TrimEnd('/')] = Node(below).Fields;
            }
        }
        else
        {
            foreach (string file in (string[])[GroupFile, ArrayFile, AttributesFile])
            {
                if (Store.TryOpen(below + file, out ZarrBlob? blob))
                {
                    entries[relative + file] = ParseNamed(Store, below + file, blob).Fields;
                }
            }
        }

        foreach (string name in Store.ListFolders(below))
        {
            string prefix = $"{below}{name}/";
            if (IsNode(prefix, isArray: true) || IsNode(prefix, isArray: false))
            {
                Collect(prefix, entries);
            }
        }
    }

    private IWritableZarrStore Writable() => Store as IWritableZarrStore ?? throw new ZarrException($"{Store.Name} can only be read");

    private string PrefixOf(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        string[] parts = name.Trim('/').Split('/');
        return !parts.Any(part => part is "" or "." or "..")
            ? $"{_prefix}{string.Join('/', parts)}/"
            : throw new ZarrException($"{Store.Name}: '{name}' is no name of an array or group");
    }
}
