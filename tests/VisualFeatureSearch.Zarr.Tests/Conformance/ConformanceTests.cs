using System.Text.Json.Nodes;
using VisualFeatureSearch.Tests.Support;
using VisualFeatureSearch.Zarr.Codecs;
using VisualFeatureSearch.Zarr.Sharding;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Zarr.Tests.Conformance;

/// <summary>Stores exchanged with independent implementations, in both directions, compared byte for byte.</summary>
public sealed class ConformanceTests
{
    private const int PythonArrays = 289;
    private const int ZarritaArrays = 240;

    private static readonly (long[] Shape, int[] Chunk, int[] Shard)[] Shapes =
    [
        ([13, 5, 6, 7], [4, 5, 6, 7], [8, 5, 6, 7]),
        ([13, 5, 6, 7], [5, 2, 4, 3], [10, 4, 4, 6]),
        ([1000], [128], [512]),
        ([60, 70], [60, 70], [60, 140]),
        ([9, 11, 13], [1, 20, 4], [3, 20, 8]),
        ([2, 2], [1, 1], [2, 2]),
        ([7, 300], [7, 299], [7, 299]),
    ];

    private static readonly ZarrDataType[] Types =
    [
        new(ZarrElementKind.Boolean, 1),
        .. from size in (int[])[1, 2, 4, 8] select new ZarrDataType(ZarrElementKind.SignedInteger, size),
        .. from size in (int[])[1, 2, 4, 8] select new ZarrDataType(ZarrElementKind.UnsignedInteger, size),
        .. from size in (int[])[2, 4, 8] from isBig in (bool[])[false, true] select new ZarrDataType(ZarrElementKind.Float, size, isBig),
        new(ZarrElementKind.SignedInteger, 8, true),
        new(ZarrElementKind.UnsignedInteger, 2, true),
    ];

    private static readonly ZarrCodec?[] Codecs =
    [
        null, new ZstdCodec(3), new GzipCodec(1), new GzipCodec(9), new ZlibCodec(5), new Lz4Codec(),
        .. from compressor in (BloscCompressor[])[BloscCompressor.BloscLz, BloscCompressor.Lz4, BloscCompressor.Lz4HighCompression, BloscCompressor.Zlib, BloscCompressor.Zstd]
           from shuffle in (BloscShuffle[])[BloscShuffle.None, BloscShuffle.Byte, BloscShuffle.Bit]
           select new BloscCodec(compressor, 5, shuffle),
        new BloscCodec(BloscCompressor.BloscLz, 9, BloscShuffle.Byte, 1024),
    ];

    [Fact]
    public void Arrays_of_Pythons_zarr_read_as_Python_reads_them()
    {
        using TemporaryFolder folder = new();
        Peers.Run("make.py", folder.Path, $"{PythonArrays}");
        AssertReads(folder, PythonArrays);
    }

    [Fact]
    public void Arrays_of_zarrita_read_as_zarrita_reads_them()
    {
        using TemporaryFolder folder = new();
        Peers.Run("make.mjs", folder.Path, $"{ZarritaArrays}");
        AssertReads(folder, ZarritaArrays);
    }

    [Fact]
    public void Arrays_written_here_read_identically_in_Pythons_zarr()
    {
        using TemporaryFolder folder = new();
        Write(folder, 2, PythonArrays);
        Assert.Equal([$"read {PythonArrays}"], Peers.Run("check.py", folder.Path));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Arrays_written_here_read_identically_in_zarrita(int format)
    {
        using TemporaryFolder folder = new();
        Write(folder, format, ZarritaArrays);
        Assert.Equal([$"read {ZarritaArrays}"], Peers.Run("check.mjs", folder.Path));
    }

    /// <summary>The number of each part of a case has no divisor in common with another's, so that all pairs come together.</summary>
    internal static void Write(TemporaryFolder folder, int format, int count)
    {
        Directory.CreateDirectory(folder["expected"]);
        ZarrGroup group = ZarrGroup.OpenOrCreate(new DirectoryStore(folder["store"]), null, format);
        Random random = new(1);
        for (int i = 0; i < count; i++)
        {
            (ZarrArrayMetadata metadata, bool isSmooth) = Case(format, i);
            ZarrArray array = group.CreateArray($"a{i:000}", metadata, new JsonObject { ["case"] = i });
            byte[] values = Values(random, metadata, isSmooth);
            WriteAll(array, values, i);
            File.WriteAllBytes(folder[$"expected/a{i:000}.bin"], ReadAll(array));
        }
    }

    private static (ZarrArrayMetadata Metadata, bool IsSmooth) Case(int format, int i)
    {
        (long[] shape, int[] chunk, int[] shard) = Shapes[i % Shapes.Length];
        ZarrDataType type = Types[i % Types.Length];
        ZarrCodec[] codecs = Codecs[i % Codecs.Length] is { } codec ? [codec] : [];
        bool isSharded = format == 3 && i % 4 == 3;
        int order = i / 2 % 3;
        byte[] one = new byte[type.Size];
        one[type.IsBigEndian ? ^1 : 0] = type.Kind == ZarrElementKind.Float ? (byte)0 : (byte)1;
        return (new ZarrArrayMetadata
        {
            Format = format,
            Shape = shape,
            ChunkShape = chunk,
            DataType = type,
            Codecs = format == 3 && i % 5 == 0 ? [.. codecs, new Crc32cCodec()] : codecs,
            Sharding = isSharded ? new ZarrSharding { ShardShape = shard, IndexCodecs = i % 8 == 7 ? [] : [new Crc32cCodec()] } : null,
            FillValue = one,
            AxisOrder = order == 0 || shape.Length == 1 ? [] : order == 1 || format == 2 ? ZarrArrayMetadata.ColumnMajor(shape.Length) : [1, 0, .. Enumerable.Range(2, shape.Length - 2)],
            HasChunkKeyPrefix = format == 3 && i % 3 != 0,
            DimensionSeparator = i % 2 == 0 ? '/' : '.',
        }, i % 3 == 0);
    }

    private static byte[] Values(Random random, ZarrArrayMetadata metadata, bool isSmooth)
    {
        byte[] values = new byte[metadata.StoredLength];
        if (metadata.DataType.Kind == ZarrElementKind.Boolean)
        {
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = (byte)random.Next(2);
            }
        }
        else if (isSmooth)
        {
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = (byte)(i / 40 % 50);
            }
        }
        else
        {
            random.NextBytes(values);
        }

        if (metadata.DataType is { Kind: ZarrElementKind.Float } type)
        {
            // No NaN but one: JavaScript does not keep the others' bits.
            for (int i = type.IsBigEndian ? 0 : type.Size - 1; i < values.Length; i += type.Size)
            {
                values[i] &= 0xBF;
            }
        }

        return values;
    }

    /// <summary>Every stored object gets the same values, but in each fifth case one is left out for the fill value.</summary>
    private static void WriteAll(ZarrArray array, byte[] values, int number)
    {
        int rank = array.Metadata.Shape.Count;
        long[] index = new long[rank];
        int written = 0;
        while (true)
        {
            if (number % 5 != 4 || written != 1)
            {
                array.WriteChunk(index, values);
            }

            written++;
            int axis = rank - 1;
            while (axis >= 0 && (index[axis] + 1) * array.Metadata.StoredShape[axis] >= array.Metadata.Shape[axis])
            {
                index[axis--] = 0;
            }

            if (axis < 0)
            {
                return;
            }

            index[axis]++;
        }
    }

    private static byte[] ReadAll(ZarrArray array)
    {
        byte[] bytes = new byte[array.Metadata.Shape.Aggregate((long)array.Metadata.DataType.Size, (product, extent) => product * extent)];
        array.Read(new long[array.Metadata.Shape.Count], [.. array.Metadata.Shape], bytes);
        return bytes;
    }

    private static void AssertReads(TemporaryFolder folder, int count)
    {
        ZarrGroup group = ZarrGroup.Open(new DirectoryStore(folder["store"]));
        List<string> wrong = [];
        foreach (string name in group.ListArrays())
        {
            byte[] expected = File.ReadAllBytes(folder[$"expected/{name}.bin"]);
            ZarrArray array = group.OpenArray(name);
            byte[] rows = new byte[expected.Length];
            using ZarrRowReader reader = array.OpenRows();
            reader.Read(0, (int)array.Metadata.Shape[0], rows);
            if (!expected.AsSpan().SequenceEqual(ReadAll(array)) || !expected.AsSpan().SequenceEqual(rows))
            {
                wrong.Add($"{name}: {array.Metadata}");
            }
        }

        Assert.Empty(wrong);
        Assert.Equal(count, group.ListArrays().Count);
    }
}
