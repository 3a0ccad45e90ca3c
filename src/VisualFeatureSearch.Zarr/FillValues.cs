using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json.Nodes;

namespace VisualFeatureSearch.Zarr;

/// <summary>Fill values between JSON and the bytes of one element.</summary>
internal static class FillValues
{
    /// <summary>Reads a fill value: a number, true or false, <c>NaN</c>, <c>Infinity</c>, <c>-Infinity</c>, or in v3 a float's bits as <c>0x7fc00000</c>.</summary>
    /// <returns>One element in the type's byte order; null for null.</returns>
    public static ReadOnlyMemory<byte>? Read(JsonNode? node, ZarrDataType type)
    {
        if (node is null)
        {
            return null;
        }

        if (node is not JsonValue value)
        {
            throw Refused(node, type);
        }

        byte[] bytes = type.Kind == ZarrElementKind.Float ? Float(value, type) : Integer(value, type);
        if (type.IsBigEndian)
        {
            Array.Reverse(bytes);
        }

        return bytes;
    }

    /// <summary>Writes a fill value as both versions of Zarr read it.</summary>
    /// <param name="stored">One element in the type's byte order.</param>
    /// <param name="type">The type.</param>
    public static JsonNode Write(ReadOnlyMemory<byte> stored, ZarrDataType type)
    {
        byte[] bytes = stored.ToArray();
        if (type.IsBigEndian)
        {
            Array.Reverse(bytes);
        }

        if (type.Kind == ZarrElementKind.Float)
        {
            double number = type.Size switch
            {
                2 => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes),
                4 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
                _ => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
            };
            return double.IsNaN(number) ? JsonValue.Create("NaN")
                : double.IsInfinity(number) ? JsonValue.Create(number > 0 ? "Infinity" : "-Infinity")
                : JsonValue.Create(number);
        }

        Span<byte> whole = stackalloc byte[16];
        bool isNegative = type.Kind == ZarrElementKind.SignedInteger && (bytes[^1] & 0x80) != 0;
        whole.Fill(isNegative ? (byte)0xFF : (byte)0);
        bytes.CopyTo(whole);
        Int128 integer = BinaryPrimitives.ReadInt128LittleEndian(whole);
        return type.Kind == ZarrElementKind.Boolean ? JsonValue.Create(integer != 0)
            : integer > long.MaxValue ? JsonValue.Create((ulong)integer)
            : JsonValue.Create((long)integer);
    }

    private static byte[] Float(JsonValue value, ZarrDataType type)
    {
        byte[] bytes = new byte[type.Size];
        double number;
        if (value.TryGetValue(out string? text))
        {
            if (text.StartsWith("0x", StringComparison.Ordinal))
            {
                return ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong bits) && text.Length == 2 + (2 * type.Size)
                    ? BitConverter.GetBytes(BitConverter.IsLittleEndian ? bits : BinaryPrimitives.ReverseEndianness(bits))[..type.Size]
                    : throw Refused(value, type);
            }

            number = text switch
            {
                "NaN" => double.NaN,
                "Infinity" => double.PositiveInfinity,
                "-Infinity" => double.NegativeInfinity,
                _ => throw Refused(value, type),
            };
        }
        else
        {
            number = value.TryGetValue(out bool flag) ? (flag ? 1 : 0)
                : value.TryGetValue(out double given) ? given
                : throw Refused(value, type);
        }

        switch (type.Size)
        {
            case 2:
                BinaryPrimitives.WriteHalfLittleEndian(bytes, (Half)number);
                break;
            case 4:
                BinaryPrimitives.WriteSingleLittleEndian(bytes, (float)number);
                break;
            default:
                BinaryPrimitives.WriteDoubleLittleEndian(bytes, number);
                break;
        }

        if (double.IsNaN(number))
        {
            // The specification's NaN has no sign; that of this machine does.
            bytes[^1] &= 0x7F;
        }

        return bytes;
    }

    private static byte[] Integer(JsonValue value, ZarrDataType type)
    {
        Int128 number;
        if (value.TryGetValue(out bool flag))
        {
            number = flag ? 1 : 0;
        }
        else if (Int128.TryParse(value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out Int128 whole))
        {
            number = whole;
        }
        else if (value.TryGetValue(out double given) && Math.Abs(given) < 1e19 && Math.Floor(given) == given)
        {
            number = (Int128)given;
        }
        else
        {
            throw Refused(value, type);
        }

        int bits = type.Size * 8;
        (Int128 least, Int128 most) = type.Kind switch
        {
            ZarrElementKind.Boolean => (Int128.Zero, Int128.One),
            ZarrElementKind.SignedInteger => (-(Int128.One << (bits - 1)), (Int128.One << (bits - 1)) - 1),
            _ => (Int128.Zero, (Int128.One << bits) - 1),
        };
        if (number < least || number > most)
        {
            throw Refused(value, type);
        }

        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt128LittleEndian(bytes, number);
        return bytes[..type.Size].ToArray();
    }

    private static ZarrException Refused(JsonNode node, ZarrDataType type) =>
        new($"\"fill_value\" is {node.ToJsonString()}: it must be {(type.Kind == ZarrElementKind.Float ? "a number, \"NaN\", \"Infinity\" or \"-Infinity\"" : $"a number that {type.NameV3} holds")}");
}
