using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using VisualFeatureSearch.Analysis;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Server.Problems;
using VisualFeatureSearch.Server.Stores;

namespace VisualFeatureSearch.Server.Api;

/// <summary>Several searches side by side: of layers, of stores (models, datasets) or of highlights.</summary>
internal static class CompareEndpoints
{
    /// <summary>More rows than this nobody looks at, and each is a search.</summary>
    private const int MaximumRows = 32;

    public static void MapCompare(this IEndpointRouteBuilder routes) => routes.MapPost("/api/compare", Compare)
        .WithTags("Search")
        .WithName("Compare")
        .WithSummary("Several searches side by side, and how much their answers agree.")
        .WithDescription("Each row is the search `search` with what the row says instead: another `store`, `layer`, `image` or `mask`. `overlaps` has for each pair of rows the share of images that both answers have (`atDepth`) and the rank-biased overlap of Webber, Moffat and Zobel with p = 0.9 (`rankBiased`). With `distributions` each row has the distribution of the similarities of all of its store's images.")
        .ProducesSearchProblems();

    private static CompareModel Compare([FromBody] CompareRequest request, StoreCatalogue catalogue, PaintedSearch painted, CancellationToken cancellationToken)
    {
        SearchRequest search = request.Search ?? throw new RequestException("'search' is missing: the search that the rows have in common");
        if (request.Rows is not { Count: > 0 and <= MaximumRows } wanted)
        {
            throw new RequestException($"'rows' has {request.Rows?.Count ?? 0}: it must have from 1 to {MaximumRows}");
        }

        List<CompareRowModel> rows = [];
        List<long[]> rankings = [];
        Dictionary<string, long> numbers = new(StringComparer.Ordinal);
        foreach (CompareRowRequest row in wanted)
        {
            ServedStore served = catalogue.Find(row.Store ?? throw new RequestException("'store' is missing in a row: the store that it searches"));

            // What counts against an image was painted on the same photograph as the mask.
            SearchRequest own = search with
            {
                Layer = row.Layer,
                Image = row.Image ?? search.Image,
                Mask = row.Mask ?? search.Mask,
                NegativeMask = row.Mask is null ? search.NegativeMask : row.NegativeMask,
            };
            SearchReport report = painted.Search(served, own, cancellationToken);
            rankings.Add([.. report.Results.Select(result => Number(served.FileOf(result.Index) ?? $"{served.Id}/{result.Index}"))]);
            rows.Add(new CompareRowModel(served.Id, report.Query.Layer, report, request.Distributions ? Describe(painted, served, own, cancellationToken) : null));
        }

        int depth = Math.Max(1, rankings.Max(ranking => ranking.Length));
        List<OverlapModel> overlaps = [];
        for (int i = 0; i < rows.Count; i++)
        {
            for (int j = i + 1; j < rows.Count; j++)
            {
                overlaps.Add(new OverlapModel(i, j, depth, RankOverlap.AtDepth(rankings[i], rankings[j], depth), RankOverlap.RankBiased(rankings[i], rankings[j])));
            }
        }

        return new CompareModel(rows, overlaps);

        // The same file is the same image, in whichever store it is.
        long Number(string file) => numbers.TryGetValue(file, out long number) ? number : numbers[file] = numbers.Count;
    }

    private static Distribution Describe(PaintedSearch painted, ServedStore served, SearchRequest search, CancellationToken cancellationToken)
    {
        double[] similarities = [.. painted.ScoreAll(served, search, withContrast: false, cancellationToken).Similarities.Highlight
            .Where(similarity => !float.IsNaN(similarity)).Select(similarity => (double)similarity).Order()];
        return similarities.Length > 0
            ? Distribution.Create(similarities)
            : throw new RequestException($"no image of the store '{served.Id}' takes part: the condition leaves none");
    }
}
