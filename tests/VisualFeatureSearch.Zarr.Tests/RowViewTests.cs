using VisualFeatureSearch.Tests.Support;
using VisualFeatureSearch.Zarr.Codecs;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Zarr.Tests;

/// <summary>Rows used where they lie in the store's files.</summary>
public sealed class RowViewTests : IDisposable
{
    private const int Rows = 23;
    private const int ChunkRows = 4;
    private const int RowBytes = 6 * 5 * 4;

    /// <summary>What the buffer is full of, to tell whether it was written to.</summary>
    private const byte Untouched = 0xA5;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Arrays => [.. ZarrGroup.Open(new DirectoryStore(Path.Combine(Repository.Root, "tests", "data", "zarr", "arrays"))).ListArrays()];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Arrays))]
    public void A_view_of_an_array_of_any_codec_type_order_and_chunking_has_what_reading_gives(string name)
    {
        ZarrArray array = ZarrGroup.Open(new DirectoryStore(Path.Combine(Repository.Root, "tests", "data", "zarr", "arrays"))).OpenArray(name);
        AssertAllViews(array, (int)array.Metadata.Shape[0], (int)array.Metadata.RowLength);
    }

    [Fact]
    public void Rows_that_are_stored_as_they_are_are_not_copied()
    {
        ZarrArray array = Write(new DirectoryStore(_folder.Path));
        AssertAllViews(array, Rows, RowBytes);
        Assert.Equal(!OperatingSystem.IsWindows(), IsMapped(array, 5, 3, 0));
        Assert.Equal(!OperatingSystem.IsWindows(), IsMapped(array, 20, 3, RowBytes));
        Assert.False(IsMapped(array, 5, 4, 0));
        Assert.False(IsMapped(array, 7, 1, 1));
    }

    [Fact]
    public void Compressed_rows_those_of_the_other_byte_order_and_those_that_are_no_files_are_copied()
    {
        Assert.False(IsMapped(Write(new DirectoryStore(_folder["zstd"]), metadata => metadata with { Codecs = [new ZstdCodec(1)] }), 5, 1, 0));
        Assert.False(IsMapped(Write(new DirectoryStore(_folder["big"]), metadata => metadata with { DataType = new ZarrDataType(ZarrElementKind.Float, 4, IsBigEndian: true) }), 5, 1, 0));
        Assert.False(IsMapped(Write(new MemoryStore()), 5, 1, 0));
    }

    [Fact]
    public void A_chunk_that_is_replaced_missing_or_cut_short_does_no_harm()
    {
        ZarrArray array = Write(new DirectoryStore(_folder.Path));
        using ZarrRowReader rows = array.OpenRows();
        byte[] buffer = new byte[RowBytes];
        byte[] before = rows.View(1, 1, 0, buffer).ToArray();
        ReadOnlySpan<byte> view = rows.View(1, 1, 0, buffer);

        array.WriteChunk([0, 0, 0], new byte[ChunkRows * RowBytes]);
        Assert.Equal(before, view);
        Assert.Equal(new byte[RowBytes], rows.View(1, 1, 0, buffer));

        File.Delete(ChunkFile(1));
        Assert.Equal(new byte[RowBytes], rows.View(5, 1, 0, buffer));

        using (FileStream file = new(ChunkFile(2), FileMode.Open))
        {
            file.SetLength(file.Length - 1);
        }

        ZarrException exception = Assert.Throws<ZarrException>(() => rows.View(8, 1, 0, buffer).Length);
        Assert.Contains("chunk a/2.0.0 cannot be read", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_outside_the_array_and_buffers_that_are_too_small_are_refused()
    {
        using ZarrRowReader rows = Write(new MemoryStore()).OpenRows();
        byte[] buffer = new byte[3 * RowBytes];
        Assert.Throws<ArgumentOutOfRangeException>(() => rows.View(-1, 1, 0, buffer).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => rows.View(22, 2, 0, buffer).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => rows.View(0, 4, 0, buffer).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => rows.View(0, 3, 1, buffer).Length);
    }

    [Fact]
    public void A_slice_of_a_mapped_file_stays_inside_of_it_and_outlives_nothing()
    {
        File.WriteAllBytes(_folder["file"], [1, 2, 3, 4]);
        MappedFile file = MappedFile.Open(_folder["file"]);
        Assert.Equal([2, 3], file.Slice(1, 2).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Slice(3, 2).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Slice(-4, 8).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Slice(long.MaxValue, 4).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Slice(0, -1).Length);
        file.Dispose();
        file.Dispose();
    }

    private static ZarrArray Write(IWritableZarrStore store, Func<ZarrArrayMetadata, ZarrArrayMetadata>? change = null)
    {
        ZarrArrayMetadata metadata = new() { Shape = [Rows, 6, 5], ChunkShape = [ChunkRows, 6, 5], DataType = ZarrDataType.Float32 };
        ZarrArray array = ZarrGroup.OpenOrCreate(store).CreateArray("a", change?.Invoke(metadata) ?? metadata);
        Random random = new(9);
        byte[] chunk = new byte[ChunkRows * RowBytes];
        for (int first = 0; first < Rows; first += ChunkRows)
        {
            random.NextBytes(chunk);
            array.WriteChunk([first / ChunkRows, 0, 0], chunk);
        }

        return array;
    }

    private static void AssertAllViews(ZarrArray array, int count, int rowBytes)
    {
        byte[] expected = new byte[count * rowBytes];
        using ZarrRowReader rows = array.OpenRows();
        rows.Read(0, count, expected);
        foreach (int padding in (int[])[0, 1, rowBytes])
        {
            byte[] buffer = new byte[expected.Length + padding];
            for (int first = 0; first < count; first++)
            {
                for (int length = 0; length <= count - first; length++)
                {
                    ReadOnlySpan<byte> view = rows.View(first, length, padding, buffer);
                    Assert.Equal((length * rowBytes) + padding, view.Length);
                    Assert.True(view[..(length * rowBytes)].SequenceEqual(expected.AsSpan(first * rowBytes, length * rowBytes)), $"{length} rows from {first} on");
                }
            }
        }
    }

    private static bool IsMapped(ZarrArray array, long first, int count, int padding)
    {
        byte[] buffer = new byte[(count * (int)array.Metadata.RowLength) + padding];
        buffer.AsSpan().Fill(Untouched);
        using ZarrRowReader rows = array.OpenRows();
        _ = rows.View(first, count, padding, buffer);
        return !buffer.AsSpan().ContainsAnyExcept(Untouched);
    }

    private string ChunkFile(int chunk) => _folder[Path.Combine("a", $"{chunk}.0.0")];
}
