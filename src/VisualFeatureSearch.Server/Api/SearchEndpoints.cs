using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Server.Images;
using VisualFeatureSearch.Server.Problems;
using VisualFeatureSearch.Server.Stores;

namespace VisualFeatureSearch.Server.Api;

/// <summary>Searching by a highlighted region.</summary>
internal static class SearchEndpoints
{
    public static void MapSearch(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder group = routes.MapGroup("/api/stores/{store}/search").WithTags("Search");

        group.MapPost("", (string store, [FromBody] SearchRequest request, StoreCatalogue catalogue, PaintedSearch painted, CancellationToken cancellationToken) =>
                painted.Search(catalogue.Find(store), request, cancellationToken))
            .WithName("Search")
            .WithSummary("Finds the images most similar to a painted region of a store's image or of an upload.")
            .ProducesSearchProblems();

        group.MapPost("photograph", SearchByPhotographAsync)
            .WithName("SearchByPhotograph")
            .WithSummary("The same in one request: a form with the files `image`, `mask` and perhaps `negativeMask`, and the other fields of a search.")
            .DisableAntiforgery()
            .ProducesSearchProblems()
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge);

        group.MapPost("map", Map)
            .WithName("SearchMap")
            .WithSummary("The similarity of every window of one image to a painted region, for a heat map.")
            .ProducesSearchProblems();
    }

    /// <summary>The problems that any request with a painted region can have.</summary>
    public static RouteHandlerBuilder ProducesSearchProblems(this RouteHandlerBuilder endpoint) => endpoint
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status404NotFound)
        .ProducesProblem(StatusCodes.Status409Conflict)
        .ProducesProblem(StatusCodes.Status422UnprocessableEntity);

    private static MapModel Map(string store, [FromBody] MapRequest request, StoreCatalogue catalogue, PaintedSearch painted)
    {
        ServedStore served = catalogue.Find(store);
        long index = request.Index ?? throw new RequestException("'index' is missing: the row of the image whose windows are compared");
        if (index < 0 || index >= served.Store.Count)
        {
            throw new RequestException($"'index' is {index}: the images are 0 to {served.Store.Count - 1}");
        }

        (FeatureArray features, RegionKernel region, float[]? similarities) = painted.ScoreImage(served, request, index);
        return new MapModel(
            index,
            features.Height - region.Box.Height + 1,
            features.Width - region.Box.Width + 1,
            new Window(0, 0, region.Box.Height, region.Box.Width),
            new GridReport(features.Channels, features.Height, features.Width),
            similarities);
    }

    private static async Task<SearchReport> SearchByPhotographAsync(
        HttpContext context, string store, IFormFile image, IFormFile mask, IFormFile? negativeMask, StoreCatalogue catalogue, PaintedSearch painted,
        [FromForm] string? layer, [FromForm] int? top, [FromForm] float? threshold, [FromForm] double? budgetMilliseconds, [FromForm] int? windows,
        [FromForm] string? where, [FromForm] string? unique, [FromForm] bool? excludeSelf, [FromForm] long[]? leaveOut, [FromForm] float? nearDuplicates, [FromForm] StringValues? columns, CancellationToken cancellationToken)
    {
        KnownForm.EnsureMeant(context);
        byte[] photograph = await ReadFileAsync(image, cancellationToken).ConfigureAwait(false);
        byte[] brush = await ReadFileAsync(mask, cancellationToken).ConfigureAwait(false);
        byte[]? negative = negativeMask is null ? null : await ReadFileAsync(negativeMask, cancellationToken).ConfigureAwait(false);
        SearchRequest request = new(null, null, layer, top)
        {
            Threshold = threshold,
            BudgetMilliseconds = budgetMilliseconds,
            Windows = windows ?? 1,
            Where = where,
            Unique = unique,
            ExcludeSelf = excludeSelf ?? false,
            LeaveOut = leaveOut,
            NearDuplicates = nearDuplicates,
            Columns = columns is { Count: > 0 } named ? [.. named.OfType<string>()] : null,
        };
        return painted.Search(catalogue.Find(store), photograph, brush, negative, request, cancellationToken);
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
