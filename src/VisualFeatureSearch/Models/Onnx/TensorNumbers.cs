using System.Buffers.Binary;
using Google.Protobuf;

namespace VisualFeatureSearch.Models.Onnx;

/// <summary>The floating point numbers of an ONNX tensor, which its file keeps in one of several ways.</summary>
internal static class TensorNumbers
{
    private const int Float32 = 1;
    private const int Float16 = 10;
    private const int Float64 = 11;
    private const int BFloat16 = 16;

    /// <summary>TensorProto.DataLocation: the numbers lie in a file of their own.</summary>
    private const int External = 1;

    public static bool AreFloating(TensorProto tensor) => tensor.DataType is Float32 or Float16 or Float64 or BFloat16;

    public static bool AreExternal(TensorProto tensor) => tensor.DataLocation == External;

    /// <summary>Reads the numbers, rounded to float32.</summary>
    /// <param name="tensor">A tensor of floating point numbers.</param>
    /// <param name="count">How many its shape needs.</param>
    /// <param name="folder">The folder that the files of external numbers are relative to.</param>
    /// <exception cref="ModelException">The file of the numbers cannot be read, or they are not as many as the shape needs.</exception>
    public static float[] Read(TensorProto tensor, int count, string folder)
    {
        int size = SizeOf(tensor.DataType);
        ReadOnlySpan<byte> raw = AreExternal(tensor) ? ReadExternal(tensor, (long)count * size, folder) : tensor.RawData.Span;
        float[] values;
        if (raw.Length > 0)
        {
            values = new float[raw.Length / size];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = Decode(raw.Slice(i * size, size), tensor.DataType);
            }
        }
        else
        {
            values = tensor.DataType switch
            {
                Float32 => [.. tensor.FloatData],
                Float64 => [.. tensor.DoubleData.Select(value => (float)value)],

                // The 16 bits of each number stand in an integer of their own.
                Float16 => [.. tensor.Int32Data.Select(bits => (float)BitConverter.UInt16BitsToHalf((ushort)bits))],
                _ => [.. tensor.Int32Data.Select(bits => BitConverter.Int32BitsToSingle(bits << 16))],
            };
        }

        return values.Length == count
            ? values
            : throw new ModelException($"the weight '{tensor.Name}' has {values.Length} numbers where its shape needs {count}: the file is damaged");
    }

    /// <summary>Puts numbers into the tensor itself, in its own element type.</summary>
    public static void Write(TensorProto tensor, ReadOnlySpan<float> values)
    {
        int size = SizeOf(tensor.DataType);
        byte[] raw = new byte[values.Length * size];
        for (int i = 0; i < values.Length; i++)
        {
            Encode(values[i], raw.AsSpan(i * size, size), tensor.DataType);
        }

        tensor.FloatData.Clear();
        tensor.Int32Data.Clear();
        tensor.DoubleData.Clear();
        tensor.ExternalData.Clear();
        tensor.DataLocation = 0;
        tensor.RawData = UnsafeByteOperations.UnsafeWrap(raw);
    }

    private static int SizeOf(int type) => type switch { Float32 => 4, Float64 => 8, _ => 2 };

    private static float Decode(ReadOnlySpan<byte> bytes, int type) => type switch
    {
        Float32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        Float64 => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        Float16 => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        _ => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadUInt16LittleEndian(bytes) << 16),
    };

    private static void Encode(float value, Span<byte> bytes, int type)
    {
        switch (type)
        {
            case Float32:
                BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
                break;
            case Float64:
                BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
                break;
            case Float16:
                BinaryPrimitives.WriteHalfLittleEndian(bytes, (Half)value);
                break;
            default:
                // To the nearest, ties to even: half of the last kept bit, less one where that bit is even.
                uint bits = BitConverter.SingleToUInt32Bits(value);
                bits += 0x7FFF + ((bits >> 16) & 1);
                BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)(bits >> 16));
                break;
        }
    }

    private static byte[] ReadExternal(TensorProto tensor, long length, string folder)
    {
        Dictionary<string, string> entries = tensor.ExternalData.DistinctBy(entry => entry.Key).ToDictionary(entry => entry.Key, entry => entry.Value);
        string path = Path.Combine(folder, entries.GetValueOrDefault("location", ""));
        try
        {
            byte[] bytes = new byte[length];
            using FileStream stream = File.OpenRead(path);
            stream.Position = entries.TryGetValue("offset", out string? offset) ? long.Parse(offset, System.Globalization.CultureInfo.InvariantCulture) : 0;
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException or OverflowException or ArgumentException)
        {
            throw new ModelException($"the weight '{tensor.Name}' lies in {path}, which cannot be read: {exception.Message}", exception);
        }
    }
}
