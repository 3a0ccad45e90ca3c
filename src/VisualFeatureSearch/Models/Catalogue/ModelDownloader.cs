using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace VisualFeatureSearch.Models.Catalogue;

/// <summary>How far a download is.</summary>
/// <param name="Done">Bytes that are there.</param>
/// <param name="Total">Bytes of the whole; null where the server does not say.</param>
public readonly record struct DownloadProgress(long Done, long? Total);

/// <summary>What came of fetching a network.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Sha256">SHA-256 of the file.</param>
/// <param name="WasThere">Whether it was there before.</param>
/// <param name="IsVerified">Whether a hash from the catalogue, the user or the server was compared.</param>
public sealed record DownloadedModel(string Path, string Sha256, bool WasThere, bool IsVerified);

/// <summary>
/// Fetches networks into a folder. A download that was stopped goes on where it was; a file has its final name only when it
/// is whole and has the hash it should have, and its card is beside it by then.
/// </summary>
/// <param name="client">Makes the requests; one that <see cref="CreateClient"/> made also sees the hashes that come with redirections.</param>
/// <param name="folder">Where networks are kept.</param>
public sealed class ModelDownloader(HttpClient client, string folder)
{
    /// <summary>Attempts that bring nothing new before the download is given up.</summary>
    private const int MaximumFruitlessAttempts = 3;

    private const int MaximumRedirections = 10;

    private const string PartialSuffix = ".partial";

    /// <summary>What the server said of the version that a partial file is of.</summary>
    private const string TagSuffix = ".partial-etag";

    /// <summary>Where fetched networks are kept.</summary>
    public static string DefaultFolder { get; } = Path.Combine(UserCache.Folder, "models");

    /// <summary>A client that leaves following redirections to the downloader.</summary>
    public static HttpClient CreateClient() => new(new SocketsHttpHandler { AllowAutoRedirect = false });

    /// <summary>Fetches a network unless it is there.</summary>
    /// <param name="entry">The network.</param>
    /// <param name="progress">Told as bytes come.</param>
    /// <param name="cancellationToken">Stops early; what came is kept.</param>
    /// <exception cref="ModelException">It cannot be fetched, is no network, or has another hash; both are named.</exception>
    public async Task<DownloadedModel> PullAsync(CatalogueEntry entry, IProgress<DownloadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entry);
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, entry.Name + ".onnx");
        if (File.Exists(path))
        {
            string found = await HashAsync(path, cancellationToken).ConfigureAwait(false);
            string? recorded = entry.Sha256 ?? ModelCard.ForModel(path).Sha256;
            return recorded is null || recorded == found
                ? new DownloadedModel(path, found, WasThere: true, recorded is not null)
                : throw new ModelException($"{path} has the SHA-256 {found}, not {recorded}: remove it to fetch it anew");
        }

        string? published;
        FileStream partial = Lock(path + PartialSuffix);
        await using (partial.ConfigureAwait(false))
        {
            published = await FetchAsync(entry, partial, path + TagSuffix, progress, cancellationToken).ConfigureAwait(false);
            partial.Flush(flushToDisk: true);
        }

        string sha256 = await HashAsync(path + PartialSuffix, cancellationToken).ConfigureAwait(false);
        string? expected = entry.Sha256 ?? published;
        File.Delete(path + TagSuffix);
        if (expected is not null && expected != sha256)
        {
            File.Delete(path + PartialSuffix);
            throw new ModelException($"{entry.Url} has the SHA-256 {sha256}, not {expected}: the file was changed or damaged on its way, so it was deleted");
        }

        try
        {
            NetworkModel.EnsureIsModel(path + PartialSuffix);
        }
        catch (ModelException exception)
        {
            File.Delete(path + PartialSuffix);
            throw new ModelException($"{entry.Url} is not an ONNX model ({exception.Message}), so it was deleted", exception);
        }

        ModelCard card = new(entry.Title, entry.Licence, entry.Url.ToString(), entry.Transform, entry.Layers.Count == 0 ? null : entry.Layers) { Sha256 = sha256 };
        await File.WriteAllBytesAsync(Path.ChangeExtension(path, ".json"), card.ToJson(), cancellationToken).ConfigureAwait(false);
        File.Move(path + PartialSuffix, path);
        return new DownloadedModel(path, sha256, WasThere: false, expected is not null);
    }

    private static async Task<string> HashAsync(string path, CancellationToken cancellationToken)
    {
        FileStream stream = File.OpenRead(path);
        await using (stream.ConfigureAwait(false))
        {
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false));
        }
    }

    private static FileStream Lock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new ModelException($"{path} is being fetched by another run, or cannot be written: {exception.Message}", exception);
        }
    }

    /// <summary>Hugging Face names the SHA-256 of a large file in a header of its own, quoted like an entity tag.</summary>
    private static string? PublishedHash(HttpResponseMessage response) =>
        response.Headers.TryGetValues("X-Linked-ETag", out IEnumerable<string>? values) && values.First().Trim('"') is { Length: 64 } hash && hash.All(char.IsAsciiHexDigitLower)
            ? hash
            : null;

    /// <summary>Fetches until all is there, going on after broken connections.</summary>
    /// <returns>The hash that the server publishes; null where it publishes none.</returns>
    private async Task<string?> FetchAsync(CatalogueEntry entry, FileStream partial, string tagFile, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        string? published = null;
        for (int fruitless = 0; ; fruitless++)
        {
            long before = partial.Length;
            try
            {
                string? tag = before > 0 && File.Exists(tagFile) ? await File.ReadAllTextAsync(tagFile, cancellationToken).ConfigureAwait(false) : null;
                (HttpResponseMessage answer, string? hash) = await SendAsync(entry.Url, before, tag, cancellationToken).ConfigureAwait(false);
                using HttpResponseMessage response = answer;
                published ??= hash;
                if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.PartialContent))
                {
                    throw new ModelException($"{entry.Url} cannot be fetched: the server answers {(int)response.StatusCode} {response.ReasonPhrase}");
                }

                bool isRest = response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == before;
                partial.SetLength(isRest ? before : 0);
                partial.Position = partial.Length;
                await File.WriteAllTextAsync(tagFile, response.Headers.ETag?.ToString() ?? "", cancellationToken).ConfigureAwait(false);
                long? total = response.Content.Headers.ContentLength is { } rest ? partial.Length + rest : null;
                await CopyAsync(response, partial, total, progress, cancellationToken).ConfigureAwait(false);
                return total is null || partial.Length == total
                    ? published
                    : throw new HttpIOException(HttpRequestError.ResponseEnded, $"the connection ended after {partial.Length} of {total} bytes");
            }
            catch (Exception exception) when (exception is HttpRequestException or HttpIOException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
            {
                fruitless = partial.Length > before ? 0 : fruitless;
                if (fruitless >= MaximumFruitlessAttempts)
                {
                    throw new ModelException($"{entry.Url} cannot be fetched: {exception.Message}; what came is kept, the same command goes on", exception);
                }
            }
        }
    }

    /// <summary>Asks for a file from a byte on, following redirections.</summary>
    /// <returns>The last answer, and the hash that any of them published.</returns>
    private async Task<(HttpResponseMessage Response, string? Hash)> SendAsync(Uri url, long from, string? tag, CancellationToken cancellationToken)
    {
        string? published = null;
        for (int redirections = 0; ; redirections++)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, url);
            if (tag is not null && EntityTagHeaderValue.TryParse(tag, out EntityTagHeaderValue? known) && !known.IsWeak)
            {
                // Only the rest, and only of the same version; else the server sends everything.
                request.Headers.Range = new RangeHeaderValue(from, null);
                request.Headers.IfRange = new RangeConditionHeaderValue(known);
            }

            HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            published ??= PublishedHash(response);
            if (response.StatusCode is < HttpStatusCode.MultipleChoices or >= HttpStatusCode.BadRequest || response.Headers.Location is not { } location)
            {
                return (response, published);
            }

            response.Dispose();
            Uri next = new(url, location);
            url = redirections < MaximumRedirections && (next.Scheme == url.Scheme || next.Scheme == "https")
                ? next
                : throw new ModelException($"{url} cannot be fetched: it is redirected to {next}, {(redirections < MaximumRedirections ? "which is not encrypted" : "after too many others")}");
        }
    }

    private static async Task CopyAsync(HttpResponseMessage response, FileStream partial, long? total, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            byte[] buffer = new byte[256 * 1024];
            for (int read = await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false); read > 0; read = await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false))
            {
                await partial.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                progress?.Report(new DownloadProgress(partial.Position, total));
            }

            await partial.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
