using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Server.Images;
using VisualFeatureSearch.Server.Problems;
using VisualFeatureSearch.Server.Stores;

namespace VisualFeatureSearch.Server.Api;

/// <summary>The images of a store, and uploaded photographs.</summary>
internal static class ImageEndpoints
{
    private const int MaximumPage = 1000;
    private const int MaximumThumbnail = 1024;
    private const int MaximumScale = 4;
    private const string Jpeg = "image/jpeg";

    public static void MapImages(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder images = routes.MapGroup("/api/stores/{store}/images").WithTags("Images");

        images.MapGet("", ListImages)
            .WithName("ListImages")
            .WithSummary("Lists a store's images in row order.")
            .WithDescription("`offset` and `limit` (at most 1000) choose the page; `label` keeps only images with that label, `where` those that meet a condition over the manifest's columns in SQL.")
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound);

        images.MapGet("{index:long}", (string store, long index, StoreCatalogue catalogue, ImageCache cache) =>
            {
                ServedStore served = catalogue.Find(store);
                byte[] hash = cache.Encoded($"{served.Id}/{index}/sha256", () => SHA256.HashData(served.ReadImage(index)));
                return ImageModel.Create(index, served.Store.Images[(int)index], served.Store.ColumnNames) with { Sha256 = Convert.ToHexStringLower(hash) };
            })
            .WithName("GetImage")
            .WithSummary("What a store knows of an image, and the SHA-256 of its file.")
            .ProducesProblem(StatusCodes.Status404NotFound);

        images.MapGet("{index:long}/file", (string store, long index, StoreCatalogue catalogue) =>
            {
                byte[] bytes = catalogue.Find(store).ReadImage(index);
                return Results.Bytes(bytes, ImageDecoder.MediaType(bytes));
            })
            .WithName("GetImageFile")
            .WithSummary("An image's file as it is.")
            .Produces<byte[]>(StatusCodes.Status200OK, Jpeg, "image/png", "image/webp", "image/gif", "image/tiff", "image/bmp")
            .ProducesProblem(StatusCodes.Status404NotFound);

        images.MapGet("{index:long}/crop", (string store, long index, StoreCatalogue catalogue, ImageCache cache, HttpContext context, int scale = 1) =>
            {
                ServedStore served = catalogue.Find(store);
                return Cached(context, cache.Encoded($"{served.Id}/{index}/crop/{scale}", () => Crop(served, served.ReadImage(index), scale)));
            })
            .WithName("GetImageCrop")
            .WithSummary("The part of an image that the network sees, as JPEG: what masks are painted on and windows refer to.")
            .WithDescription("`scale`, 1 to 4, gives the same part with more pixels than the network sees, for looking at it.")
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .Produces<byte[]>(StatusCodes.Status200OK, Jpeg)
            .ProducesProblem(StatusCodes.Status404NotFound);

        images.MapGet("{index:long}/thumbnail", (string store, long index, StoreCatalogue catalogue, ImageCache cache, HttpContext context, int size = 256) =>
            {
                if (size is < 16 or > MaximumThumbnail)
                {
                    throw new RequestException($"'size' is {size}: it must be from 16 to {MaximumThumbnail} pixels");
                }

                ServedStore served = catalogue.Find(store);
                return Cached(context, cache.Encoded($"{served.Id}/{index}/{size}", () => ImageEncoder.ToJpeg(ImageDecoder.DecodeSmall(served.ReadImage(index), size), quality: 80)));
            })
            .WithName("GetImageThumbnail")
            .WithSummary("An image scaled so that its longer side has `size` pixels, as JPEG.")
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .Produces<byte[]>(StatusCodes.Status200OK, Jpeg)
            .ProducesProblem(StatusCodes.Status404NotFound);

        routes.MapPost("/api/uploads", async (HttpContext context, UploadCache uploads) =>
            {
                Upload upload = uploads.Add(await ReadBodyAsync(context.Request).ConfigureAwait(false));
                return Results.Created($"/api/uploads/{upload.Id}", new UploadModel(upload.Id, upload.Width, upload.Height));
            })
            .WithTags("Uploads")
            .WithName("UploadPhotograph")
            .WithSummary("Uploads a photograph to search with: the request's body is the image file.")
            .WithDescription("At most 20 MB and 50 megapixels. Uploads stay in memory; the oldest are forgotten beyond 256 MB.")
            .Accepts<byte[]>("image/jpeg", "image/png", "image/webp", "image/gif", "image/tiff", "image/bmp", "application/octet-stream", "application/x-www-form-urlencoded")
            .Produces<UploadModel>(StatusCodes.Status201Created)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity);

        routes.MapGet("/api/stores/{store}/uploads/{upload}/crop", (string store, string upload, StoreCatalogue catalogue, UploadCache uploads, ImageCache cache, HttpContext context, int scale = 1) =>
            {
                ServedStore served = catalogue.Find(store);
                Upload photograph = uploads.Find(upload);
                return Cached(context, cache.Encoded($"{served.Id}/{photograph.Id}/crop/{scale}", () => Crop(served, photograph.Bytes, scale)));
            })
            .WithTags("Uploads")
            .WithName("GetUploadCrop")
            .WithSummary("The part of an uploaded photograph that a store's network sees, as JPEG.")
            .WithDescription("`scale`, 1 to 4, gives the same part with more pixels than the network sees, for looking at it.")
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .Produces<byte[]>(StatusCodes.Status200OK, Jpeg)
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static ImagePageModel ListImages(string store, StoreCatalogue catalogue, ImageCache cache, int offset = 0, int limit = 100, string? label = null, string? where = null)
    {
        if (offset < 0 || limit is < 1 or > MaximumPage)
        {
            throw new RequestException($"'offset' is {offset} and 'limit' is {limit}: offset must not be negative and limit must be from 1 to {MaximumPage}");
        }

        ServedStore served = catalogue.Find(store);
        IReadOnlyList<ImageEntry> entries = served.Store.Images;
        if (label is null && where is null)
        {
            return new ImagePageModel(entries.Count, offset, [.. Enumerable.Range(offset, Math.Clamp(entries.Count - offset, 0, limit)).Select(Describe)]);
        }

        int[] rows = cache.Rows($"{served.Id}/{label}/{where}", () => FindRows(served, label, where));
        return new ImagePageModel(rows.Length, offset, [.. rows.Skip(offset).Take(limit).Select(Describe)]);

        ImageModel Describe(int row) => ImageModel.Create(row, entries[row], served.Store.ColumnNames);
    }

    private static int[] FindRows(ServedStore served, string? label, string? where)
    {
        IReadOnlyList<ImageEntry> entries = served.Store.Images;
        bool[]? meets = string.IsNullOrWhiteSpace(where) ? null : served.RequirePhotographs().Where(where);
        return [.. Enumerable.Range(0, entries.Count).Where(row => meets?[row] != false && (label is null || entries[row].Labels.Contains(label)))];
    }

    private static byte[] Crop(ServedStore served, byte[] file, int scale) => scale is >= 1 and <= MaximumScale
        ? ImageEncoder.ToJpeg(served.RequirePhotographs().Transform.Enlarge(scale).Cut(ImageDecoder.Decode(file)))
        : throw new RequestException($"'scale' is {scale}: it must be from 1 to {MaximumScale}");

    private static IResult Cached(HttpContext context, byte[] jpeg)
    {
        context.Response.Headers.CacheControl = "private, max-age=3600";
        return Results.Bytes(jpeg, Jpeg, entityTag: new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(jpeg))[..16]}\""));
    }

    private static async Task<byte[]> ReadBodyAsync(HttpRequest request)
    {
        if (request.ContentLength > UploadCache.MaximumBytes)
        {
            throw TooLarge();
        }

        using MemoryStream body = new();
        byte[] buffer = new byte[64 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted).ConfigureAwait(false)) > 0)
        {
            if (body.Length + read > UploadCache.MaximumBytes)
            {
                throw TooLarge();
            }

            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }

    private static BadHttpRequestException TooLarge() =>
        new($"the upload is larger than {UploadCache.MaximumBytes / 1024 / 1024} MB", StatusCodes.Status413PayloadTooLarge);
}
