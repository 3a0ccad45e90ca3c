namespace VisualFeatureSearch.Search.Kernels;

/// <summary>
/// How many bytes of a later group of channels are asked for while one is widened, and while all of its windows are added up at once. Each
/// asks for about as much as arrives meanwhile: see <see cref="PanelPace"/> for why.
/// </summary>
/// <param name="Widening">
/// Bytes for each <see cref="ScanKernels.LaneCells"/> cells that are widened: whole lines, the same number for each, because another number
/// now and then would be guessed wrongly. What that is too much, the next group asks for once more.
/// </param>
/// <param name="Widened">Bytes for all of them.</param>
/// <param name="Adding">Bytes for each mask cell that is added to the windows.</param>
internal readonly record struct LanePace(int Widening, int Widened, int Adding)
{
    /// <summary>
    /// What adding a mask cell to a window takes, as a share of what widening <see cref="ScanKernels.LaneCells"/> cells takes: one
    /// multiplication of about 56, counted in instructions on the two ports that do both.
    /// </summary>
    private const double MultiplicationCost = 1 / 56.0;

    /// <summary>The pace that asks for a group's bytes while a group is worked on.</summary>
    /// <param name="cells">Cells of the map.</param>
    /// <param name="lanes">Channels of a group.</param>
    /// <param name="windows">Windows that are added up at once; 0 where they are added up bit by bit, which asks for nothing.</param>
    /// <param name="maskCells">Cells of the mask.</param>
    public static LanePace Of(int cells, int lanes, int windows, int maskCells)
    {
        int bytes = cells * lanes * sizeof(ushort);
        int pieces = ScanKernels.LaneSlots(cells) / ScanKernels.LaneCells;
        double multiplications = MultiplicationCost * windows * maskCells;
        int adding = maskCells == 0 ? 0 : (int)Math.Min(bytes * multiplications / (pieces + multiplications) / maskCells, Prefetch.LineBytes);
        int lines = (bytes - (adding * maskCells) + (pieces * Prefetch.LineBytes) - 1) / (pieces * Prefetch.LineBytes);
        return new LanePace(lines * Prefetch.LineBytes, lines * Prefetch.LineBytes * pieces, adding);
    }
}
