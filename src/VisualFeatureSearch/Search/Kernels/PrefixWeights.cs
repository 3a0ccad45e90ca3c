namespace VisualFeatureSearch.Search.Kernels;

/// <summary>A region kernel as weights for the codes and tails of a prefix: one entry a mask cell.</summary>
/// <remarks>
/// A mask cell on a cell with norm n adds n * (scale * (start + Σ weight * code) + tail scale * Σ weight * tail + constant +
/// error * the image's error) to the numerator of the window that they belong to. Codes in 8 and in 4 bits have one scale, so that
/// their sum becomes a float32 once.
/// </remarks>
internal sealed class PrefixWeights
{
    /// <summary>Makes room for weights, and finds out which mask cell lies on which cell at which placement.</summary>
    /// <param name="fineGroups">Groups of four dimensions in 8 bits.</param>
    /// <param name="coarseGroups">Groups of eight dimensions in 4 bits.</param>
    /// <param name="offsets">Flat distance of the mask cells from the window's corner.</param>
    /// <param name="squaredWeights">m².</param>
    /// <param name="corners">Flat positions of all placements, in row-major order.</param>
    /// <param name="cells">Cells of a feature map.</param>
    /// <param name="root">What becomes of Σ m² * norm².</param>
    public PrefixWeights(int fineGroups, int coarseGroups, int[] offsets, float[] squaredWeights, int[] corners, int cells, BoundedRoot root)
    {
        Root = root;
        FineGroups = fineGroups;
        CoarseGroups = coarseGroups;
        Offsets = offsets;
        SquaredWeights = squaredWeights;
        Corners = corners;
        Cells = cells;
        Stride = fineGroups + (2 * coarseGroups) + CodeKernels.TailGroups;
        Weights = new int[offsets.Length * Stride];
        Terms = new PrefixTerms[offsets.Length];
        (FirstPairs, PairCells, PairPlacements) = Pair();
        Pace = PanelPace.Of(FirstPairs, corners.Length, offsets.Length, PrefixPanel.CellLines(fineGroups, coarseGroups));
    }

    /// <summary>How fast memory is asked for ahead while a panel is bounded.</summary>
    public PanelPace Pace { get; }

    /// <summary>Groups of four dimensions in 8 bits.</summary>
    public int FineGroups { get; }

    /// <summary>Groups of eight dimensions in 4 bits.</summary>
    public int CoarseGroups { get; }

    /// <summary>Flat distance of the mask cells from the window's corner.</summary>
    public int[] Offsets { get; }

    /// <summary>m².</summary>
    public float[] SquaredWeights { get; }

    /// <summary>What becomes of Σ m² * norm².</summary>
    public BoundedRoot Root { get; }

    /// <summary>Flat positions of all placements, in row-major order.</summary>
    public int[] Corners { get; }

    /// <summary>Cells of a feature map.</summary>
    public int Cells { get; }

    /// <summary>
    /// Four signed weights in each number, <c>[mask cells, fine groups + 2 * coarse groups + tail groups]</c>: of a coarse group
    /// first those of the lower halves of its bytes, then those of the upper.
    /// </summary>
    public int[] Weights { get; }

    /// <summary>Numbers of <see cref="Weights"/> that belong to a mask cell.</summary>
    public int Stride { get; }

    /// <summary>What a mask cell's sums become.</summary>
    public PrefixTerms[] Terms { get; }

    /// <summary>Where the pairs of each cell begin, and behind them how many there are.</summary>
    public int[] FirstPairs { get; }

    /// <summary>The mask cell of each pair of a cell and a placement that covers it.</summary>
    public int[] PairCells { get; }

    /// <summary>The placement of each pair.</summary>
    public int[] PairPlacements { get; }

    private (int[] First, int[] Cells, int[] Placements) Pair()
    {
        int[] first = new int[Cells + 1];
        foreach (int corner in Corners)
        {
            foreach (int offset in Offsets)
            {
                first[corner + offset + 1]++;
            }
        }

        for (int cell = 0; cell < Cells; cell++)
        {
            first[cell + 1] += first[cell];
        }

        int[] next = first[..^1];
        int[] cells = new int[first[^1]];
        int[] placements = new int[first[^1]];
        for (int placement = 0; placement < Corners.Length; placement++)
        {
            for (int j = 0; j < Offsets.Length; j++)
            {
                int at = next[Corners[placement] + Offsets[j]]++;
                cells[at] = j;
                placements[at] = placement;
            }
        }

        return (first, cells, placements);
    }
}

/// <summary>What the sums of a mask cell's weights and a cell's codes become.</summary>
/// <param name="Start">
/// -128 times the sum of the weights of the fine groups, -7.5 times that of the coarse ones, rounded down; the constant makes up for a half.
/// </param>
/// <param name="Scale">Similarity of one unit of weight and code, for a norm of 1.</param>
/// <param name="TailScale">Similarity of one unit of weight and tail.</param>
/// <param name="Constant">What a cell's norm is multiplied with besides.</param>
/// <param name="Error">What a cell's norm and its image's error are multiplied with.</param>
internal readonly record struct PrefixTerms(int Start, float Scale, float TailScale, float Constant, float Error);
