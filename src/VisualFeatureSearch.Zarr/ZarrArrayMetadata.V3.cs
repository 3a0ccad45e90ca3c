using System.Text.Json.Nodes;
using VisualFeatureSearch.Zarr.Codecs;
using VisualFeatureSearch.Zarr.Sharding;

namespace VisualFeatureSearch.Zarr;

/// <content>Zarr v3: <c>zarr.json</c> (https://zarr-specs.readthedocs.io/en/latest/v3/core/index.html).</content>
public sealed partial record ZarrArrayMetadata
{
    private const string ShardingCodec = "sharding_indexed";

    private static readonly HashSet<string> KnownFields =
    [
        "zarr_format", "node_type", "shape", "data_type", "chunk_grid", "chunk_key_encoding", "fill_value", "codecs",
        "attributes", "dimension_names", "storage_transformers",
    ];

    /// <summary>What a list of codecs says of a chunk.</summary>
    private sealed record Pipeline(IReadOnlyList<int> AxisOrder, bool IsBigEndian, JsonObject? Sharding, IReadOnlyList<ZarrCodec> Codecs);

    internal static ZarrArrayMetadata FromV3(MetadataReader reader)
    {
        reader.EnsureFormat(3);
        JsonObject fields = reader.Fields;
        if (reader.OptionalText("node_type") != "array")
        {
            throw new ZarrException("\"node_type\" must be \"array\"");
        }

        foreach ((string name, JsonNode? value) in fields)
        {
            if (!KnownFields.Contains(name) && !(value is JsonObject extension && extension["must_understand"] is JsonValue must && must.TryGetValue(out bool needed) && !needed))
            {
                throw new ZarrException($"the field \"{name}\" is not known, and is not marked as one that need not be understood");
            }
        }

        if (fields["storage_transformers"] is JsonArray { Count: > 0 })
        {
            throw new ZarrException("\"storage_transformers\" are not supported");
        }

        long[] shape = reader.Extents("shape", 0, long.MaxValue);
        ZarrDataType dataType = ZarrDataType.ParseV3(reader.Text("data_type", "float16"));
        (string grid, JsonObject gridConfiguration) = Named(fields["chunk_grid"], "chunk_grid");
        if (grid != "regular")
        {
            throw new ZarrException($"\"chunk_grid\" is '{grid}': only regular is supported");
        }

        int[] stored = new MetadataReader(gridConfiguration).ChunkExtents("chunk_shape", shape.Length);
        (string keys, JsonObject keyConfiguration) = Named(fields["chunk_key_encoding"], "chunk_key_encoding");
        bool hasPrefix = keys switch
        {
            "default" => true,
            "v2" => false,
            _ => throw new ZarrException($"\"chunk_key_encoding\" is '{keys}': default and v2 are supported"),
        };
        Pipeline pipeline = ReadPipeline(fields["codecs"], shape.Length);
        int[] chunk = stored;
        ZarrSharding? sharding = null;
        if (pipeline.Sharding is { } configuration)
        {
            if (pipeline.AxisOrder.Count > 0 || pipeline.Codecs.Count > 0)
            {
                throw new ZarrException($"codecs before or behind \"{ShardingCodec}\" are not supported: they belong among its own codecs");
            }

            chunk = new MetadataReader(configuration).ChunkExtents("chunk_shape", shape.Length);
            sharding = ReadSharding(configuration, stored, chunk);
            pipeline = ReadPipeline(configuration["codecs"], shape.Length);
            if (pipeline.Sharding is not null)
            {
                throw new ZarrException($"\"{ShardingCodec}\" inside \"{ShardingCodec}\" is not supported");
            }
        }

        MetadataReader.EnsureSizes(shape, chunk, dataType.Size, "chunk_shape");
        dataType = dataType with { IsBigEndian = pipeline.IsBigEndian && dataType.Size > 1 };
        return new ZarrArrayMetadata
        {
            Format = 3,
            Shape = shape,
            ChunkShape = chunk,
            DataType = dataType,
            Codecs = pipeline.Codecs,
            Sharding = sharding,
            AxisOrder = pipeline.AxisOrder,
            FillValue = fields.ContainsKey("fill_value") ? FillValues.Read(fields["fill_value"], dataType) : throw new ZarrException("\"fill_value\" is missing"),
            HasChunkKeyPrefix = hasPrefix,
            DimensionSeparator = MetadataReader.Separator(keyConfiguration["separator"]?.ToString(), hasPrefix ? '/' : '.'),
            AxisNames = fields["dimension_names"] is JsonArray names ? [.. names.Select(name => name?.ToString())] : [],
        };
    }

    private static Pipeline ReadPipeline(JsonNode? codecs, int axes)
    {
        if (codecs is not JsonArray items)
        {
            throw new ZarrException("\"codecs\" must be a list");
        }

        IReadOnlyList<int> order = [];
        bool isBigEndian = false;
        bool hasBytes = false;
        JsonObject? sharding = null;
        List<ZarrCodec> chain = [];
        foreach (JsonNode? item in items)
        {
            (string name, JsonObject configuration) = Named(item, "codecs");
            switch (name)
            {
                case "transpose" when !hasBytes:
                    order = Compose(order, TransposeOrder(configuration["order"], axes));
                    break;
                case "bytes" when !hasBytes:
                    hasBytes = true;
                    isBigEndian = (new MetadataReader(configuration).OptionalText("endian") ?? "little") switch
                    {
                        "little" => false,
                        "big" => true,
                        string other => throw new ZarrException($"the codec 'bytes' has the \"endian\" '{other}': it must be little or big"),
                    };
                    break;
                case ShardingCodec when !hasBytes:
                    hasBytes = true;
                    sharding = configuration;
                    break;
                case "transpose" or "bytes" or ShardingCodec:
                    throw new ZarrException($"the codec '{name}' cannot stand behind one that gives bytes");
                default:
                    chain.Add(hasBytes ? CodecJson.FromV3(name, configuration) : throw new ZarrException($"the codec '{name}' must stand behind 'bytes' or '{ShardingCodec}'"));
                    break;
            }
        }

        return hasBytes ? new(order, isBigEndian, sharding, chain) : throw new ZarrException($"\"codecs\" must have one of 'bytes' and '{ShardingCodec}'");
    }

    private static ZarrSharding ReadSharding(JsonObject configuration, int[] shard, int[] chunk)
    {
        long chunks = 1;
        for (int axis = 0; axis < shard.Length; axis++)
        {
            if (shard[axis] % chunk[axis] != 0)
            {
                throw new ZarrException($"shards have {shard[axis]} elements along axis {axis}: not a multiple of their chunks' {chunk[axis]}");
            }

            chunks = Math.Min(chunks * (shard[axis] / chunk[axis]), int.MaxValue);
        }

        if (chunks > int.MaxValue / (2 * ShardIndex.EntryLength))
        {
            throw new ZarrException($"a shard has {chunks} chunks or more, which is too many");
        }

        Pipeline index = ReadPipeline(configuration["index_codecs"], 0);
        Crc32cCodec[] checks = [.. index.Codecs.OfType<Crc32cCodec>()];
        if (index.IsBigEndian || index.Sharding is not null || checks.Length != index.Codecs.Count)
        {
            throw new ZarrException("\"index_codecs\" must be little-endian 'bytes', with or without 'crc32c'");
        }

        return new ZarrSharding
        {
            ShardShape = shard,
            IndexCodecs = checks,
            IsIndexAtStart = (new MetadataReader(configuration).OptionalText("index_location") ?? "end") switch
            {
                "start" => true,
                "end" => false,
                string other => throw new ZarrException($"\"index_location\" is '{other}': it must be start or end"),
            },
        };
    }

    private static int[] TransposeOrder(JsonNode? order, int axes)
    {
        if (order is JsonValue letter && letter.TryGetValue(out string? text) && text is "C" or "F")
        {
            return letter.ToString() == "C" ? [.. Enumerable.Range(0, axes)] : [.. ColumnMajor(axes)];
        }

        long[] items = new MetadataReader(new JsonObject { ["order"] = order?.DeepClone() }).Extents("order", 0, axes - 1);
        return items.Length == axes && items.Distinct().Count() == axes
            ? [.. items.Select(item => (int)item)]
            : throw new ZarrException($"the codec 'transpose' has the \"order\" {order?.ToJsonString()}: it must name each of the {axes} axes once");
    }

    /// <summary>One order after another; none for the array's own.</summary>
    private static int[] Compose(IReadOnlyList<int> first, int[] second)
    {
        int[] order = first.Count == 0 ? second : [.. second.Select(axis => first[axis])];
        return order.SequenceEqual(Enumerable.Range(0, order.Length)) ? [] : order;
    }

    /// <summary>An extension point of v3: a name, or an object with a name and a configuration.</summary>
    private static (string Name, JsonObject Configuration) Named(JsonNode? node, string field)
    {
        if (node is JsonValue value && value.TryGetValue(out string? bare))
        {
            return (bare, []);
        }

        return node is JsonObject named && new MetadataReader(named).OptionalText("name") is { } name
            ? (name, named["configuration"] as JsonObject ?? [])
            : throw new ZarrException($"\"{field}\" must be an object with a \"name\"");
    }

    private static JsonObject WithName(string name, params ReadOnlySpan<KeyValuePair<string, JsonNode?>> configuration) =>
        new() { ["name"] = name, ["configuration"] = new JsonObject(configuration.ToArray()) };

    private static JsonArray Extents(IReadOnlyList<int> extents) => new([.. extents.Select(extent => JsonValue.Create(extent))]);

    private JsonObject ToV3()
    {
        JsonArray inner = [];
        if (AxisOrder.Count > 0)
        {
            inner.Add(WithName("transpose", new KeyValuePair<string, JsonNode?>("order", Extents(AxisOrder))));
        }

        inner.Add(BytesCodec(DataType.IsBigEndian ? "big" : "little"));
        foreach (ZarrCodec codec in Codecs)
        {
            inner.Add(codec.ToJsonV3(DataType.Size));
        }

        return new JsonObject
        {
            ["zarr_format"] = 3,
            ["node_type"] = "array",
            ["shape"] = new JsonArray([.. Shape.Select(extent => JsonValue.Create(extent))]),
            ["data_type"] = DataType.NameV3,
            ["chunk_grid"] = WithName("regular", new KeyValuePair<string, JsonNode?>("chunk_shape", Extents(StoredShape))),
            ["chunk_key_encoding"] = WithName(HasChunkKeyPrefix ? "default" : "v2", new KeyValuePair<string, JsonNode?>("separator", DimensionSeparator.ToString())),
            ["fill_value"] = FillValues.Write(FillValue ?? new byte[DataType.Size], DataType),
            ["codecs"] = Sharding is null ? inner : new JsonArray(ToJson(Sharding, inner)),
            ["dimension_names"] = AxisNames.Count == 0 ? null : new JsonArray([.. AxisNames.Select(name => JsonValue.Create(name))]),
        };
    }

    private JsonObject ToJson(ZarrSharding sharding, JsonArray inner)
    {
        JsonArray indexCodecs = [WithName("bytes", new KeyValuePair<string, JsonNode?>("endian", "little"))];
        foreach (Crc32cCodec codec in sharding.IndexCodecs)
        {
            indexCodecs.Add(codec.ToJsonV3(sizeof(ulong)));
        }

        return WithName(
            ShardingCodec,
            new("chunk_shape", Extents(ChunkShape)),
            new("codecs", inner),
            new("index_codecs", indexCodecs),
            new("index_location", sharding.IsIndexAtStart ? "start" : "end"));
    }

    private JsonObject BytesCodec(string endian) =>
        DataType.Size == 1 ? new JsonObject { ["name"] = "bytes" } : WithName("bytes", new KeyValuePair<string, JsonNode?>("endian", endian));
}
