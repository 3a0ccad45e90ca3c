using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Models.Catalogue;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Tests.Models;

public sealed class ModelDownloaderTests
{
    private static readonly byte[] Network = File.ReadAllBytes(Repository.Model("centernet-mobilenet-v3-coco.onnx"));
    private static readonly string Sha256 = Convert.ToHexStringLower(SHA256.HashData(Network));

    [Fact]
    public async Task A_network_is_fetched_checked_and_described_beside_it()
    {
        using TemporaryFolder folder = new();
        using FileServer server = new();
        using HttpClient client = ModelDownloader.CreateClient();
        CatalogueEntry entry = new() { Name = "net", Url = server.Address, Sha256 = Sha256, Licence = "MIT", Transform = "raw:256", Layers = ["expanded_conv_11/add"] };

        DownloadedModel first = await new ModelDownloader(client, folder.Path).PullAsync(entry, cancellationToken: TestContext.Current.CancellationToken);
        DownloadedModel second = await new ModelDownloader(client, folder.Path).PullAsync(entry, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal((folder["net.onnx"], Sha256, false, true), (first.Path, first.Sha256, first.WasThere, first.IsVerified));
        Assert.True(second.WasThere);
        Assert.Single(server.Requests);
        NetworkModel model = NetworkModel.Load(first.Path);
        Assert.Equal(("MIT", server.Address.ToString(), "raw:256", Sha256), (model.Card.Licence, model.Card.Source, model.Card.Transform, model.Card.Sha256));
        Assert.Equal(["net.json", "net.onnx"], Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task A_broken_download_goes_on_where_it_was()
    {
        using TemporaryFolder folder = new();
        using FileServer server = new() { BreakAfter = Network.Length / 3 };
        using HttpClient client = ModelDownloader.CreateClient();
        await new ModelDownloader(client, folder.Path).PullAsync(new CatalogueEntry { Name = "net", Url = server.Address, Sha256 = Sha256 }, cancellationToken: TestContext.Current.CancellationToken);

        Assert.True(server.Requests.Count >= 3);
        Assert.Equal("", server.Requests.First());
        Assert.All(server.Requests.Skip(1), range => Assert.StartsWith("bytes=", range, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stopped_download_keeps_what_came_and_has_no_final_name()
    {
        using TemporaryFolder folder = new();
        using FileServer server = new();
        using HttpClient client = ModelDownloader.CreateClient();
        using CancellationTokenSource stop = new();
        CatalogueEntry entry = new() { Name = "net", Url = server.Address, Sha256 = Sha256 };
        Progress progress = new(done =>
        {
            if (done > 300_000)
            {
                stop.Cancel();
            }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new ModelDownloader(client, folder.Path).PullAsync(entry, progress, stop.Token));
        Assert.False(File.Exists(folder["net.onnx"]));
        Assert.True(new FileInfo(folder["net.onnx.partial"]).Length > 300_000);

        await new ModelDownloader(client, folder.Path).PullAsync(entry, cancellationToken: TestContext.Current.CancellationToken);
        Assert.StartsWith("bytes=", server.Requests.Last(), StringComparison.Ordinal);
        Assert.Equal(Network, File.ReadAllBytes(folder["net.onnx"]));
    }

    [Fact]
    public async Task Another_version_on_the_server_is_fetched_from_its_beginning()
    {
        using TemporaryFolder folder = new();
        using FileServer server = new();
        using HttpClient client = ModelDownloader.CreateClient();
        File.WriteAllBytes(folder["net.onnx.partial"], [9, 9, 9]);
        File.WriteAllText(folder["net.onnx.partial-etag"], "\"an older one\"");
        await new ModelDownloader(client, folder.Path).PullAsync(new CatalogueEntry { Name = "net", Url = server.Address, Sha256 = Sha256 }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(Network, File.ReadAllBytes(folder["net.onnx"]));
    }

    [Fact]
    public async Task A_file_with_another_hash_is_refused_with_both_and_not_kept()
    {
        using TemporaryFolder folder = new();
        using FileServer server = new();
        using HttpClient client = ModelDownloader.CreateClient();
        string wanted = new('a', 64);
        ModelException exception = await Assert.ThrowsAsync<ModelException>(() => new ModelDownloader(client, folder.Path).PullAsync(
            new CatalogueEntry { Name = "net", Url = server.Address, Sha256 = wanted }, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains(wanted, exception.Message, StringComparison.Ordinal);
        Assert.Contains(Sha256, exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_hash_that_a_server_publishes_with_a_redirection_is_compared(bool isRight)
    {
        using TemporaryFolder folder = new();
        using FileServer server = new() { PublishedHash = isRight ? Sha256 : new string('b', 64) };
        using HttpClient client = ModelDownloader.CreateClient();
        Task<DownloadedModel> pull = new ModelDownloader(client, folder.Path).PullAsync(new CatalogueEntry { Name = "net", Url = new Uri(server.Address, "resolve/net.onnx") }, cancellationToken: TestContext.Current.CancellationToken);
        if (isRight)
        {
            Assert.True((await pull).IsVerified);
        }
        else
        {
            await Assert.ThrowsAsync<ModelException>(() => pull);
        }
    }

    [Fact]
    public async Task A_network_that_was_changed_since_it_was_fetched_is_named()
    {
        using TemporaryFolder folder = new();
        using FileServer server = new();
        using HttpClient client = ModelDownloader.CreateClient();
        CatalogueEntry entry = new() { Name = "net", Url = server.Address };
        await new ModelDownloader(client, folder.Path).PullAsync(entry, cancellationToken: TestContext.Current.CancellationToken);
        File.AppendAllText(folder["net.onnx"], "x");
        ModelException exception = await Assert.ThrowsAsync<ModelException>(() => new ModelDownloader(client, folder.Path).PullAsync(entry, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains(Sha256, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_network_is_not_kept()
    {
        using TemporaryFolder folder = new();
        using FileServer server = new() { Content = Encoding.UTF8.GetBytes("version https://git-lfs.github.com/spec/v1\noid sha256:...") };
        using HttpClient client = ModelDownloader.CreateClient();
        ModelException exception = await Assert.ThrowsAsync<ModelException>(() => new ModelDownloader(client, folder.Path).PullAsync(
            new CatalogueEntry { Name = "net", Url = server.Address }, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains("not an ONNX model", exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task What_the_server_answers_is_named()
    {
        using TemporaryFolder folder = new();
        using FileServer server = new();
        using HttpClient client = ModelDownloader.CreateClient();
        Uri missing = new(server.Address, "missing.onnx");
        ModelException exception = await Assert.ThrowsAsync<ModelException>(() => new ModelDownloader(client, folder.Path).PullAsync(
            new CatalogueEntry { Name = "net", Url = missing }, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains(missing.ToString(), exception.Message, StringComparison.Ordinal);
        Assert.Contains("404", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_entry_of_the_catalogue_has_an_address_a_licence_and_a_transform()
    {
        IReadOnlyList<CatalogueEntry> entries = ModelCatalogue.Read(Repository.Model("catalogue/catalogue.json"));
        Assert.Equal(8, entries.DistinctBy(entry => entry.Name).Count());
        Assert.All(entries, entry =>
        {
            Assert.Equal("https", entry.Url.Scheme);
            Assert.NotNull(entry.Licence);
            Assert.NotNull(VisualFeatureSearch.Imaging.ImageTransform.Parse(entry.Transform!));
            Assert.True(entry.Sha256 is null || (entry.Sha256.Length == 64 && entry.Sha256.All(char.IsAsciiHexDigitLower)));
        });
    }

    private sealed class Progress(Action<long> report) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => report(value.Done);
    }

    /// <summary>Serves one file at /net.onnx on the loopback address, with ranges, entity tags and, if wanted, broken connections.</summary>
    private sealed class FileServer : IDisposable
    {
        private readonly HttpListener _listener = new();

        public FileServer()
        {
            for (int port = 20_000 + (Environment.ProcessId % 20_000); ; port++)
            {
                try
                {
                    _listener.Prefixes.Clear();
                    _listener.Prefixes.Add($"http://127.0.0.1:{port}/");
                    _listener.Start();
                    Address = new Uri($"http://127.0.0.1:{port}/net.onnx");
                    break;
                }
                catch (HttpListenerException)
                {
                    // The port is taken: the next one.
                }
            }

            _ = Task.Run(ServeAsync);
        }

        public Uri Address { get; }

        /// <summary>The range that each request asked for; empty for the whole.</summary>
        public ConcurrentQueue<string> Requests { get; } = [];

        public int? BreakAfter { get; init; }

        public string? PublishedHash { get; init; }

        public byte[] Content { get; init; } = Network;

        public void Dispose() => _listener.Close();

        private async Task ServeAsync()
        {
            while (_listener.IsListening)
            {
                HttpListenerContext context;
                try
                {
                    context = await _listener.GetContextAsync();
                }
                catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
                {
                    return;
                }

                Answer(context);
            }
        }

        private void Answer(HttpListenerContext context)
        {
            HttpListenerResponse response = context.Response;
            if (context.Request.Url!.AbsolutePath == "/resolve/net.onnx")
            {
                response.Headers["X-Linked-ETag"] = $"\"{PublishedHash}\"";
                response.Redirect(Address.ToString());
                response.Close();
                return;
            }

            Requests.Enqueue(context.Request.Headers["Range"] ?? "");
            if (context.Request.Url.AbsolutePath != "/net.onnx")
            {
                response.StatusCode = 404;
                response.Close();
                return;
            }

            const string Tag = "\"version 1\"";
            int from = 0;
            if (context.Request.Headers["Range"] is { } range && context.Request.Headers["If-Range"] == Tag)
            {
                from = int.Parse(range["bytes=".Length..^1], System.Globalization.CultureInfo.InvariantCulture);
                response.StatusCode = 206;
                response.Headers["Content-Range"] = $"bytes {from}-{Content.Length - 1}/{Content.Length}";
            }

            response.Headers["ETag"] = Tag;
            response.ContentLength64 = Content.Length - from;
            try
            {
                response.OutputStream.Write(Content, from, Math.Min(BreakAfter ?? int.MaxValue, Content.Length - from));
                if (BreakAfter < Content.Length - from)
                {
                    response.OutputStream.Flush();
                    response.Abort();
                    return;
                }

                response.Close();
            }
            catch (Exception exception) when (exception is HttpListenerException or IOException or InvalidOperationException)
            {
                // The client went away.
            }
        }
    }
}
