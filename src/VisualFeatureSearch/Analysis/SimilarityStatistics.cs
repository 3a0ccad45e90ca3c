using MathNet.Numerics.Random;
using VisualFeatureSearch.Datasets;

namespace VisualFeatureSearch.Analysis;

/// <summary>The similarities of a dataset, group by group.</summary>
/// <param name="All">Of all images that took part.</param>
/// <param name="Groups">Of each group, in the order given.</param>
/// <param name="OmittedGroups">Groups beyond <see cref="MaximumGroups"/>, which are not told and not tested.</param>
/// <param name="Permutations">How often the test dealt the similarities anew; the least possible p is 1 / (permutations + 1).</param>
public sealed record SimilarityStatistics(Distribution All, IReadOnlyList<GroupStatistics> Groups, int OmittedGroups, int Permutations)
{
    /// <summary>More groups than this no chart shows.</summary>
    public const int MaximumGroups = 40;

    /// <summary>Describes, compares and tests.</summary>
    /// <param name="similarities">One a row; NaN for an image that does not take part.</param>
    /// <param name="groups">The groups; those without an image that takes part are left out.</param>
    /// <param name="seed">Where chance starts: the same seed, the same result.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <exception cref="DatasetException">No image takes part.</exception>
    public static SimilarityStatistics Create(
        IReadOnlyList<float> similarities, IReadOnlyList<ImageGroup> groups, int seed = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(similarities);
        ArgumentNullException.ThrowIfNull(groups);
        (double[] all, _) = Split(similarities, null);
        if (all.Length == 0)
        {
            throw new DatasetException("no image takes part: the condition leaves none, or all features contain infinities or NaN");
        }

        ImageGroup[] present = [.. groups.Where(group => group.Rows.Any(row => !float.IsNaN(similarities[row])))];
        ImageGroup[] told = [.. present.Take(MaximumGroups)];
        int permutations = GroupTest.PermutationsFor(all.Length);
        IReadOnlyList<GroupTestResult?> tests = GroupTest.Run(similarities, [.. told.Select(group => group.Rows)], seed, permutations, cancellationToken);
        GroupStatistics[] statistics = new GroupStatistics[told.Length];
        for (int i = 0; i < told.Length; i++)
        {
            (double[] inside, double[] outside) = Split(similarities, told[i].Rows);
            statistics[i] = new GroupStatistics(
                told[i].Name,
                Distribution.Create(inside),
                outside.Length == 0 ? null : MedianDifference.Create(inside, outside, new Xoshiro256StarStar(seed + i, threadSafe: false)),
                tests[i]);
        }

        return new SimilarityStatistics(Distribution.Create(all), statistics, present.Length - told.Length, permutations);
    }

    /// <summary>The similarities of some rows and of all others, each ascending, without those that take no part.</summary>
    private static (double[] Inside, double[] Outside) Split(IReadOnlyList<float> similarities, IReadOnlyList<int>? rows)
    {
        bool[] isInside = new bool[similarities.Count];
        foreach (int row in rows ?? [.. Enumerable.Range(0, similarities.Count)])
        {
            isInside[row] = true;
        }

        List<double> inside = [], outside = [];
        for (int row = 0; row < isInside.Length; row++)
        {
            if (!float.IsNaN(similarities[row]))
            {
                (isInside[row] ? inside : outside).Add(similarities[row]);
            }
        }

        inside.Sort();
        outside.Sort();
        return ([.. inside], [.. outside]);
    }
}

/// <summary>The similarities of a group.</summary>
/// <param name="Name">The group.</param>
/// <param name="Distribution">How they are distributed.</param>
/// <param name="AgainstOthers">Its median minus that of all other images; null where there are none.</param>
/// <param name="Test">Whether chance alone may have made the difference; null where there are no other images.</param>
public sealed record GroupStatistics(string Name, Distribution Distribution, MedianDifference? AgainstOthers, GroupTestResult? Test);
