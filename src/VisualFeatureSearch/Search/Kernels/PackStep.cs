namespace VisualFeatureSearch.Search.Kernels;

/// <summary>
/// Part of a refinement: all packs of some mask cells. A window's bound holds after any such part, since the packs of a cell take
/// the place of the cell's own tails, all of them together: so it is checked after each step, and most windows are ruled out long
/// before they have gone through all. Not so after some packs of a cell: the first one already takes off the tails of all.
/// </summary>
/// <param name="FirstCell">The first of the mask cells.</param>
/// <param name="EndCell">The one behind the last.</param>
internal readonly record struct PackStep(int FirstCell, int EndCell)
{
    /// <summary>
    /// Mask cells of a step, at most: so many that checking takes little beside it, so few that what is computed for windows that
    /// are already ruled out is little as well.
    /// </summary>
    private const int MostCells = 3;

    /// <summary>Mask cells of this step.</summary>
    public int Cells => EndCell - FirstCell;

    /// <summary>A whole refinement in one step.</summary>
    /// <param name="cells">Mask cells.</param>
    public static PackStep All(int cells) => new(0, cells);

    /// <summary>Cuts a refinement into steps of about the same length.</summary>
    /// <param name="cells">Mask cells.</param>
    public static PackStep[] Cut(int cells)
    {
        int pieces = (cells + MostCells - 1) / MostCells;
        return [.. Enumerable.Range(0, pieces).Select(piece => new PackStep(cells * piece / pieces, cells * (piece + 1) / pieces))];
    }
}
