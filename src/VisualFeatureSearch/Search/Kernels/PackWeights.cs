namespace VisualFeatureSearch.Search.Kernels;

/// <summary>A region kernel as weights for the packs of a refinement: one entry a mask cell and pack.</summary>
/// <remarks>
/// A pack of a cell with scale s, error e, tails t and norm n adds n * (s * (scale * Σ weight * code + start) + e * error + constant
/// - Σ tail * t) to a window's numerator: it takes the place of the tails.
/// </remarks>
/// <param name="Packs">Packs of the refinement.</param>
/// <param name="PackOffsets">How far into a cell's bytes each pack is.</param>
/// <param name="Weights">
/// Signed weights, <c>[mask cells, packs, 2, 64]</c>: of the lower halves of a pack's 64 bytes, then of the upper ones; zero for
/// bytes that are not codes.
/// </param>
/// <param name="Terms">
/// Four numbers a mask cell and pack: start, which is -7.5 times the sum of the weights, scaled; what the pack's error is multiplied with;
/// the constant, which does not depend on the pack; and scale, the similarity of one unit of weight and code, for a norm and a
/// pack's scale of 1.
/// </param>
/// <param name="Tails">What a unit of each of four tails has added to the numerator, <c>[mask cells, packs, 4]</c>.</param>
internal sealed record PackWeights(int Packs, int[] PackOffsets, AlignedArray<byte> Weights, AlignedArray<float> Terms, AlignedArray<float> Tails);
