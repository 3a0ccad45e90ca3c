using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using VisualFeatureSearch.Zarr.Codecs;

namespace VisualFeatureSearch.Zarr;

public sealed partial record ZarrArrayMetadata
{
    /// <summary>A chunk larger than this is not decoded: no tool writes one, a broken file may claim one.</summary>
    private const long MaximumChunkLength = int.MaxValue;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, IndentSize = 4 };

    /// <summary>Reads the text of a <c>.zarray</c>.</summary>
    /// <exception cref="ZarrException">A field is missing, has a value it cannot have, or asks for something unsupported.</exception>
    public static ZarrArrayMetadata Parse(ReadOnlySpan<byte> json)
    {
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(json);
        }
        catch (JsonException exception)
        {
            throw new ZarrException($"it is not JSON: {exception.Message}", exception);
        }

        if (root is not JsonObject fields)
        {
            throw new ZarrException("it is not a JSON object");
        }

        if (fields["zarr_format"] is not JsonValue version || !version.TryGetValue(out int format) || format != 2)
        {
            throw new ZarrException("\"zarr_format\" must be 2");
        }

        long[] shape = ReadExtents(fields, "shape", 0, long.MaxValue);
        long[] chunks = ReadExtents(fields, "chunks", 1, int.MaxValue);
        if (shape.Length == 0 || shape.Length != chunks.Length)
        {
            throw new ZarrException($"\"shape\" has {shape.Length} axes and \"chunks\" {chunks.Length}: both need the same number, at least one");
        }

        string type = fields["dtype"] is JsonValue dtype && dtype.TryGetValue(out string? text)
            ? text
            : throw new ZarrException("\"dtype\" must be a string such as \"<f2\"");
        ZarrDataType dataType = ZarrDataType.Parse(type);
        if (fields["filters"] is JsonArray { Count: > 0 })
        {
            throw new ZarrException("\"filters\" are not supported: write the array without filters");
        }

        EnsureProductFits(shape, dataType.Size, long.MaxValue, "\"shape\"");
        EnsureProductFits(chunks, dataType.Size, MaximumChunkLength, "\"chunks\"");
        string order = fields["order"]?.ToString() ?? "C";
        string separator = fields["dimension_separator"]?.ToString() ?? ".";
        return new ZarrArrayMetadata
        {
            Shape = shape,
            ChunkShape = [.. chunks.Select(extent => (int)extent)],
            DataType = dataType,
            Codec = ZarrCodec.FromJson(fields["compressor"]),
            FillValue = ReadFillValue(fields["fill_value"], dataType),
            IsColumnMajor = order switch
            {
                "C" => false,
                "F" => true,
                _ => throw new ZarrException($"\"order\" is '{order}': it must be C or F"),
            },
            DimensionSeparator = separator is "." or "/"
                ? separator[0]
                : throw new ZarrException($"\"dimension_separator\" is '{separator}': it must be . or /"),
        };
    }

    /// <summary>The text of the <c>.zarray</c>, UTF-8.</summary>
    public byte[] ToJson()
    {
        JsonObject fields = new()
        {
            ["chunks"] = new JsonArray([.. ChunkShape.Select(extent => JsonValue.Create(extent))]),
            ["compressor"] = Codec.ToJson(),
            ["dtype"] = DataType.ToString(),
            ["fill_value"] = WriteFillValue(),
            ["filters"] = null,
            ["order"] = IsColumnMajor ? "F" : "C",
            ["shape"] = new JsonArray([.. Shape.Select(extent => JsonValue.Create(extent))]),
            ["zarr_format"] = 2,
        };
        if (DimensionSeparator != '.')
        {
            fields["dimension_separator"] = DimensionSeparator.ToString();
        }

        return Encoding.UTF8.GetBytes(fields.ToJsonString(Indented));
    }

    private static long[] ReadExtents(JsonObject fields, string name, long minimum, long maximum)
    {
        if (fields[name] is not JsonArray items)
        {
            throw new ZarrException($"\"{name}\" must be a list of integers");
        }

        long[] extents = new long[items.Count];
        for (int i = 0; i < extents.Length; i++)
        {
            if (items[i] is not JsonValue value || !value.TryGetValue(out long extent) || extent < minimum || extent > maximum)
            {
                throw new ZarrException($"\"{name}\" has {items[i]?.ToJsonString() ?? "null"} in place {i}: it must be an integer of at least {minimum}");
            }

            extents[i] = extent;
        }

        return extents;
    }

    private static void EnsureProductFits(long[] extents, int elementSize, long maximum, string name)
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

    private static ReadOnlyMemory<byte>? ReadFillValue(JsonNode? node, ZarrDataType type)
    {
        if (node is not JsonValue value)
        {
            return null;
        }

        double number;
        if (value.TryGetValue(out bool flag))
        {
            number = flag ? 1 : 0;
        }
        else if (value.TryGetValue(out string? name))
        {
            number = name switch
            {
                "NaN" => double.NaN,
                "Infinity" => double.PositiveInfinity,
                "-Infinity" => double.NegativeInfinity,
                _ => throw new ZarrException($"\"fill_value\" is \"{name}\": it must be a number, NaN, Infinity or -Infinity"),
            };
        }
        else if (!value.TryGetValue(out number))
        {
            throw new ZarrException("\"fill_value\" must be a number, NaN, Infinity or -Infinity");
        }

        byte[] bytes = new byte[type.Size];
        switch (type)
        {
            case { Kind: ZarrElementKind.Float, Size: 2 }:
                BinaryPrimitives.WriteHalfLittleEndian(bytes, (Half)number);
                break;
            case { Kind: ZarrElementKind.Float, Size: 4 }:
                BinaryPrimitives.WriteSingleLittleEndian(bytes, (float)number);
                break;
            case { Kind: ZarrElementKind.Float }:
                BinaryPrimitives.WriteDoubleLittleEndian(bytes, number);
                break;
            default:
                Span<byte> whole = stackalloc byte[16];
                BinaryPrimitives.WriteInt128LittleEndian(whole, (Int128)number);
                whole[..type.Size].CopyTo(bytes);
                break;
        }

        if (type.IsBigEndian)
        {
            Array.Reverse(bytes);
        }

        return bytes;
    }

    private JsonNode? WriteFillValue()
    {
        if (FillValue is not { } stored)
        {
            return null;
        }

        byte[] bytes = stored.ToArray();
        if (DataType.IsBigEndian)
        {
            Array.Reverse(bytes);
        }

        if (DataType.Kind == ZarrElementKind.Float)
        {
            double number = DataType.Size switch
            {
                2 => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes),
                4 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
                _ => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
            };
            return double.IsNaN(number) ? "NaN"
                : double.IsInfinity(number) ? number > 0 ? "Infinity" : "-Infinity"
                : JsonValue.Create(number);
        }

        Span<byte> whole = stackalloc byte[16];
        bool negative = DataType.Kind == ZarrElementKind.SignedInteger && (bytes[^1] & 0x80) != 0;
        whole.Fill(negative ? (byte)0xFF : (byte)0);
        bytes.CopyTo(whole);
        Int128 integer = BinaryPrimitives.ReadInt128LittleEndian(whole);
        return DataType.Kind == ZarrElementKind.Boolean ? JsonValue.Create(integer != 0)
            : integer > long.MaxValue ? JsonValue.Create((ulong)integer)
            : JsonValue.Create((long)integer);
    }
}
