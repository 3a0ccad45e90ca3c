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
            .WithSummary("The same in one request: a form with the files `image` and `mask`, and the fields `layer` and `top`.")
            .DisableAntiforgery()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity);
    }

    private static SearchReport SearchByReference(
        string store, [FromBody] SearchRequest request, StoreCatalogue catalogue, UploadCache uploads, ImageCache cache, CancellationToken cancellationToken)
    {
        ServedStore served = catalogue.Find(store);
        _ = served.RequirePhotographs();
        byte[] mask = ReadMask(request.Mask);
        string key;
        Func<byte[]> read;
        switch (request.Image)
        {
            case { Index: { } index, Upload: null }:
                _ = served.ImagePath(index);
                key = $"{served.Id}/{index}";
                read = () => served.ReadImage(index);
                break;
            case { Index: null, Upload: { } id }:
                Upload upload = uploads.Find(id);
                key = $"{served.Id}/{upload.Id}";
                read = () => upload.Bytes;
                break;
            default:
                throw new RequestException("'image' must have either an 'index' of the store or an 'upload'");
        }

        return Search(served, cache, key, read, mask, request.Layer, request.Top, cancellationToken);
    }

    private static async Task<SearchReport> SearchByPhotographAsync(
        string store, IFormFile image, IFormFile mask, StoreCatalogue catalogue, UploadCache uploads, ImageCache cache,
        [FromForm] string? layer, [FromForm] int? top, CancellationToken cancellationToken)
    {
        ServedStore served = catalogue.Find(store);
        Upload upload = uploads.Add(await ReadFileAsync(image, cancellationToken).ConfigureAwait(false));
        byte[] painted = await ReadFileAsync(mask, cancellationToken).ConfigureAwait(false);
        return Search(served, cache, $"{served.Id}/{upload.Id}", () => upload.Bytes, painted, layer, top ?? 10, cancellationToken);
    }

    private static SearchReport Search(
        ServedStore served, ImageCache cache, string key, Func<byte[]> read, byte[] mask, string? layer, int top, CancellationToken cancellationToken)
    {
        if (top is < 1 or > MaximumTop)
        {
            throw new RequestException($"'top' is {top}: it must be from 1 to {MaximumTop}");
        }

        PhotographSearch photographs = served.RequirePhotographs();
        PixelImage alpha = DecodeMask(mask);
        int side = photographs.Transform.InputSize;
        PixelImage brush;
        if (alpha.Width == side && alpha.Height == side)
        {
            brush = alpha;
        }
        else
        {
            PixelImage photograph = ImageDecoder.Decode(read());
            brush = BrushMask.OnCrop(alpha, photograph.Width, photograph.Height, photographs.Transform);
        }

        IReadOnlyList<float[]> maps = cache.Maps(
            key,
            () => photographs.Extract(cache.Crop(key, () => photographs.Transform.Cut(ImageDecoder.Decode(read())))));
        (FeatureArray array, RegionKernel region, SearchAnswer answer) = photographs.Search(maps, brush, layer, top, cancellationToken);
        return SearchReport.Create(served.Store, array, region, answer);
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

    private static byte[] ReadMask(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            throw new RequestException("'mask' is missing: a PNG as base64 or data URL whose alpha is the brush");
        }

        int comma = text.StartsWith("data:", StringComparison.Ordinal) ? text.IndexOf(',', StringComparison.Ordinal) : -1;
        try
        {
            return Convert.FromBase64String(text[(comma + 1)..]);
        }
        catch (FormatException exception)
        {
            throw new RequestException("'mask' is not base64: a PNG as base64 or data URL whose alpha is the brush is needed", exception);
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
}
