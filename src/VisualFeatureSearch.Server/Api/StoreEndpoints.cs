using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using VisualFeatureSearch.Server.Stores;

namespace VisualFeatureSearch.Server.Api;

/// <summary>What there is to search.</summary>
internal static class StoreEndpoints
{
    public static void MapStores(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder group = routes.MapGroup("/api/stores").WithTags("Stores");

        group.MapGet("", (StoreCatalogue catalogue) => catalogue.Stores.Select(StoreModel.Create).ToArray())
            .WithName("ListStores")
            .WithSummary("Lists the stores that are served.");

        group.MapGet("{store}", (string store, StoreCatalogue catalogue) => StoreModel.Create(catalogue.Find(store)))
            .WithName("GetStore")
            .WithSummary("Describes a store: its layers, network, transform and labels.")
            .ProducesProblem(StatusCodes.Status404NotFound);
    }
}
