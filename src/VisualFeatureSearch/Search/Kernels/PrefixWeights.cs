namespace VisualFeatureSearch.Search.Kernels;

/// <summary>A region kernel as weights for the codes and tails of a prefix: one entry a mask cell.</summary>
/// <param name="Groups">Groups of four dimensions, in front of the tails.</param>
/// <param name="Weights">
/// Four signed weights in each number, <c>[mask cells, groups + tail groups]</c>: of the groups, then of the tails.
/// </param>
/// <param name="Starts">-128 times the sum of a mask cell's weights of the groups.</param>
/// <param name="Scales">Similarity of one unit of weight and code, for a norm of 1.</param>
/// <param name="TailScales">Similarity of one unit of weight and tail.</param>
/// <param name="SquaredWeights">m².</param>
/// <param name="Offsets">Flat distance of the mask cells from the window's corner.</param>
internal sealed record PrefixWeights(
    int Groups, int[] Weights, int[] Starts, float[] Scales, float[] TailScales, float[] SquaredWeights, int[] Offsets);

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
