using VisualFeatureSearch.Tests.Support;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Zarr.Tests;

public sealed class BrokenStoreTests
{
    private static readonly string Arrays = Path.Combine(Repository.Root, "tests", "data", "zarr", "arrays");

    [Theory]
    [InlineData("raw")]
    [InlineData("blosc_lz4_1")]
    [InlineData("blosc_zstd_2")]
    [InlineData("blosc_zlib_0")]
    [InlineData("zstd")]
    [InlineData("gzip")]
    [InlineData("split_chunks")]
    public void A_chunk_cut_short_anywhere_is_an_error_that_names_it(string name)
    {
        using TemporaryFolder folder = new();
        ZarrArray array = Copy(name, folder);
        string chunk = folder[$"{name}/0.0.0.0"];
        byte[] whole = File.ReadAllBytes(chunk);
        // Not less than a tenth from the end: the last bytes of gzip and Zstandard are checksums, whose loss loses no value.
        foreach (int length in (int[])[0, 1, 15, 16, 20, whole.Length / 2, whole.Length * 9 / 10])
        {
            File.WriteAllBytes(chunk, whole[..length]);
            ZarrException exception = Assert.Throws<ZarrException>(() => PythonArrayTests.ReadRows(array, 0, (int)array.Metadata.Shape[0]));
            Assert.Contains($"{name}/0.0.0.0", exception.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("blosc_lz4_1")]
    [InlineData("blosc_zstd_2")]
    [InlineData("blosc_f4_split")]
    [InlineData("zstd")]
    [InlineData("gzip")]
    public void A_flipped_byte_gives_values_or_a_typed_error_never_a_crash(string name)
    {
        using TemporaryFolder folder = new();
        ZarrArray array = Copy(name, folder);
        string chunk = folder[$"{name}/0.0.0.0"];
        byte[] whole = File.ReadAllBytes(chunk);
        int step = Math.Max(1, whole.Length / 200);
        for (int i = 0; i < whole.Length; i += i < 32 ? 1 : step)
        {
            byte[] flipped = (byte[])whole.Clone();
            flipped[i] ^= 0xFF;
            File.WriteAllBytes(chunk, flipped);
            Exception? exception = Record.Exception(() => PythonArrayTests.ReadRows(array, 0, 16));
            Assert.True(exception is null or ZarrException, $"byte {i}: {exception}");
        }
    }

    [Theory]
    [InlineData("[1]", "not a JSON object")]
    [InlineData("{", "not JSON")]
    [InlineData("""{"zarr_format": 3}""", "zarr_format")]
    [InlineData("""{"zarr_format": 2, "shape": [-1], "chunks": [1]}""", "\"shape\"")]
    [InlineData("""{"zarr_format": 2, "shape": [1], "chunks": [0]}""", "\"chunks\"")]
    [InlineData("""{"zarr_format": 2, "shape": [1, 1], "chunks": [1]}""", "axes")]
    [InlineData("""{"zarr_format": 2, "shape": [1], "chunks": [1], "dtype": "<c8"}""", "<c8")]
    [InlineData("""{"zarr_format": 2, "shape": [1], "chunks": [2000000000], "dtype": "<f4"}""", "\"chunks\"")]
    [InlineData("""{"zarr_format": 2, "shape": [4000000000, 4000000000], "chunks": [1, 1], "dtype": "<f8"}""", "\"shape\"")]
    [InlineData("""{"zarr_format": 2, "shape": [1], "chunks": [1], "dtype": "<f4", "compressor": {"id": "lzma"}}""", "lzma")]
    [InlineData("""{"zarr_format": 2, "shape": [1], "chunks": [1], "dtype": "<f4", "compressor": {"id": "blosc", "cname": "lzo"}}""", "lzo")]
    [InlineData("""{"zarr_format": 2, "shape": [1], "chunks": [1], "dtype": "<f4", "order": "K"}""", "\"order\"")]
    [InlineData("""{"zarr_format": 2, "shape": [1], "chunks": [1], "dtype": "<f4", "fill_value": "x"}""", "fill_value")]
    public void Metadata_that_cannot_be_is_refused_with_its_field(string json, string named)
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["a"]);
        File.WriteAllText(folder[".zgroup"], """{"zarr_format": 2}""");
        File.WriteAllText(folder["a/.zarray"], json);
        ZarrException exception = Assert.Throws<ZarrException>(() => ZarrGroup.Open(new DirectoryStore(folder.Path)).OpenArray("a"));
        Assert.Contains(named, exception.Message, StringComparison.Ordinal);
        Assert.Contains("a/.zarray", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_no_group_and_an_array_that_is_not_there_are_named()
    {
        using TemporaryFolder folder = new();
        Assert.Contains(".zgroup", Assert.Throws<ZarrException>(() => ZarrGroup.Open(new DirectoryStore(folder.Path))).Message, StringComparison.Ordinal);
        ZarrException exception = Assert.Throws<ZarrException>(() => ZarrGroup.Open(new DirectoryStore(Arrays)).OpenArray("conv5"));
        Assert.Contains("'conv5'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("split_chunks", exception.Message, StringComparison.Ordinal);
    }

    private static ZarrArray Copy(string name, TemporaryFolder folder)
    {
        Directory.CreateDirectory(folder[name]);
        File.Copy(Path.Combine(Arrays, ".zgroup"), folder[".zgroup"]);
        foreach (string file in Directory.GetFiles(Path.Combine(Arrays, name)))
        {
            File.Copy(file, folder[$"{name}/{Path.GetFileName(file)}"]);
        }

        return ZarrGroup.Open(new DirectoryStore(folder.Path)).OpenArray(name);
    }
}
