namespace VisualFeatureSearch.Search.Kernels;

/// <summary>A region kernel as weights for the codes and tails of a prefix: one entry a mask cell.</summary>
internal sealed class PrefixWeights
{
    /// <summary>Mask cells of a strip, at most: sums of more would not stay in registers.</summary>
    private const int StripCells = 3;

    private readonly MaskStrip[] _stripOfCells;

    /// <summary>Makes room for weights.</summary>
    /// <param name="groups">Groups of four dimensions, in front of the tails.</param>
    /// <param name="offsets">Flat distance of the mask cells from the window's corner.</param>
    /// <param name="squaredWeights">m².</param>
    public PrefixWeights(int groups, int[] offsets, float[] squaredWeights)
    {
        Groups = groups;
        Offsets = offsets;
        SquaredWeights = squaredWeights;
        Weights = new int[offsets.Length * (groups + CodeKernels.TailGroups)];
        Starts = new int[offsets.Length];
        Scales = new float[offsets.Length];
        TailScales = new float[offsets.Length];
        Shifts = new int[offsets.Length];
        Strips = MaskStrip.Cut(offsets, StripCells);
        _stripOfCells = new MaskStrip[offsets.Length];
        foreach (MaskStrip strip in Strips)
        {
            for (int cell = strip.First; cell < strip.First + strip.Count; cell++)
            {
                _stripOfCells[cell] = strip;
                Shifts[cell] = cell - strip.First;
            }
        }
    }

    /// <summary>Groups of four dimensions, in front of the tails.</summary>
    public int Groups { get; }

    /// <summary>Flat distance of the mask cells from the window's corner.</summary>
    public int[] Offsets { get; }

    /// <summary>m².</summary>
    public float[] SquaredWeights { get; }

    /// <summary>
    /// Four signed weights in each number, strip by strip: <c>[groups + tail groups, mask cells of the strip]</c>.
    /// </summary>
    public int[] Weights { get; }

    /// <summary>-128 times the sum of a mask cell's weights of the groups.</summary>
    public int[] Starts { get; }

    /// <summary>Similarity of one unit of weight and code, for a norm of 1.</summary>
    public float[] Scales { get; }

    /// <summary>Similarity of one unit of weight and tail.</summary>
    public float[] TailScales { get; }

    /// <summary>The mask cells in strips, in order.</summary>
    public MaskStrip[] Strips { get; }

    /// <summary>How far a mask cell lies behind the first of its strip.</summary>
    public int[] Shifts { get; }

    /// <summary>Room that is needed for what a mask cell adds to the windows of an image.</summary>
    public static int ValueStride(int positions) => positions + StripCells + CodeKernels.Padding;

    /// <summary>A mask cell's weights of a group; tails come behind the groups.</summary>
    public ref int WeightOf(int cell, int group)
    {
        MaskStrip strip = _stripOfCells[cell];
        return ref Weights[(strip.First * (Groups + CodeKernels.TailGroups)) + (group * strip.Count) + Shifts[cell]];
    }
}

/// <summary>
/// The same laid out on the map for one placement: one entry a cell of the map, zero where the mask has none, and
/// <see cref="CodeKernels.Padding"/> zeros behind them.
/// </summary>
/// <param name="Corner">The placement's flat position.</param>
/// <param name="Weights">Signed weights, <c>[groups + tail groups, cells, 4]</c> as the codes.</param>
/// <param name="Starts">-128 times the sum of each cell's weights of the groups.</param>
/// <param name="Scales">Similarity of one unit of weight and code, for a norm of 1.</param>
/// <param name="TailScales">Similarity of one unit of weight and tail.</param>
/// <param name="SquaredWeights">m².</param>
/// <param name="Constants">What a norm is multiplied with besides.</param>
/// <param name="Errors">What a norm and the image's quantisation error are multiplied with.</param>
internal sealed record PlacedWeights(
    int Corner, byte[] Weights, int[] Starts, float[] Scales, float[] TailScales, float[] SquaredWeights, float[] Constants, float[] Errors);
