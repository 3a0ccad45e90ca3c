using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using VisualFeatureSearch.Analysis;
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
    /// <summary>Layers of one comparison: more rows than this nobody looks at, and each is a search.</summary>
    private const int MaximumLayers = 32;

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

        group.MapPost("compare", CompareLayers)
            .WithName("CompareLayers")
            .WithSummary("One search at several layers of a store, and how much their answers agree.")
            .WithDescription("`overlaps` has for each pair of layers the share of images that both answers have (`atDepth`) and the rank-biased overlap of Webber, Moffat and Zobel with p = 0.9 (`rankBiased`).")
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict)
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

        PaintedQuery query = PaintedSearch.Find(served, request.Image, uploads);
        PixelImage brush = PaintedSearch.ReadBrush(photographs, query, PaintedSearch.ReadMask("mask", request.Mask));
        FeatureArray features = served.Store.FindLayer(request.Layer);
        RegionKernel region = photographs.Region(PaintedSearch.Maps(photographs, cache, query), brush, features).Region;
        return new MapModel(
            request.Index,
            features.Height - region.Box.Height + 1,
            features.Width - region.Box.Width + 1,
            new Window(0, 0, region.Box.Height, region.Box.Width),
            new GridReport(features.Channels, features.Height, features.Width),
            RegionSearch.ScoreImage(features, region, request.Index));
    }

    private static SearchReport SearchByReference(
        string store, [FromBody] SearchRequest request, StoreCatalogue catalogue, UploadCache uploads, ImageCache cache, CancellationToken cancellationToken) =>
        PaintedSearch.Search(catalogue.Find(store), cache, uploads, request, cancellationToken);

    private static CompareModel CompareLayers(
        string store, [FromBody] CompareRequest request, StoreCatalogue catalogue, UploadCache uploads, ImageCache cache, CancellationToken cancellationToken)
    {
        ServedStore served = catalogue.Find(store);
        SearchRequest search = request.Search ?? throw new RequestException("'search' is missing: the search that each layer is asked");
        string[] layers = [.. (request.Layers ?? [.. served.Store.Arrays.Select(array => array.Layer)]).Distinct()];
        if (layers.Length is 0 or > MaximumLayers)
        {
            throw new RequestException($"'layers' has {layers.Length}: it must have from 1 to {MaximumLayers}");
        }

        SearchReport[] rows = [.. layers.Select(layer => PaintedSearch.Search(served, cache, uploads, search with { Layer = layer }, cancellationToken))];
        long[][] rankings = [.. rows.Select(row => row.Results.Select(result => result.Index).ToArray())];
        int depth = Math.Max(1, rankings.Max(ranking => ranking.Length));
        List<OverlapModel> overlaps = [];
        for (int i = 0; i < rows.Length; i++)
        {
            for (int j = i + 1; j < rows.Length; j++)
            {
                overlaps.Add(new OverlapModel(layers[i], layers[j], depth, RankOverlap.AtDepth(rankings[i], rankings[j], depth), RankOverlap.RankBiased(rankings[i], rankings[j])));
            }
        }

        return new CompareModel(rows, overlaps);
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
        return PaintedSearch.Search(served, cache, new PaintedQuery($"{served.Id}/{upload.Id}", () => upload.Bytes, null), painted, negative, request, cancellationToken);
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
