namespace VisualFeatureSearch.Search.Kernels;

/// <summary>
/// Part of a refinement. A window's bound holds after any part of it, since every pack of every cell only takes the place of
/// its own tails: so it is checked after each step, and most windows are ruled out long before they have gone through all.
/// </summary>
/// <param name="FirstCell">The first of the mask cells.</param>
/// <param name="EndCell">The one behind the last.</param>
/// <param name="FirstPack">The first of a cell's packs.</param>
/// <param name="EndPack">The one behind the last.</param>
internal readonly record struct PackStep(int FirstCell, int EndCell, int FirstPack, int EndPack)
{
    /// <summary>
    /// Mask cells of a step, at most: so many that checking takes little beside it, so few that what is computed for windows that
    /// are already ruled out is little as well.
    /// </summary>
    private const int MostCells = 5;

    /// <summary>Packs of a window in this step.</summary>
    public int Packs => (EndCell - FirstCell) * (EndPack - FirstPack);

    /// <summary>A whole refinement in one step.</summary>
    /// <param name="cells">Mask cells.</param>
    /// <param name="packs">Packs of a cell.</param>
    public static PackStep All(int cells, int packs) => new(0, cells, 0, packs);

    /// <summary>Cuts a refinement into steps: pack by pack, because the first ones tell most, and some mask cells at a time.</summary>
    /// <param name="cells">Mask cells.</param>
    /// <param name="packs">Packs of a cell.</param>
    public static PackStep[] Cut(int cells, int packs)
    {
        List<PackStep> steps = [];
        int pieces = (cells + MostCells - 1) / MostCells;
        for (int pack = 0; pack < packs; pack++)
        {
            for (int piece = 0; piece < pieces; piece++)
            {
                steps.Add(new PackStep(cells * piece / pieces, cells * (piece + 1) / pieces, pack, pack + 1));
            }
        }

        return [.. steps];
    }
}
