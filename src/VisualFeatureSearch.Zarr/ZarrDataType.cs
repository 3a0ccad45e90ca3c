using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;

namespace VisualFeatureSearch.Zarr;

/// <summary>What the bytes of an element mean.</summary>
public enum ZarrElementKind
{
    /// <summary>True or false, one byte.</summary>
    Boolean,

    /// <summary>Two's complement integer.</summary>
    SignedInteger,

    /// <summary>Unsigned integer.</summary>
    UnsignedInteger,

    /// <summary>IEEE 754 binary floating point: 2, 4 or 8 bytes.</summary>
    Float,
}

/// <summary>The type of an array's elements, in NumPy's notation: byte order, kind, size.</summary>
/// <param name="Kind">What the bytes mean.</param>
/// <param name="Size">Bytes an element: 1, 2, 4 or 8.</param>
/// <param name="IsBigEndian">Whether the most significant byte comes first in the stored chunks.</param>
public readonly record struct ZarrDataType(ZarrElementKind Kind, int Size, bool IsBigEndian = false)
{
    /// <summary>Little-endian float16, <c>&lt;f2</c>.</summary>
    public static ZarrDataType Float16 { get; } = new(ZarrElementKind.Float, 2);

    /// <summary>Little-endian float32, <c>&lt;f4</c>.</summary>
    public static ZarrDataType Float32 { get; } = new(ZarrElementKind.Float, 4);

    /// <summary>Reads NumPy's notation, such as <c>&lt;f2</c>, <c>&gt;i4</c> or <c>|u1</c>.</summary>
    /// <exception cref="ZarrException">The type is not one of the fixed-size numeric types.</exception>
    public static ZarrDataType Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 3
            && text[0] is '<' or '>' or '|'
            && int.TryParse(text.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out int size))
        {
            ZarrElementKind? kind = (text[1], size) switch
            {
                ('b', 1) => ZarrElementKind.Boolean,
                ('i', 1 or 2 or 4 or 8) => ZarrElementKind.SignedInteger,
                ('u', 1 or 2 or 4 or 8) => ZarrElementKind.UnsignedInteger,
                ('f', 2 or 4 or 8) => ZarrElementKind.Float,
                _ => null,
            };
            if (kind is { } known && (text[0] != '|' || size == 1))
            {
                return new ZarrDataType(known, size, text[0] == '>');
            }
        }

        throw new ZarrException($"the data type '{text}' is not supported: booleans, integers and floats of 1 to 8 bytes are");
    }

    /// <summary>NumPy's notation of the type.</summary>
    public override string ToString()
    {
        char kind = Kind switch
        {
            ZarrElementKind.Boolean => 'b',
            ZarrElementKind.SignedInteger => 'i',
            ZarrElementKind.UnsignedInteger => 'u',
            _ => 'f',
        };
        char order = Size == 1 ? '|' : IsBigEndian ? '>' : '<';
        return $"{order}{kind}{Size}";
    }

    /// <summary>The name of the type in Zarr v3, which says nothing of the byte order.</summary>
    public string NameV3 => Kind switch
    {
        ZarrElementKind.Boolean => "bool",
        ZarrElementKind.SignedInteger => $"int{Size * 8}",
        ZarrElementKind.UnsignedInteger => $"uint{Size * 8}",
        _ => $"float{Size * 8}",
    };

    /// <summary>Reads the name of a type in Zarr v3; the byte order is little-endian until a codec says otherwise.</summary>
    /// <exception cref="ZarrException">The type is not one of the fixed-size numeric types.</exception>
    public static ZarrDataType ParseV3(string text) => text switch
    {
        "bool" => new(ZarrElementKind.Boolean, 1),
        "int8" => new(ZarrElementKind.SignedInteger, 1),
        "int16" => new(ZarrElementKind.SignedInteger, 2),
        "int32" => new(ZarrElementKind.SignedInteger, 4),
        "int64" => new(ZarrElementKind.SignedInteger, 8),
        "uint8" => new(ZarrElementKind.UnsignedInteger, 1),
        "uint16" => new(ZarrElementKind.UnsignedInteger, 2),
        "uint32" => new(ZarrElementKind.UnsignedInteger, 4),
        "uint64" => new(ZarrElementKind.UnsignedInteger, 8),
        "float16" => new(ZarrElementKind.Float, 2),
        "float32" => new(ZarrElementKind.Float, 4),
        "float64" => new(ZarrElementKind.Float, 8),
        _ => throw new ZarrException($"the data type '{text}' is not supported: bool, integers and floats of 8 to 64 bits are"),
    };

    /// <summary>Whether elements are stored in the machine's own byte order, or have none.</summary>
    public bool IsMachineOrder => Size == 1 || IsBigEndian != BitConverter.IsLittleEndian;

    /// <summary>Turns elements in stored byte order into the machine's, and back.</summary>
    /// <param name="elements">Whole elements; changed in place.</param>
    public void ToMachineOrder(Span<byte> elements)
    {
        if (IsMachineOrder)
        {
            return;
        }

        switch (Size)
        {
            case 2:
                Span<short> two = MemoryMarshal.Cast<byte, short>(elements);
                BinaryPrimitives.ReverseEndianness(two, two);
                break;
            case 4:
                Span<int> four = MemoryMarshal.Cast<byte, int>(elements);
                BinaryPrimitives.ReverseEndianness(four, four);
                break;
            case 8:
                Span<long> eight = MemoryMarshal.Cast<byte, long>(elements);
                BinaryPrimitives.ReverseEndianness(eight, eight);
                break;
        }
    }
}
