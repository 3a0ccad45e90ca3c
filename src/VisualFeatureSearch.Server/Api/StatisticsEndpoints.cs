using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using VisualFeatureSearch.Server.Stores;

namespace VisualFeatureSearch.Server.Api;

/// <summary>The similarities of a whole dataset, by label or any other column.</summary>
internal static class StatisticsEndpoints
{
    public static void MapStatistics(this IEndpointRouteBuilder routes) => routes.MapPost("/api/stores/{store}/statistics", (string store, [FromBody] StatisticsRequest request, StoreCatalogue catalogue, PaintedStatistics statistics, CancellationToken cancellationToken) =>
            statistics.Describe(catalogue.Find(store), request, cancellationToken))
        .WithTags("Statistics")
        .WithName("Statistics")
        .WithSummary("How similar all images of a store are to a painted region, by label or any other column.")
        .WithDescription("For each group: count, quartiles, whiskers and density; the difference of its median from that of all other images with a 95 % bootstrap interval; and a permutation test of mean ranks with the maxT correction of Westfall and Young for the number of groups. The query's own image takes no part.")
        .ProducesSearchProblems();
}
