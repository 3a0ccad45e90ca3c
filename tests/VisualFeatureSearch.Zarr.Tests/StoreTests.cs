using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using VisualFeatureSearch.Tests.Support;
using VisualFeatureSearch.Zarr.Codecs;
using VisualFeatureSearch.Zarr.Sharding;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Zarr.Tests;

/// <summary>One hierarchy, v2 and v3, with a group in a group and sharded arrays, seen through every kind of store.</summary>
public sealed class StoreTests
{
    private static readonly long[] Shape = [20, 6, 5];

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void A_zip_file_holds_what_its_folder_held(int format)
    {
        using TemporaryFolder folder = new();
        byte[] expected = WriteHierarchy(new DirectoryStore(folder["store"]), format);
        foreach (CompressionLevel level in (CompressionLevel[])[CompressionLevel.NoCompression, CompressionLevel.Optimal])
        {
            string file = folder[$"{level}.zip"];
            ZipFile.CreateFromDirectory(folder["store"], file, level, includeBaseDirectory: false);
            using ZipStore store = new(file);
            AssertHierarchy(store, expected);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_web_server_is_read_by_ranges_and_listed_by_consolidated_metadata(int format)
    {
        using TemporaryFolder folder = new();
        byte[] expected = WriteHierarchy(new DirectoryStore(folder.Path), format);
        FileServer server = new(folder.Path);
        using HttpClient client = new(server);
        HttpStore store = new(client, new Uri("http://data.example/caches/mine/?token=1"));
        Assert.Empty(ZarrGroup.Open(store).ListArrays());
        ZarrGroup.Open(new DirectoryStore(folder.Path)).Consolidate();

        AssertHierarchy(store, expected);
        ZarrArray array = ZarrGroup.Open(store).OpenGroup("inner").OpenArray("sharded");
        byte[] values = new byte[expected.Length];
        server.LongestAnswer = 0;
        await array.ReadAsync(new long[3], Shape, values, TestContext.Current.CancellationToken);
        Assert.Equal(expected, values);
        Assert.True(format == 2 || server.LongestAnswer < expected.Length / 2, "a part of a shard was wanted, not the whole");
        Assert.All(server.Addresses, address => Assert.EndsWith("?token=1", address, StringComparison.Ordinal));
    }

    [Fact]
    public void A_web_server_that_fails_or_knows_no_ranges_is_named()
    {
        using TemporaryFolder folder = new();
        WriteHierarchy(new DirectoryStore(folder.Path), 3);
        FileServer server = new(folder.Path) { HasRanges = false };
        using HttpClient client = new(server);
        HttpStore store = new(client, new Uri("http://data.example/mine"));
        ZarrArray array = ZarrGroup.Open(store).OpenArray("inner/sharded");
        ZarrException exception = Assert.Throws<ZarrException>(() => array.Read([0, 0, 0], [1, 1, 1], new byte[4]));
        Assert.Contains("http://data.example/mine/inner/sharded/c/0/0/0", exception.Message, StringComparison.Ordinal);
        Assert.Contains("ranges", exception.Message, StringComparison.Ordinal);

        server.Status = HttpStatusCode.ServiceUnavailable;
        Assert.Contains("503", Assert.Throws<ZarrException>(() => ZarrGroup.Open(store)).Message, StringComparison.Ordinal);
        using HttpClient offline = new(new Offline());
        Assert.Contains("no route", Assert.Throws<ZarrException>(() => ZarrGroup.Open(new HttpStore(offline, new Uri("http://data.example/")))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_store_that_is_only_read_says_so_when_it_is_written()
    {
        using TemporaryFolder folder = new();
        WriteHierarchy(new DirectoryStore(folder["store"]), 2);
        ZipFile.CreateFromDirectory(folder["store"], folder["a.zip"]);
        using ZipStore store = new(folder["a.zip"]);
        ZarrGroup group = ZarrGroup.Open(store);
        Assert.Contains("only be read", Assert.Throws<ZarrException>(() => group.WriteAttributes([])).Message, StringComparison.Ordinal);
        Assert.Contains("only be read", Assert.Throws<ZarrException>(() => group.OpenArray("plain").WriteChunk([0, 0, 0], new byte[4 * 4 * 6 * 5])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_zip_file_of_a_whole_folder_and_the_folder_above_a_group_are_told_what_to_give()
    {
        using TemporaryFolder folder = new();
        _ = ZarrGroup.OpenOrCreate(new DirectoryStore(folder["above/photos.zarr"]));
        ZipFile.CreateFromDirectory(folder["above"], folder["a.zip"]);
        using ZipStore zip = new(folder["a.zip"]);
        foreach (IZarrStore store in (IZarrStore[])[zip, new DirectoryStore(folder["above"])])
        {
            Assert.Contains("has one in it: give photos.zarr itself, or zip what is in it", Assert.Throws<ZarrException>(() => ZarrGroup.Open(store)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_that_is_no_zip_and_a_zip_cut_short_are_named()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["a.zip"], "not a zip");
        Assert.Contains("a.zip", Assert.Throws<ZarrException>(() => ZarrStores.Open(folder["a.zip"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_flipped_bit_is_found_by_the_checksum_of_chunk_and_of_shard_index()
    {
        MemoryStore store = new();
        WriteHierarchy(store, 3);
        ZarrArray array = ZarrGroup.Open(store).OpenArray("inner/sharded");
        const string Key = "inner/sharded/c/0/0/0";
        Assert.True(store.TryOpen(Key, out ZarrBlob? blob));
        byte[] whole = new byte[blob.Length];
        blob.ReadExactly(0, whole);
        foreach (int at in (int[])[0, whole.Length / 3, whole.Length - 1])
        {
            byte[] flipped = [.. whole];
            flipped[at] ^= 4;
            store.Write(Key, flipped);
            byte[] values = new byte[8 * 6 * 5 * 4];
            ZarrException exception = Assert.Throws<ZarrException>(() => array.Read([0, 0, 0], [8, 6, 5], values));
            Assert.Contains(Key, exception.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/../../b")]
    [InlineData("a//b")]
    public void A_name_cannot_leave_the_store(string name)
    {
        MemoryStore store = new();
        WriteHierarchy(store, 2);
        Assert.Contains(name, Assert.Throws<ZarrException>(() => ZarrGroup.Open(store).OpenArray(name)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_v3_array_that_asks_for_what_there_is_not_is_refused_with_its_field()
    {
        MemoryStore store = new();
        WriteHierarchy(store, 3);
        JsonObject good = Metadata(store, "plain/zarr.json");
        Refused(fields => fields["data_type"] = "complex64", "complex64");
        Refused(fields => fields["node_type"] = "table", "node_type");
        Refused(fields => fields["surprise"] = 1, "surprise");
        Refused(fields => fields["chunk_grid"]!["name"] = "irregular", "irregular");
        Refused(fields => fields["chunk_grid"]!["configuration"]!["chunk_shape"] = new JsonArray(1, 1), "chunk_shape");
        Refused(fields => fields["codecs"] = new JsonArray(), "codecs");
        Refused(fields => fields["codecs"]!.AsArray().Add(new JsonObject { ["name"] = "lzma" }), "lzma");
        Refused(fields => fields["codecs"]!.AsArray().Insert(0, new JsonObject { ["name"] = "transpose", ["configuration"] = new JsonObject { ["order"] = new JsonArray(0, 0, 1) } }), "transpose");
        Refused(fields => fields["shape"] = new JsonArray(1L << 62, 1L << 62, 5), "shape");
        Refused(fields => fields.Remove("fill_value"), "fill_value");

        void Refused(Action<JsonObject> change, string named)
        {
            JsonObject fields = good.DeepClone().AsObject();
            change(fields);
            store.Write("plain/zarr.json", Encoding.UTF8.GetBytes(fields.ToJsonString()));
            ZarrException exception = Assert.Throws<ZarrException>(() => ZarrGroup.Open(store).OpenArray("plain"));
            Assert.Contains(named, exception.Message, StringComparison.Ordinal);
            Assert.Contains("plain/zarr.json", exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Snappy_inside_Blosc_reads_back()
    {
        MemoryStore store = new();
        ZarrArray array = ZarrGroup.OpenOrCreate(store).CreateArray("a", new ZarrArrayMetadata
        {
            Shape = [4, 1000],
            ChunkShape = [4, 1000],
            DataType = ZarrDataType.Float32,
            Codecs = [new BloscCodec(BloscCompressor.Snappy)],
        });
        byte[] values = [.. Enumerable.Range(0, 16_000).Select(i => (byte)(i / 100))];
        array.WriteChunk([0, 0], values);
        byte[] read = new byte[values.Length];
        array.Read([0, 0], [4, 1000], read);
        Assert.Equal(values, read);
    }

    /// <summary>Arrays "plain" and "inner/sharded" of the same values; v2 has no shards.</summary>
    private static byte[] WriteHierarchy(IWritableZarrStore store, int format)
    {
        ZarrGroup root = ZarrGroup.OpenOrCreate(store, new JsonObject { ["title"] = "root" }, format);
        ZarrArrayMetadata metadata = new() { Shape = Shape, ChunkShape = [4, 6, 5], DataType = ZarrDataType.Float32, HasChunkKeyPrefix = format == 3, DimensionSeparator = '/' };
        ZarrArray plain = root.CreateArray("plain", metadata, new JsonObject { ["unit"] = "volt" });
        ZarrArray sharded = root.CreateGroup("inner", new JsonObject { ["title"] = "inner" }).CreateArray("sharded", format == 2 ? metadata : metadata with
        {
            ChunkShape = [2, 3, 5],
            Codecs = [new Crc32cCodec()],
            Sharding = new ZarrSharding { ShardShape = [8, 6, 5] },
        });
        Random random = new(3);
        byte[] values = new byte[20 * 6 * 5 * 4];
        random.NextBytes(values);
        foreach (ZarrArray array in (ZarrArray[])[plain, sharded])
        {
            int rows = array.Metadata.StoredShape[0];
            byte[] stored = new byte[array.Metadata.StoredLength];
            for (int first = 0; first < 20; first += rows)
            {
                values.AsSpan(first * 120, Math.Min(rows, 20 - first) * 120).CopyTo(stored);
                array.WriteChunk([first / rows, 0, 0], stored);
            }
        }

        return values;
    }

    private static void AssertHierarchy(IZarrStore store, byte[] expected)
    {
        ZarrGroup root = ZarrGroup.Open(store);
        Assert.Equal("root", root.ReadAttributes()["title"]!.ToString());
        Assert.Equal(["plain"], root.ListArrays());
        Assert.Equal(["inner"], root.ListGroups());
        Assert.Equal("inner", root.OpenGroup("inner").ReadAttributes()["title"]!.ToString());
        Assert.Equal("volt", root.OpenArray("plain").ReadAttributes()["unit"]!.ToString());
        foreach (ZarrArray array in (ZarrArray[])[root.OpenArray("plain"), root.OpenArray("inner/sharded")])
        {
            byte[] values = new byte[expected.Length];
            array.Read([0, 0, 0], Shape, values);
            Assert.Equal(expected, values);
            using ZarrRowReader rows = array.OpenRows();
            rows.Read(0, 20, values);
            Assert.Equal(expected, values);
        }
    }

    private static JsonObject Metadata(MemoryStore store, string key)
    {
        Assert.True(store.TryOpen(key, out ZarrBlob? blob));
        byte[] bytes = new byte[blob.Length];
        blob.ReadExactly(0, bytes);
        return JsonNode.Parse(bytes)!.AsObject();
    }

    /// <summary>Answers requests from a folder as a static file server does.</summary>
    private sealed class FileServer(string folder) : HttpMessageHandler
    {
        public bool HasRanges { get; init; } = true;

        public HttpStatusCode? Status { get; set; }

        public long LongestAnswer { get; set; }

        public System.Collections.Concurrent.ConcurrentBag<string> Addresses { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(Send(request, cancellationToken));

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Addresses.Add(request.RequestUri!.ToString());
            string path = Path.Combine(folder, request.RequestUri.AbsolutePath.Replace("/caches", "", StringComparison.Ordinal)[1..]["mine/".Length..]);
            if (Status is { } status || !File.Exists(path))
            {
                return new HttpResponseMessage(Status ?? HttpStatusCode.NotFound);
            }

            byte[] bytes = File.ReadAllBytes(path);
            if (request.Method == HttpMethod.Head)
            {
                return new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(bytes) };
            }

            if (!HasRanges || request.Headers.Range?.Ranges.Single() is not { } range)
            {
                return new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(bytes) };
            }

            byte[] part = bytes[(int)range.From!..(int)(range.To! + 1)];
            LongestAnswer = Math.Max(LongestAnswer, part.Length);
            HttpResponseMessage answer = new(HttpStatusCode.PartialContent) { Content = new ByteArrayContent(part) };
            answer.Content.Headers.ContentRange = new(range.From.Value, range.To!.Value, bytes.Length);
            return answer;
        }
    }

    private sealed class Offline : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => throw new HttpRequestException("no route");

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) => throw new HttpRequestException("no route");
    }
}
