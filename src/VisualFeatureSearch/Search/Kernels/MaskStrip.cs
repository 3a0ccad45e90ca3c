namespace VisualFeatureSearch.Search.Kernels;

/// <summary>
/// Mask cells side by side, which need nearly the same numbers of a feature map: what is loaded for one of them serves all.
/// </summary>
/// <param name="First">The first of them.</param>
/// <param name="Count">How many there are.</param>
internal readonly record struct MaskStrip(int First, int Count)
{
    /// <summary>Cuts a mask into strips, in order: of every run of neighbours as few as possible, as equal in length as possible.</summary>
    /// <param name="offsets">Flat distance of the mask cells from the window's corner, rising.</param>
    /// <param name="most">Mask cells of a strip, at most.</param>
    public static MaskStrip[] Cut(ReadOnlySpan<int> offsets, int most)
    {
        List<MaskStrip> strips = [];
        for (int first = 0, end; first < offsets.Length; first = end)
        {
            end = first + 1;
            while (end < offsets.Length && offsets[end] - offsets[end - 1] == 1)
            {
                end++;
            }

            int pieces = (end - first + most - 1) / most;
            for (int from = first; from < end; pieces--)
            {
                int count = (end - from + pieces - 1) / pieces;
                strips.Add(new MaskStrip(from, count));
                from += count;
            }
        }

        return [.. strips];
    }
}
