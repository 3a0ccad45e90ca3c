namespace VisualFeatureSearch.Search.Kernels;

/// <summary>
/// How many bytes of a later group of channels are asked for while one is widened, and while a square of windows is added up. Each asks for
/// about as much as arrives meanwhile: see <see cref="PanelPace"/> for why.
/// </summary>
/// <param name="Widening">Bytes for each <see cref="ScanKernels.LaneCells"/> cells that are widened: whole lines.</param>
/// <param name="Widened">Bytes for all of them.</param>
/// <param name="Adding">Bytes for each mask cell that is added to a square.</param>
internal readonly record struct LanePace(int Widening, int Widened, int Adding)
{
    /// <summary>What a mask cell takes, of what widening <see cref="ScanKernels.LaneCells"/> cells does.</summary>
    private const double MaskCellCost = .28;

    /// <summary>The pace that asks for a group's bytes while a group is worked on.</summary>
    /// <param name="cells">Cells of the map.</param>
    /// <param name="lanes">Channels of a group.</param>
    /// <param name="maskCells">Mask cells that ask for memory; none where windows are added up without.</param>
    public static LanePace Of(int cells, int lanes, int maskCells)
    {
        int bytes = cells * lanes * sizeof(ushort);
        int pieces = ScanKernels.LaneSlots(cells) / ScanKernels.LaneCells;
        int share = (int)(bytes * pieces / (pieces + (MaskCellCost * maskCells)));
        int adding = maskCells == 0 ? 0 : Math.Min((bytes - share) / maskCells, Prefetch.LineBytes);
        int lines = (bytes - (adding * maskCells) + (pieces * Prefetch.LineBytes) - 1) / (pieces * Prefetch.LineBytes);
        return new LanePace(lines * Prefetch.LineBytes, lines * Prefetch.LineBytes * pieces, adding);
    }
}
