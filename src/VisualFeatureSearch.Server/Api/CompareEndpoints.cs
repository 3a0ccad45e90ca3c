using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using VisualFeatureSearch.Server.Stores;

namespace VisualFeatureSearch.Server.Api;

/// <summary>Several searches side by side: of layers, of stores (models, datasets) or of highlights; and layers without a highlight.</summary>
internal static class CompareEndpoints
{
    public static void MapCompare(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder group = routes.MapGroup("/api/compare").WithTags("Search");

        group.MapPost("", ([FromBody] CompareRequest request, PaintedComparison comparison, CancellationToken cancellationToken) => comparison.Compare(request, cancellationToken))
            .WithName("Compare")
            .WithSummary("Several searches side by side, and how much their answers agree.")
            .WithDescription("Each row is the search `search` with what the row says instead: another `store`, `layer`, `image` or `mask`. `overlaps` has for each pair of rows the share of images that both answers have (`atDepth`) and the rank-biased overlap of Webber, Moffat and Zobel with p = 0.9 (`rankBiased`). With `distributions` each row has the distribution of the similarities of all of its store's images, and each pair Spearman's rank correlation of the similarities of the images that both stores have (`rankCorrelation`).")
            .ProducesSearchProblems();

        group.MapPost("representations", ([FromBody] RepresentationsRequest request, StoreCatalogue catalogue, CancellationToken cancellationToken) => RepresentationsModel.Create(request, catalogue, cancellationToken))
            .WithName("CompareRepresentations")
            .WithSummary("How alike layers are over a whole dataset, each with each: linear CKA.")
            .WithDescription("Linear centred kernel alignment (Kornblith et al. 2019) of whole feature maps, flattened, over the images that the stores of all rows have: 1 for the same but for rotation and scale, 0 for unrelated. `linearCka` is the unbiased estimator (Song et al. 2012), `biasedLinearCka` the one first published, which is high even for unrelated layers where there are few images. `images` (4 to 2000, 1000 where absent) is how many are compared at most, an even sample of more.")
            .ProducesSearchProblems();
    }
}
