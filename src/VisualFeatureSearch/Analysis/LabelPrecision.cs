namespace VisualFeatureSearch.Analysis;

/// <summary>How many of the most similar images have a certain label.</summary>
/// <param name="Depth">How many of the most similar images, k.</param>
/// <param name="Share">The share of them that has the label: precision at k.</param>
public readonly record struct PrecisionPoint(int Depth, double Share)
{
    /// <summary>The depths that are told, as far as there are so many images.</summary>
    public static IReadOnlyList<int> Depths { get; } = [1, 5, 10, 20, 50, 100];

    /// <summary>Precision at every depth.</summary>
    /// <param name="similarities">One a row; NaN for an image that does not take part.</param>
    /// <param name="hasLabel">For each row, whether its image has the label.</param>
    /// <returns>A point for each depth that is not beyond the number of images; ties in row order.</returns>
    public static IReadOnlyList<PrecisionPoint> Create(IReadOnlyList<float> similarities, Func<int, bool> hasLabel)
    {
        ArgumentNullException.ThrowIfNull(similarities);
        ArgumentNullException.ThrowIfNull(hasLabel);
        PriorityQueue<int, (float Similarity, int Row)> best = new();
        for (int row = 0; row < similarities.Count; row++)
        {
            if (!float.IsNaN(similarities[row]))
            {
                best.Enqueue(row, (similarities[row], -row));
                if (best.Count > Depths[^1])
                {
                    best.Dequeue();
                }
            }
        }

        int[] ranking = new int[best.Count];
        for (int i = ranking.Length - 1; i >= 0; i--)
        {
            ranking[i] = best.Dequeue();
        }

        return [.. Depths.Where(depth => depth <= ranking.Length).Select(depth => new PrecisionPoint(depth, (double)ranking.Take(depth).Count(hasLabel) / depth))];
    }
}
