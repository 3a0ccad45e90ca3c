using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using VisualFeatureSearch.Tests.Support;
using VisualFeatureSearch.Zarr.Codecs;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Zarr.Tests;

public sealed class WritingTests
{
    public static TheoryData<string> Codecs => ["null", .. Blosc(), Zip("zstd", 3), Zip("gzip", 6), Zip("zlib", 6)];

    [Theory]
    [MemberData(nameof(Codecs))]
    public void What_is_written_reads_back(string codecJson)
    {
        using TemporaryFolder folder = new();
        foreach (bool compressible in (bool[])[true, false])
        {
            ZarrArrayMetadata metadata = new()
            {
                Shape = [10, 3, 7, 9],
                ChunkShape = [10, 3, 7, 9],
                DataType = ZarrDataType.Float32,
                Codecs = ZarrCodec.FromJson(JsonNode.Parse(codecJson)) is { } codec ? [codec] : [],
            };
            Random random = new(1);
            float[] values = [.. Enumerable.Range(0, 1890).Select(i => compressible ? i / 64 : random.NextSingle())];
            ZarrArray array = ZarrGroup.OpenOrCreate(new DirectoryStore(folder.Path)).CreateArray("a", metadata);
            array.WriteChunk([0, 0, 0, 0], MemoryMarshal.AsBytes(values.AsSpan()));

            ZarrArray reopened = ZarrGroup.Open(new DirectoryStore(folder.Path)).OpenArray("a");

            Assert.Equal(codecJson, reopened.Metadata.Codecs.SingleOrDefault()?.ToJson().ToJsonString() ?? "null");
            Assert.Equal(values, PythonArrayTests.ReadRows(reopened, 0, 10));
        }
    }

    [Fact]
    public void An_unfinished_write_leaves_the_old_value()
    {
        using TemporaryFolder folder = new();
        DirectoryStore store = new(folder.Path);
        store.Write("key", [1, 2, 3]);
        File.WriteAllBytes(folder["key" + DirectoryStore.PartialSuffix], [9]);

        Assert.True(store.TryOpen("key", out ZarrBlob? blob));
        using (blob)
        {
            Assert.Equal(3, blob.Length);
        }

        store.Write("key", [4]);
        Assert.Equal(["key"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void A_chunk_of_another_length_is_refused()
    {
        using TemporaryFolder folder = new();
        ZarrArrayMetadata metadata = new() { Shape = [4], ChunkShape = [2], DataType = ZarrDataType.Float16 };
        ZarrArray array = ZarrGroup.OpenOrCreate(new DirectoryStore(folder.Path)).CreateArray("a", metadata);
        Assert.Throws<ArgumentException>(() => array.WriteChunk([0], [1, 2, 3]));
    }

    private static IEnumerable<string> Blosc() =>
        from cname in (string[])["lz4", "lz4hc", "zstd", "zlib"]
        from shuffle in (int[])[0, 1, 2]
        select new JsonObject { ["id"] = "blosc", ["cname"] = cname, ["clevel"] = 5, ["shuffle"] = shuffle, ["blocksize"] = 0 }.ToJsonString();

    private static string Zip(string id, int level) => new JsonObject { ["id"] = id, ["level"] = level }.ToJsonString();
}
