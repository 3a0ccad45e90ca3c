using System.Text.Json;
using System.Text.Json.Nodes;
using VisualFeatureSearch.Zarr.Codecs;

namespace VisualFeatureSearch.Zarr;

/// <content>Zarr v2: <c>.zarray</c>.</content>
public sealed partial record ZarrArrayMetadata
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, IndentSize = 4 };

    /// <summary>Reads the text of a <c>.zarray</c>.</summary>
    /// <exception cref="ZarrException">A field is missing, has a value it cannot have, or asks for something unsupported.</exception>
    public static ZarrArrayMetadata Parse(ReadOnlySpan<byte> json) => FromV2(MetadataReader.Parse(json));

    internal static ZarrArrayMetadata FromV2(MetadataReader reader)
    {
        reader.EnsureFormat(2);
        JsonObject fields = reader.Fields;
        long[] shape = reader.Extents("shape", 0, long.MaxValue);
        int[] chunks = reader.ChunkExtents("chunks", shape.Length);
        ZarrDataType dataType = ZarrDataType.Parse(reader.Text("dtype", "<f2"));
        MetadataReader.EnsureSizes(shape, chunks, dataType.Size, "chunks");
        if (fields["filters"] is JsonArray { Count: > 0 })
        {
            throw new ZarrException("\"filters\" are not supported: write the array without filters");
        }

        return new ZarrArrayMetadata
        {
            Shape = shape,
            ChunkShape = chunks,
            DataType = dataType,
            Codecs = ZarrCodec.FromJson(fields["compressor"]) is { } codec ? [codec] : [],
            FillValue = FillValues.Read(fields["fill_value"], dataType),
            AxisOrder = (fields["order"]?.ToString() ?? "C") switch
            {
                "C" => [],
                "F" => ColumnMajor(shape.Length),
                string order => throw new ZarrException($"\"order\" is '{order}': it must be C or F"),
            },
            DimensionSeparator = MetadataReader.Separator(fields["dimension_separator"]?.ToString(), '.'),
        };
    }

    /// <summary>The text of the <c>.zarray</c> or, for v3, of the <c>zarr.json</c> without attributes, UTF-8.</summary>
    /// <exception cref="ZarrException">The version cannot express this array.</exception>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(ToJsonObject(), Indented);

    internal JsonObject ToJsonObject() => Format == 3 ? ToV3() : ToV2();

    private JsonObject ToV2()
    {
        if (Codecs.Count > 1 || Sharding is not null || !(IsRowMajor || IsColumnMajor) || HasChunkKeyPrefix)
        {
            throw new ZarrException("several codecs, shards, another order of axes than C and F, and keys that begin with c need Zarr v3");
        }

        JsonObject fields = new()
        {
            ["chunks"] = new JsonArray([.. ChunkShape.Select(extent => JsonValue.Create(extent))]),
            ["compressor"] = Codecs.Count == 0 ? null : Codecs[0].ToJson(),
            ["dtype"] = DataType.ToString(),
            ["fill_value"] = FillValue is { } value ? FillValues.Write(value, DataType) : null,
            ["filters"] = null,
            ["order"] = IsRowMajor ? "C" : "F",
            ["shape"] = new JsonArray([.. Shape.Select(extent => JsonValue.Create(extent))]),
            ["zarr_format"] = 2,
        };
        if (DimensionSeparator != '.')
        {
            fields["dimension_separator"] = DimensionSeparator.ToString();
        }

        return fields;
    }
}
