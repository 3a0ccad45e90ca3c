using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Server.Images;
using VisualFeatureSearch.Server.Problems;
using VisualFeatureSearch.Server.Stores;

namespace VisualFeatureSearch.Server.Api;

/// <summary>Searching by a highlighted region.</summary>
internal static class SearchEndpoints
{
    private const int MaximumTop = 1000;

    public static void MapSearch(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder group = routes.MapGroup("/api/stores/{store}/search").WithTags("Search");

        group.MapPost("", SearchByReference)
            .WithName("Search")
            .WithSummary("Finds the images most similar to a painted region of a store's image or of an upload.")
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity);

        group.MapPost("photograph", SearchByPhotographAsync)
            .WithName("SearchByPhotograph")
            .WithSummary("The same in one request: a form with the files `image`, `mask` and perhaps `negativeMask`, and the other fields of a search.")
            .DisableAntiforgery()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity);

        group.MapPost("map", MapByReference)
            .WithName("SearchMap")
            .WithSummary("The similarity of every window of one image to a painted region, for a heat map.")
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity);
    }

    private static MapModel MapByReference(
        string store, [FromBody] MapRequest request, StoreCatalogue catalogue, UploadCache uploads, ImageCache cache)
    {
        ServedStore served = catalogue.Find(store);
        PhotographSearch photographs = served.RequirePhotographs();
        if (request.Index < 0 || request.Index >= served.Store.Count)
        {
            throw new RequestException($"'index' is {request.Index}: the images are 0 to {served.Store.Count - 1}");
        }

        Query query = Find(served, request.Image, uploads);
        PixelImage brush = ReadBrush(photographs, query, ReadMask("mask", request.Mask));
        FeatureArray features = served.Store.FindLayer(request.Layer);
        RegionKernel region = photographs.Region(Maps(photographs, cache, query), brush, features).Region;
        return new MapModel(
            request.Index,
            features.Height - region.Box.Height + 1,
            features.Width - region.Box.Width + 1,
            new Window(0, 0, region.Box.Height, region.Box.Width),
            new GridReport(features.Channels, features.Height, features.Width),
            RegionSearch.ScoreImage(features, region, request.Index));
    }

    private static SearchReport SearchByReference(
        string store, [FromBody] SearchRequest request, StoreCatalogue catalogue, UploadCache uploads, ImageCache cache, CancellationToken cancellationToken)
    {
        ServedStore served = catalogue.Find(store);
        _ = served.RequirePhotographs();
        byte[] mask = ReadMask("mask", request.Mask);
        byte[]? negative = request.NegativeMask is null ? null : ReadMask("negativeMask", request.NegativeMask);
        return Search(served, cache, Find(served, request.Image, uploads), mask, negative, request, cancellationToken);
    }

    private static async Task<SearchReport> SearchByPhotographAsync(
        string store, IFormFile image, IFormFile mask, IFormFile? negativeMask, StoreCatalogue catalogue, UploadCache uploads, ImageCache cache,
        [FromForm] string? layer, [FromForm] int? top, [FromForm] float? threshold, [FromForm] double? budgetMilliseconds, [FromForm] int? windows,
        [FromForm] string? where, [FromForm] string? unique, [FromForm] float? nearDuplicates, CancellationToken cancellationToken)
    {
        ServedStore served = catalogue.Find(store);
        Upload upload = uploads.Add(await ReadFileAsync(image, cancellationToken).ConfigureAwait(false));
        byte[] painted = await ReadFileAsync(mask, cancellationToken).ConfigureAwait(false);
        byte[]? negative = negativeMask is null ? null : await ReadFileAsync(negativeMask, cancellationToken).ConfigureAwait(false);
        SearchRequest request = new(null, null, layer, top)
        {
            Threshold = threshold,
            BudgetMilliseconds = budgetMilliseconds,
            Windows = windows ?? 1,
            Where = where,
            Unique = unique,
            NearDuplicates = nearDuplicates,
        };
        return Search(served, cache, new Query($"{served.Id}/{upload.Id}", () => upload.Bytes, null), painted, negative, request, cancellationToken);
    }

    private static Query Find(ServedStore served, QueryImageModel? image, UploadCache uploads)
    {
        switch (image)
        {
            case { Index: { } index, Upload: null }:
                served.EnsureImage(index);
                return new Query($"{served.Id}/{index}", () => served.ReadImage(index), index);
            case { Index: null, Upload: { } id }:
                Upload upload = uploads.Find(id);
                return new Query($"{served.Id}/{upload.Id}", () => upload.Bytes, null);
            default:
                throw new RequestException("'image' must have either an 'index' of the store or an 'upload'");
        }
    }

    private static SearchReport Search(
        ServedStore served, ImageCache cache, Query query, byte[] mask, byte[]? negativeMask, SearchRequest request, CancellationToken cancellationToken)
    {
        if (request.Top is < 1 or > MaximumTop)
        {
            throw new RequestException($"'top' is {request.Top}: it must be from 1 to {MaximumTop}");
        }

        PhotographSearch photographs = served.RequirePhotographs();
        PixelImage brush = ReadBrush(photographs, query, mask);
        PixelImage? negative = negativeMask is null ? null : ReadBrush(photographs, query, negativeMask);
        SearchRequestOptions options = new()
        {
            Top = request.Top ?? (request.Threshold is null ? 10 : MaximumTop),
            MinimumSimilarity = request.Threshold,
            BudgetMilliseconds = request.BudgetMilliseconds,
            Windows = request.Windows,
            Where = request.Where,
            Unique = request.Unique,
            NearDuplicates = request.NearDuplicates,
            LeaveOut = request.ExcludeSelf && query.Index is { } own ? [own] : [],
        };

        // While a stroke grows, the last answer's images are likely to be in the next one too.
        string stroke = $"{query.Key}/{request.Layer}";
        (FeatureArray array, RegionKernel region, SearchAnswer answer) = photographs.Search(
            Maps(photographs, cache, query), brush, negative, request.Layer, options, cache.LastAnswer(stroke), cancellationToken);
        cache.KeepAnswer(stroke, [.. answer.Matches.Take(100).Select(match => match.Index)]);
        return SearchReport.Create(served.Store, array, region, answer);
    }

    private static IReadOnlyList<float[]> Maps(PhotographSearch photographs, ImageCache cache, Query query) => cache.Maps(
        query.Key,
        () => photographs.Extract(cache.Crop(query.Key, () => photographs.Transform.Cut(ImageDecoder.Decode(query.Read())))));

    private static PixelImage ReadBrush(PhotographSearch photographs, Query query, byte[] mask)
    {
        PixelImage alpha = DecodeMask(mask);
        if (alpha.Width == photographs.Transform.InputWidth && alpha.Height == photographs.Transform.InputHeight)
        {
            return alpha;
        }

        PixelImage photograph = ImageDecoder.Decode(query.Read());
        return BrushMask.OnCrop(alpha, photograph.Width, photograph.Height, photographs.Transform);
    }

    private static PixelImage DecodeMask(byte[] mask)
    {
        try
        {
            return ImageDecoder.DecodeAlpha(mask, UploadCache.MaximumPixels);
        }
        catch (ImageException exception)
        {
            throw new ImageException($"the mask: {exception.Message}", exception);
        }
    }

    private static byte[] ReadMask(string field, string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            throw new RequestException($"'{field}' is missing: a PNG as base64 or data URL whose alpha is the brush");
        }

        int comma = text.StartsWith("data:", StringComparison.Ordinal) ? text.IndexOf(',', StringComparison.Ordinal) : -1;
        try
        {
            return Convert.FromBase64String(text[(comma + 1)..]);
        }
        catch (FormatException exception)
        {
            throw new RequestException($"'{field}' is not base64: a PNG as base64 or data URL whose alpha is the brush is needed", exception);
        }
    }

    private static async Task<byte[]> ReadFileAsync(IFormFile file, CancellationToken cancellationToken)
    {
        if (file.Length > UploadCache.MaximumBytes)
        {
            throw new BadHttpRequestException($"the file '{file.Name}' is larger than {UploadCache.MaximumBytes / 1024 / 1024} MB", StatusCodes.Status413PayloadTooLarge);
        }

        using MemoryStream bytes = new((int)file.Length);
        await file.CopyToAsync(bytes, cancellationToken).ConfigureAwait(false);
        return bytes.ToArray();
    }

    /// <summary>The photograph of a search.</summary>
    /// <param name="Key">What it is called in the cache.</param>
    /// <param name="Read">Reads its file.</param>
    /// <param name="Index">Its row, where it is of the searched store.</param>
    private sealed record Query(string Key, Func<byte[]> Read, long? Index);
}
