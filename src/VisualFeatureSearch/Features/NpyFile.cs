using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using VisualFeatureSearch.Zarr;

namespace VisualFeatureSearch.Features;

/// <summary>
/// An array of numbers as <c>numpy.save</c> writes it, as float32.
/// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
/// </summary>
/// <param name="Shape">Elements along each axis.</param>
/// <param name="Values">The elements in C order, rounded to float32.</param>
/// <param name="ElementType">The type of the elements in the file.</param>
public sealed partial record NpyFile(IReadOnlyList<int> Shape, float[] Values, ZarrDataType ElementType)
{
    /// <summary>Reads a file of numbers or booleans.</summary>
    /// <exception cref="FeatureStoreException">The file is missing, truncated, not of this format, or holds other elements.</exception>
    public static NpyFile Read(string path)
    {
        try
        {
            return Parse(File.ReadAllBytes(path));
        }
        catch (FormatException exception)
        {
            throw new FeatureStoreException($"{path} cannot be read as a NumPy array: {exception.Message}", exception);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FeatureStoreException($"{path}: no such file", exception);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException and not FeatureStoreException)
        {
            throw new FeatureStoreException($"{path} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>The bytes of a file of small whole numbers (<c>uint8</c>), such as a painted mask.</summary>
    /// <param name="values">The elements in C order.</param>
    /// <param name="shape">Elements along each axis.</param>
    public static byte[] WriteBytes(ReadOnlySpan<byte> values, params ReadOnlySpan<int> shape) => Write("|u1", values, shape);

    /// <summary>The bytes of a file of <c>float32</c>, such as a weight.</summary>
    /// <param name="values">The elements in C order.</param>
    /// <param name="shape">Elements along each axis.</param>
    public static byte[] WriteFloats(ReadOnlySpan<float> values, params ReadOnlySpan<int> shape)
    {
        byte[] bytes = new byte[values.Length * sizeof(float)];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        }

        return Write("<f4", bytes, shape);
    }

    private static byte[] Write(string type, ReadOnlySpan<byte> values, ReadOnlySpan<int> shape)
    {
        const int Preamble = 10;
        string extents = string.Concat(shape.ToArray().Select(extent => $"{extent}, "));
        string header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({extents}), }}";

        // The format wants the elements to begin at a multiple of 64 bytes, behind a line end.
        int length = ((Preamble + header.Length + 1 + 63) / 64 * 64) - Preamble;
        byte[] file = new byte[Preamble + length + values.Length];
        file[0] = 0x93;
        "NUMPY"u8.CopyTo(file.AsSpan(1));
        file[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(8), (ushort)length);
        Encoding.ASCII.GetBytes(header.PadRight(length - 1) + "\n", file.AsSpan(Preamble));
        values.CopyTo(file.AsSpan(Preamble + length));
        return file;
    }

    /// <summary>Reads the bytes of a file.</summary>
    /// <exception cref="FormatException">They are not of this format, truncated, or hold other elements.</exception>
    public static NpyFile Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 12 || bytes[0] != 0x93 || !bytes[1..].StartsWith("NUMPY"u8))
        {
            throw new FormatException("it does not start as numpy.save writes it");
        }

        int start = bytes[6] == 1 ? 10 : 12;
        long headerLength = bytes[6] == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (start + headerLength > bytes.Length)
        {
            throw new FormatException("it is truncated");
        }

        Match header = HeaderPattern().Match(Encoding.UTF8.GetString(bytes.Slice(start, (int)headerLength)));
        if (!header.Success)
        {
            throw new FormatException("its header is not one of a plain array");
        }

        ZarrDataType type;
        try
        {
            type = ZarrDataType.Parse(header.Groups["type"].Value);
        }
        catch (ZarrException exception)
        {
            throw new FormatException(exception.Message, exception);
        }

        int[] shape = [.. header.Groups["shape"].Value
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(extent => int.TryParse(extent, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : throw new FormatException($"its shape has '{extent}'"))];
        Int128 count = shape.Aggregate((Int128)1, (product, extent) => product * extent);
        ReadOnlySpan<byte> data = bytes[(start + (int)headerLength)..];
        if (count * type.Size != data.Length)
        {
            throw new FormatException($"it has {data.Length} bytes of elements where its shape needs {count * type.Size}");
        }

        float[] values = new float[(int)count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = ReadElement(data.Slice(i * type.Size, type.Size), type);
        }

        return new NpyFile(shape, header.Groups["fortran"].Value == "True" ? ToRowMajor(values, shape) : values, type);
    }

    private static float ReadElement(ReadOnlySpan<byte> stored, ZarrDataType type)
    {
        Span<byte> bytes = stackalloc byte[type.Size];
        stored.CopyTo(bytes);
        if (type.IsBigEndian)
        {
            bytes.Reverse();
        }

        return (type.Kind, type.Size) switch
        {
            (ZarrElementKind.Float, 2) => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes),
            (ZarrElementKind.Float, 4) => BinaryPrimitives.ReadSingleLittleEndian(bytes),
            (ZarrElementKind.Float, _) => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes),
            (ZarrElementKind.SignedInteger, 1) => (sbyte)bytes[0],
            (ZarrElementKind.SignedInteger, 2) => BinaryPrimitives.ReadInt16LittleEndian(bytes),
            (ZarrElementKind.SignedInteger, 4) => BinaryPrimitives.ReadInt32LittleEndian(bytes),
            (ZarrElementKind.SignedInteger, _) => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            (_, 1) => bytes[0],
            (_, 2) => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            (_, 4) => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        };
    }

    private static float[] ToRowMajor(float[] values, int[] shape)
    {
        float[] result = new float[values.Length];
        int[] at = new int[shape.Length];
        for (int from = 0; from < values.Length; from++)
        {
            int to = 0;
            for (int axis = 0; axis < shape.Length; axis++)
            {
                to = (to * shape[axis]) + at[axis];
            }

            result[to] = values[from];
            for (int axis = 0; axis < shape.Length && ++at[axis] == shape[axis]; axis++)
            {
                at[axis] = 0;
            }
        }

        return result;
    }

    [GeneratedRegex(@"'descr':\s*'(?<type>[^']+)'.*'fortran_order':\s*(?<fortran>True|False).*'shape':\s*\((?<shape>[^)]*)\)", RegexOptions.Singleline)]
    private static partial Regex HeaderPattern();
}
