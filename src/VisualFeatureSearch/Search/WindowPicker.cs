using VisualFeatureSearch.Regions;

namespace VisualFeatureSearch.Search;

/// <summary>A window of an image with its similarity.</summary>
/// <param name="Similarity">Its similarity.</param>
/// <param name="Window">Where it is, in cells of the layer.</param>
public readonly record struct WindowMatch(float Similarity, Window Window);

/// <summary>Chooses several windows of one image.</summary>
internal static class WindowPicker
{
    /// <summary>
    /// The best window, then the best of those that share no cell with it, and so on: the first in row-major order on a tie.
    /// </summary>
    /// <param name="similarities">The similarity of every placement.</param>
    /// <param name="plan">The placements.</param>
    /// <param name="count">How many windows at most.</param>
    public static WindowMatch[] Pick(ReadOnlySpan<float> similarities, ScanPlan plan, int count)
    {
        List<WindowMatch> picked = [];
        while (picked.Count < count)
        {
            int best = -1;
            for (int i = 0; i < similarities.Length; i++)
            {
                if ((best < 0 || similarities[i] > similarities[best]) && !picked.Exists(other => Overlap(At(i, plan), other.Window)))
                {
                    best = i;
                }
            }

            if (best < 0)
            {
                break;
            }

            picked.Add(new WindowMatch(similarities[best], At(best, plan)));
        }

        return [.. picked];
    }

    private static Window At(int placement, ScanPlan plan) => new(placement / plan.Columns, placement % plan.Columns, plan.WindowHeight, plan.WindowWidth);

    private static bool Overlap(Window left, Window right) =>
        Math.Abs(left.Y - right.Y) < left.Height && Math.Abs(left.X - right.X) < left.Width;
}
