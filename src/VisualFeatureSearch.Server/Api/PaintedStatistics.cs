using VisualFeatureSearch.Analysis;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Server.Problems;
using VisualFeatureSearch.Server.Stores;

namespace VisualFeatureSearch.Server.Api;

/// <summary>From a request with a painted mask to the statistics of a whole store.</summary>
internal sealed class PaintedStatistics(PaintedSearch painted)
{
    /// <summary>Describes a store's similarities to a painted region.</summary>
    /// <exception cref="RequestException">A field is missing or has a value that it cannot have.</exception>
    public StatisticsModel Describe(ServedStore served, StatisticsRequest request, CancellationToken cancellationToken)
    {
        FeatureStore features = served.Store;
        SearchRequest search = request.Search ?? throw new RequestException("'search' is missing: the photograph and the painted mask");
        if (!Enum.TryParse(request.Measure ?? "highlight", ignoreCase: true, out SimilarityMeasure measure) || !Enum.IsDefined(measure))
        {
            throw new RequestException($"'measure' is '{request.Measure}': it must be highlight, contrast or difference");
        }

        string by = request.By ?? ImageGroups.LabelColumn;
        IReadOnlyList<ImageGroup> groups = ImageGroups.ByColumn(features.Images, features.ColumnNames, by);
        IReadOnlyList<string> labels = Labels(painted.Find(served, search.Image), features, request.Label);
        bool[] hasLabel = [.. features.Images.Select(image => image.Labels.Any(labels.Contains))];
        if (labels.Count > 0 && !hasLabel.Contains(true))
        {
            throw new RequestException($"'label' is '{string.Join(", ", labels)}': no image of the store has it");
        }

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
            labels.Count == 0 ? null : Precision(values, labels, hasLabel));
    }

    /// <summary>The label that was asked for, or those that the query's own image has.</summary>
    private static IReadOnlyList<string> Labels(PaintedQuery query, FeatureStore features, string? label) =>
        label is not null ? [label]
        : query.Index is { } own ? features.Images[(int)own].Labels
        : [];

    private static PrecisionModel Precision(float[] values, IReadOnlyList<string> labels, bool[] hasLabel)
    {
        int[] compared = [.. Enumerable.Range(0, values.Length).Where(row => !float.IsNaN(values[row]))];
        return new PrecisionModel(labels, (double)compared.Count(row => hasLabel[row]) / compared.Length, PrecisionPoint.Create(values, row => hasLabel[row]));
    }
}
