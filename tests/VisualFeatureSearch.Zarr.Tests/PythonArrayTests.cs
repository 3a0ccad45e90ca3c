using System.Runtime.InteropServices;
using System.Security.Cryptography;
using VisualFeatureSearch.Tests.Support;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Zarr.Tests;

/// <summary>Arrays that Python's zarr wrote (tests/data/zarr/make.py).</summary>
public sealed class PythonArrayTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "data", "zarr", "arrays");

    public static TheoryData<string> Names => [.. ZarrGroup.Open(new DirectoryStore(Folder)).ListArrays().Where(name => name != "missing_chunk")];

    [Theory]
    [MemberData(nameof(Names))]
    public void An_array_of_any_codec_type_order_and_chunking_reads_as_Python_wrote_it(string name)
    {
        ZarrArray array = ZarrGroup.Open(new DirectoryStore(Folder)).OpenArray(name);
        int rows = (int)array.Metadata.Shape[0];

        Assert.Equal(Expected(array.Metadata), ReadRows(array, 0, rows));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Rows_can_be_read_in_any_sequence(string name)
    {
        ZarrArray array = ZarrGroup.Open(new DirectoryStore(Folder)).OpenArray(name);
        float[] expected = Expected(array.Metadata);
        int rows = (int)array.Metadata.Shape[0];
        int rowElements = expected.Length / rows;
        using ZarrRowReader reader = array.OpenRows();
        byte[] bytes = new byte[array.Metadata.RowLength];
        foreach (int row in (int[])[rows - 1, 0, 3, 1, rows / 2, (rows / 2) + 1, 2])
        {
            reader.Read(row, 1, bytes);
            Assert.Equal(expected.AsSpan(row * rowElements, rowElements).ToArray(), ToFloats(bytes, array.Metadata));
        }
    }

    [Fact]
    public void A_missing_chunk_has_the_fill_value()
    {
        ZarrArray array = ZarrGroup.Open(new DirectoryStore(Folder)).OpenArray("missing_chunk");
        Assert.True(array.HasChunk(0, 0, 0, 0));
        Assert.False(array.HasChunk(1, 0, 0, 0));
        Assert.All(ReadRows(array, 16, 24), value => Assert.True(float.IsNaN(value)));
        Assert.All(ReadRows(array, 0, 16), value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public async Task A_missing_chunk_of_an_array_that_was_written_as_a_whole_is_named()
    {
        ZarrArray array = ZarrGroup.Open(new DirectoryStore(Folder)).OpenArray("missing_chunk", isWhole: true);
        Assert.All(ReadRows(array, 0, 16), value => Assert.True(float.IsFinite(value)));
        long[] start = [16, 0, 0, 0];
        long[] count = [8, .. array.Metadata.Shape.Skip(1)];
        byte[] box = new byte[8 * array.Metadata.RowLength];
        foreach (ZarrException exception in (ZarrException[])
            [
                Assert.Throws<ZarrException>(() => ReadRows(array, 16, 24)),
                Assert.Throws<ZarrException>(() => array.Read(start, count, box)),
                await Assert.ThrowsAsync<ZarrException>(() => array.ReadAsync(start, count, box, TestContext.Current.CancellationToken)),
            ])
        {
            Assert.Contains("chunk missing_chunk/1.0.0.0 is missing", exception.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("zarr/tiny_f16")]
    [InlineData("zarr/tiny_f32")]
    public void The_originals_caches_hold_the_expected_values(string name)
    {
        ZarrArray array = ZarrGroup.Open(new DirectoryStore(Repository.Golden(name))).OpenArray("feats");
        byte[] npy = File.ReadAllBytes(Repository.Golden(name + ".npy"));
        byte[] rows = new byte[array.Metadata.RowLength * array.Metadata.Shape[0]];
        using ZarrRowReader reader = array.OpenRows();
        reader.Read(0, (int)array.Metadata.Shape[0], rows);

        Assert.Equal(npy[^rows.Length..], rows);
    }

    /// <summary>The digests are of the bytes that Python's zarr reads from the same caches.</summary>
    [Theory]
    [InlineData("g7", "ff1889fc73408e076366b60a72ae9ea06577f96de8db5c0510d201de4683cb0b")]
    [InlineData("g10x6", "e3cc1644ae2ea46feafafc0a112aa2618167fa6fa5c71819935e9070485db242")]
    [InlineData("g14", "48fe12afac8cc7e51149e6715c3934ec455551ac152bdde484a73e936784e7ba")]
    [InlineData("g5multi", "cbb131583930a4e9f0f0d005b727288b532a87be03bb4bed52869b87d56e2d34")]
    [InlineData("g5interrupted", "6c045adfe93d6765fe6e550d010a0c37fdd281ea2443a889184b7b215a4483e3")]
    public void Every_cache_of_the_original_reads_as_in_Python(string name, string sha256)
    {
        ZarrArray array = ZarrGroup.Open(new DirectoryStore(Repository.Golden($"zarr/{name}"))).OpenArray("feats");
        byte[] rows = new byte[array.Metadata.RowLength * array.Metadata.Shape[0]];
        using ZarrRowReader reader = array.OpenRows();
        reader.Read(0, (int)array.Metadata.Shape[0], rows);

        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(rows)));
    }

    internal static float[] ReadRows(ZarrArray array, int first, int count)
    {
        byte[] bytes = new byte[array.Metadata.RowLength * count];
        using ZarrRowReader reader = array.OpenRows();
        reader.Read(first, count, bytes);
        return ToFloats(bytes, array.Metadata);
    }

    private static float[] ToFloats(byte[] bytes, ZarrArrayMetadata metadata) => metadata.DataType.Size == 2
        ? [.. MemoryMarshal.Cast<byte, Half>(bytes).ToArray().Select(half => (float)half)]
        : MemoryMarshal.Cast<byte, float>(bytes).ToArray();

    private static float[] Expected(ZarrArrayMetadata metadata)
    {
        long count = metadata.Shape.Aggregate(1L, (product, extent) => product * extent);
        return [.. Enumerable.Range(0, (int)count).Select(i => (i * 7 % 251 / 8f) - 10)];
    }
}
