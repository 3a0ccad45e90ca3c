namespace VisualFeatureSearch.Search.Kernels;

/// <summary>
/// How many bytes are asked for ahead at each line of a cell, of all images of a panel, while one, two or three mask cells are added up.
/// </summary>
/// <param name="Three">Bytes for three mask cells.</param>
/// <param name="Two">Bytes for two.</param>
/// <param name="One">Bytes for one.</param>
/// <remarks>
/// A core has a dozen or so lines under way at a time, and waits when it asks for more. Nine mask cells are added to a cell three by
/// three; if the first three ask for all that the cell takes, they wait for memory, and while the others are added memory has nothing to
/// do: the time of both adds up. So whatever is computed asks for as much as arrives meanwhile.
/// </remarks>
internal readonly record struct PanelPace(int Three, int Two, int One)
{
    /// <summary>What loading and unpacking codes takes besides, in mask cells.</summary>
    private const double PassCost = .3;

    /// <summary>What the ratios of a placement take, and each mask cell of them, in mask cells of a cell.</summary>
    private const double PlacementCost = .15;
    private const double SquareCost = .02;

    /// <summary>How many of a cell's mask cells are added next: one alone costs most, so that four are two and two.</summary>
    /// <param name="left">Those that are left, at least one.</param>
    public static int Together(int left) => left is 3 or > 4 ? 3 : Math.Min(left, 2);

    /// <summary>The pace that asks for a panel's bytes while a panel is bounded.</summary>
    /// <param name="firstPairs">Where the pairs of each cell and a mask cell that lies on it begin, and behind them how many there are.</param>
    /// <param name="placements">Placements of the window.</param>
    /// <param name="maskCells">Cells of the mask.</param>
    /// <param name="cellLines">Lines of a cell.</param>
    public static PanelPace Of(ReadOnlySpan<int> firstPairs, int placements, int maskCells, int cellLines)
    {
        Span<int> passes = stackalloc int[4];
        for (int cell = 0; cell < firstPairs.Length - 1; cell++)
        {
            int together;
            for (int left = firstPairs[cell + 1] - firstPairs[cell]; left > 0; left -= together)
            {
                together = Together(left);
                passes[together]++;
            }
        }

        double cost = placements * (PlacementCost + (SquareCost * maskCells));
        for (int together = 1; together <= 3; together++)
        {
            cost += passes[together] * (together + PassCost);
        }

        // A pass asks for no more than a line; what three cannot ask for is left to two, and what they cannot to one.
        double bytes = PrefixPanel.LineBytes * (firstPairs.Length - 1) * (double)cellLines;
        Span<int> pace = stackalloc int[4];
        for (int together = 3; together >= 1; together--)
        {
            int lines = passes[together] * cellLines;
            double share = together + PassCost;
            pace[together] = lines == 0 ? 0 : (int)Math.Min(PrefixPanel.LineBytes, bytes * passes[together] * share / cost / lines);
            cost -= passes[together] * share;
            bytes -= (double)pace[together] * lines;
        }

        return new PanelPace(pace[3], pace[2], pace[1]);
    }
}
