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
    private const string Jpeg = "image/jpeg";

    public static void MapImages(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder images = routes.MapGroup("/api/stores/{store}/images").WithTags("Images");

        images.MapGet("", ListImages)
            .WithName("ListImages")
            .WithSummary("Lists a store's images in row order.")
            .WithDescription("`offset` and `limit` (at most 1000) choose the page, `label` keeps only images with that label.")
            .ProducesProblem(StatusCodes.Status400BadRequest)
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

        images.MapGet("{index:long}/crop", (string store, long index, StoreCatalogue catalogue, ImageCache cache, HttpContext context) =>
            {
                ServedStore served = catalogue.Find(store);
                return Cached(context, cache.Encoded(
                    $"{served.Id}/{index}/crop",
                    () => ImageEncoder.ToJpeg(served.RequirePhotographs().Transform.Cut(ImageDecoder.Decode(served.ReadImage(index))))));
            })
            .WithName("GetImageCrop")
            .WithSummary("The part of an image that the network sees, as JPEG: what masks are painted on and windows refer to.")
            .Produces<byte[]>(StatusCodes.Status200OK, Jpeg)
            .ProducesProblem(StatusCodes.Status404NotFound);

        images.MapGet("{index:long}/thumbnail", (string store, long index, StoreCatalogue catalogue, ImageCache cache, HttpContext context, int size = 256) =>
            {
                if (size is < 16 or > MaximumThumbnail)
                {
                    throw new RequestException($"'size' is {size}: it must be from 16 to {MaximumThumbnail} pixels");
                }

                ServedStore served = catalogue.Find(store);
                return Cached(context, cache.Encoded($"{served.Id}/{index}/{size}", () => Thumbnail(served.ReadImage(index), size)));
            })
            .WithName("GetImageThumbnail")
            .WithSummary("An image scaled so that its longer side has `size` pixels, as JPEG.")
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

        routes.MapGet("/api/stores/{store}/uploads/{upload}/crop", (string store, string upload, StoreCatalogue catalogue, UploadCache uploads, ImageCache cache, HttpContext context) =>
            {
                ServedStore served = catalogue.Find(store);
                Upload photograph = uploads.Find(upload);
                return Cached(context, cache.Encoded(
                    $"{served.Id}/{photograph.Id}/crop",
                    () => ImageEncoder.ToJpeg(served.RequirePhotographs().Transform.Cut(ImageDecoder.Decode(photograph.Bytes)))));
            })
            .WithTags("Uploads")
            .WithName("GetUploadCrop")
            .WithSummary("The part of an uploaded photograph that a store's network sees, as JPEG.")
            .Produces<byte[]>(StatusCodes.Status200OK, Jpeg)
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static ImagePageModel ListImages(string store, StoreCatalogue catalogue, int offset = 0, int limit = 100, string? label = null)
    {
        if (offset < 0 || limit is < 1 or > MaximumPage)
        {
            throw new RequestException($"'offset' is {offset} and 'limit' is {limit}: offset must not be negative and limit must be from 1 to {MaximumPage}");
        }

        ServedStore served = catalogue.Find(store);
        IReadOnlyList<ImageEntry> entries = served.Store.Images;
        List<ImageModel> page = [];
        int total = 0;
        for (int i = 0; i < entries.Count; i++)
        {
            if (label is not null && !entries[i].Labels.Contains(label))
            {
                continue;
            }

            if (total >= offset && page.Count < limit)
            {
                page.Add(ImageModel.Create(i, entries[i], served.Store.ColumnNames));
            }

            total++;
        }

        return new ImagePageModel(total, offset, page);
    }

    private static byte[] Thumbnail(byte[] file, int size)
    {
        PixelImage image = ImageDecoder.Decode(file);
        double scale = Math.Min(1, (double)size / Math.Max(image.Width, image.Height));
        int width = Math.Max(1, (int)Math.Round(image.Width * scale));
        int height = Math.Max(1, (int)Math.Round(image.Height * scale));
        return ImageEncoder.ToJpeg(Resampler.Resize(image, width, height), quality: 80);
    }

    private static IResult Cached(HttpContext context, byte[] jpeg)
    {
        context.Response.Headers.CacheControl = "private, max-age=3600";
        return Results.Bytes(jpeg, Jpeg, entityTag: new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(jpeg))[..16]}\""));
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
