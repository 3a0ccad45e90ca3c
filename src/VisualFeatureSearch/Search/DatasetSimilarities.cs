namespace VisualFeatureSearch.Search;

/// <summary>The similarity of every image of a dataset to a highlighted region, and perhaps to a second one.</summary>
/// <param name="Highlight">For each row of the store, its best window's similarity; NaN for one that did not take part.</param>
/// <param name="Contrast">The same for the second region; null where there is none.</param>
/// <param name="Images">Images that took part.</param>
/// <param name="NonFiniteImages">How many of them have no similarity, because their features contain an infinity or NaN.</param>
public sealed record DatasetSimilarities(float[] Highlight, float[]? Contrast, long Images, long NonFiniteImages)
{
    /// <summary>One number a row.</summary>
    /// <param name="measure">Which one.</param>
    /// <exception cref="SearchRequestException">The measure needs a second region, and there is none.</exception>
    public float[] Of(SimilarityMeasure measure)
    {
        if (measure == SimilarityMeasure.Highlight)
        {
            return Highlight;
        }

        float[] contrast = Contrast ?? throw new SearchRequestException("measure", $"is {(measure == SimilarityMeasure.Contrast ? "contrast" : "difference")}, which needs a second highlight: paint one against");
        return measure == SimilarityMeasure.Contrast ? contrast : [.. Highlight.Zip(contrast, (first, second) => first - second)];
    }
}

/// <summary>What is told of an image in statistics.</summary>
public enum SimilarityMeasure
{
    /// <summary>Similarity to the highlighted region.</summary>
    Highlight,

    /// <summary>Similarity to the second region.</summary>
    Contrast,

    /// <summary>The first minus the second.</summary>
    Difference,
}
