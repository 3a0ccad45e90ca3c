using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using VisualFeatureSearch.Analysis;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Server.Problems;
using VisualFeatureSearch.Server.Stores;

namespace VisualFeatureSearch.Server.Api;

/// <summary>The similarities of a whole dataset, by label or any other column.</summary>
internal static class StatisticsEndpoints
{
    public static void MapStatistics(this IEndpointRouteBuilder routes) => routes.MapPost("/api/stores/{store}/statistics", Describe)
        .WithTags("Statistics")
        .WithName("Statistics")
        .WithSummary("How similar all images of a store are to a painted region, by label or any other column.")
        .WithDescription("For each group: count, quartiles, whiskers and density; the difference of its median from that of all other images with a 95 % bootstrap interval; and a permutation test of mean ranks with the maxT correction of Westfall and Young for the number of groups. The query's own image takes no part.")
        .ProducesSearchProblems();

    private static StatisticsModel Describe(
        string store, [FromBody] StatisticsRequest request, StoreCatalogue catalogue, PaintedSearch painted, CancellationToken cancellationToken)
    {
        ServedStore served = catalogue.Find(store);
        FeatureStore features = served.Store;
        SearchRequest search = request.Search ?? throw new RequestException("'search' is missing: the photograph and the painted mask");
        if (!Enum.TryParse(request.Measure ?? "highlight", ignoreCase: true, out SimilarityMeasure measure) || !Enum.IsDefined(measure))
        {
            throw new RequestException($"'measure' is '{request.Measure}': it must be highlight, contrast or difference");
        }

        string by = request.By ?? ImageGroups.LabelColumn;
        IReadOnlyList<ImageGroup> groups = ImageGroups.ByColumn(features.Images, features.ColumnNames, by);
        (FeatureArray layer, RegionKernel region, DatasetSimilarities similarities) = painted.ScoreAll(served, search, withContrast: measure != SimilarityMeasure.Highlight, cancellationToken);
        float[] values = similarities.Of(measure);
        SimilarityStatistics statistics = SimilarityStatistics.Create(values, groups, request.Seed, cancellationToken);
        return new StatisticsModel(
            SearchReport.DescribeQuery(features, layer, region),
            by,
            measure.ToString().ToLowerInvariant(),
            similarities.NonFiniteImages,
            statistics.All,
            statistics.Groups,
            statistics.OmittedGroups,
            statistics.Permutations,
            request.Seed,
            Precision(features, values, Labels(painted.Find(served, search.Image), features, request.Label)));
    }

    /// <summary>The label that was asked for, or those that the query's own image has.</summary>
    private static IReadOnlyList<string> Labels(PaintedQuery query, FeatureStore features, string? label) =>
        label is not null ? [label]
        : query.Index is { } own ? features.Images[(int)own].Labels
        : [];

    private static PrecisionModel? Precision(FeatureStore features, float[] values, IReadOnlyList<string> labels)
    {
        if (labels.Count == 0)
        {
            return null;
        }

        bool[] hasLabel = [.. features.Images.Select(image => image.Labels.Any(labels.Contains))];
        int[] compared = [.. Enumerable.Range(0, values.Length).Where(row => !float.IsNaN(values[row]))];
        return new PrecisionModel(labels, (double)compared.Count(row => hasLabel[row]) / compared.Length, PrecisionPoint.Create(values, row => hasLabel[row]));
    }
}
