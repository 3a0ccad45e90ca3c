using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Http.Headers;

namespace VisualFeatureSearch.Zarr.Stores;

/// <summary>
/// A Zarr hierarchy below a web address, for reading: any static file server or object store. Parts of values are fetched by
/// range requests; what is missing is what the server answers 404 or 403 for, as object stores do.
/// </summary>
public sealed class HttpStore : IZarrStore
{
    private readonly HttpClient _client;
    private readonly Uri _root;

    /// <summary>A store below an address.</summary>
    /// <param name="client">Makes the requests; it is not disposed.</param>
    /// <param name="root">The address of the hierarchy's root, http or https; a query in it is kept for every request.</param>
    public HttpStore(HttpClient client, Uri root)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(root);
        if (root.Scheme is not ("http" or "https"))
        {
            throw new ArgumentException($"The address must start with http or https, not {root.Scheme}.", nameof(root));
        }

        _client = client;
        _root = root;
        Name = root.GetLeftPart(UriPartial.Path);
    }

    /// <inheritdoc />
    public string Name { get; }

    /// <inheritdoc />
    public bool CanList => false;

    /// <inheritdoc />
    public bool TryOpen(string key, [NotNullWhen(true)] out ZarrBlob? blob)
    {
        using HttpRequestMessage request = new(HttpMethod.Head, AddressOf(key));
        using HttpResponseMessage response = Send(_client, request);
        blob = ToBlob(key, response);
        return blob is not null;
    }

    /// <inheritdoc />
    public async ValueTask<ZarrBlob?> OpenAsync(string key, CancellationToken cancellationToken = default)
    {
        using HttpRequestMessage request = new(HttpMethod.Head, AddressOf(key));
        using HttpResponseMessage response = await SendAsync(_client, request, cancellationToken).ConfigureAwait(false);
        return ToBlob(key, response);
    }

    /// <inheritdoc />
    public bool Exists(string key)
    {
        if (!TryOpen(key, out ZarrBlob? blob))
        {
            return false;
        }

        blob.Dispose();
        return true;
    }

    /// <inheritdoc />
    public string? Stamp(string key) => TryOpen(key, out ZarrBlob? blob) ? ((HttpBlob)blob).Stamp : null;

    /// <inheritdoc />
    public IReadOnlyList<string> ListFolders(string prefix) => [];

    private static HttpResponseMessage Send(HttpClient client, HttpRequestMessage request)
    {
        try
        {
            return client.Send(request, HttpCompletionOption.ResponseHeadersRead);
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            throw Unreachable(request, exception);
        }
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw Unreachable(request, exception);
        }
    }

    private static ZarrException Unreachable(HttpRequestMessage request, Exception exception) =>
        new($"{request.RequestUri} cannot be fetched: {exception.Message}", exception);

    private static ZarrException Refused(Uri address, HttpResponseMessage response) =>
        new($"{address} cannot be fetched: the server answers {(int)response.StatusCode} {response.ReasonPhrase}");

    private HttpBlob? ToBlob(string key, HttpResponseMessage response)
    {
        if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Forbidden or HttpStatusCode.Gone)
        {
            return null;
        }

        Uri address = AddressOf(key);
        return !response.IsSuccessStatusCode ? throw Refused(address, response)
            : response.Content.Headers.ContentLength is not { } length ? throw new ZarrException($"{address} cannot be read in parts: the server does not say how long it is")
            : new HttpBlob(_client, address, length, response.Headers.ETag, response.Content.Headers.LastModified);
    }

    private Uri AddressOf(string key)
    {
        string path = string.Join('/', key.Split('/').Select(Uri.EscapeDataString));
        return new Uri($"{_root.GetLeftPart(UriPartial.Path).TrimEnd('/')}/{path}{_root.Query}");
    }

    /// <summary>A value on a server; every read is a range request.</summary>
    private sealed class HttpBlob(HttpClient client, Uri address, long length, EntityTagHeaderValue? tag, DateTimeOffset? changed) : ZarrBlob
    {
        public override long Length => length;

        public string Stamp => $"{length}@{tag?.Tag ?? changed?.UtcTicks.ToString()}";

        public override int Read(long offset, Span<byte> buffer)
        {
            int wanted = (int)Math.Min(buffer.Length, length - offset);
            if (wanted <= 0)
            {
                return 0;
            }

            using HttpRequestMessage request = Request(offset, wanted);
            using HttpResponseMessage response = Send(client, request);
            Check(response, offset);
            try
            {
                using Stream body = response.Content.ReadAsStream();
                body.ReadExactly(buffer[..wanted]);
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException)
            {
                throw Unreachable(request, exception);
            }

            return wanted;
        }

        public override async ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int wanted = (int)Math.Min(buffer.Length, length - offset);
            if (wanted <= 0)
            {
                return 0;
            }

            using HttpRequestMessage request = Request(offset, wanted);
            using HttpResponseMessage response = await SendAsync(client, request, cancellationToken).ConfigureAwait(false);
            Check(response, offset);
            try
            {
                Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
                await using (body.ConfigureAwait(false))
                {
                    await body.ReadExactlyAsync(buffer[..wanted], cancellationToken).ConfigureAwait(false);
                }
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException)
            {
                throw Unreachable(request, exception);
            }

            return wanted;
        }

        private HttpRequestMessage Request(long offset, int count)
        {
            HttpRequestMessage request = new(HttpMethod.Get, address);
            request.Headers.Range = new RangeHeaderValue(offset, offset + count - 1);
            if (tag is { IsWeak: false })
            {
                // Parts of two versions of a value must not be put together.
                request.Headers.IfMatch.Add(tag);
            }

            return request;
        }

        private void Check(HttpResponseMessage response, long offset)
        {
            // A server without ranges sends everything, which can stand for a part that starts at its beginning.
            bool isPart = response.StatusCode == HttpStatusCode.PartialContent && (response.Content.Headers.ContentRange?.From ?? offset) == offset;
            if (isPart || (response.StatusCode == HttpStatusCode.OK && offset == 0))
            {
                return;
            }

            throw response.StatusCode switch
            {
                HttpStatusCode.PreconditionFailed => new ZarrException($"{address} was changed while it was being read: open the store again"),
                HttpStatusCode.OK => new ZarrException($"{address} cannot be read in parts: the server does not serve ranges"),
                HttpStatusCode.PartialContent => new ZarrException($"{address}: the server answers with another part than was asked for"),
                _ => Refused(address, response),
            };
        }
    }
}
