using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace VisualFeatureSearch.Search.Kernels;

/// <summary>
/// The loops over an index's 8-bit codes, in one of several instruction sets. <see cref="ScalarCodeKernels"/> says in plain
/// code what each must compute; sums of integers are exact, so all of them give the same integers.
/// </summary>
/// <remarks>
/// Codes are biased by 128 to 1..255 and lie as <c>[groups, cells, 4]</c>: four dimensions of a cell side by side, cells next
/// to each other. So one 32-bit lane of a vector holds four products of one cell, which is what the dot product
/// instructions of every processor add up at once. Every buffer has <see cref="Padding"/> bytes of room behind it: the last
/// vector of a row may reach over its end, and what it finds there is never used.
/// </remarks>
internal abstract class CodeKernels
{
    /// <summary>Bytes of room that every buffer of codes needs behind its last used one: the widest vector.</summary>
    public const int Padding = 64;

    /// <summary>What a code of zero is stored as.</summary>
    public const int Bias = 128;

    /// <summary>
    /// The fastest kernels of this processor; chosen once. 256-bit VNNI comes before AVX-512BW: it needs one instruction where
    /// that needs three for twice the width.
    /// </summary>
    public static CodeKernels Best { get; } =
        AvxVnni.IsSupported ? new VectorCodeKernels<Vector256<int>, VnniLanes, Vector256<float>, Lanes256>()
        : Avx512BW.IsSupported ? new VectorCodeKernels<Vector512<int>, Avx512CodeLanes, Vector512<float>, Lanes512>()
        : Avx2.IsSupported ? new VectorCodeKernels<Vector256<int>, Avx2CodeLanes, Vector256<float>, Lanes256>()
        : Dp.IsSupported ? new VectorCodeKernels<Vector128<int>, ArmCodeLanes, Vector128<float>, Lanes128>()
        : Vector128.IsHardwareAccelerated ? new VectorCodeKernels<Vector128<int>, PortableCodeLanes, Vector128<float>, Lanes128>()
        : new ScalarCodeKernels();

    /// <summary>The largest magnitude of a weight: smaller where the processor's 16-bit sums would overflow.</summary>
    public abstract int MaximumWeight { get; }

    /// <summary>
    /// sums[p] += factors[p + offsets[j]] * scales[j] * Σ over dimensions of (code[p + offsets[j]] - 128) * weight[j], for all
    /// mask cells j and p in [0, positions). Sums behind <paramref name="positions"/>, up to a vector's length, become garbage.
    /// </summary>
    /// <param name="codes">Codes of one feature map, <c>[groups, cells, 4]</c>.</param>
    /// <param name="groups">Groups of four dimensions.</param>
    /// <param name="cells">Cells of the map.</param>
    /// <param name="weights">Four signed weights in each number, <c>[mask cells, groups]</c>.</param>
    /// <param name="starts">-128 times the sum of a mask cell's weights.</param>
    /// <param name="scales">What a mask cell's integer sum is multiplied with.</param>
    /// <param name="offsets">Flat distance of the mask cells from the window's corner.</param>
    /// <param name="factors">A factor for each cell.</param>
    /// <param name="sums">What is added to.</param>
    /// <param name="positions">Flat positions of the window.</param>
    public abstract void AddShifted(
        ReadOnlySpan<byte> codes, int groups, int cells, ReadOnlySpan<int> weights, ReadOnlySpan<int> starts, ReadOnlySpan<float> scales,
        ReadOnlySpan<int> offsets, ReadOnlySpan<float> factors, Span<float> sums, int positions);

    /// <summary>
    /// Σ over cells of factors[cell] * scales[cell] * Σ over dimensions of (code[cell] - 128) * weight[cell]. All spans but
    /// the codes are padded with zeros to whole vectors.
    /// </summary>
    /// <param name="codes">Codes of one feature map, <c>[groups, cells, 4]</c>.</param>
    /// <param name="groups">Groups of four dimensions.</param>
    /// <param name="cells">Cells of the map.</param>
    /// <param name="weights">Signed weights, <c>[groups, cells, 4]</c> as the codes.</param>
    /// <param name="starts">-128 times the sum of each cell's weights.</param>
    /// <param name="scales">What a cell's integer sum is multiplied with.</param>
    /// <param name="factors">A factor for each cell.</param>
    public abstract float SumPlaced(
        ReadOnlySpan<byte> codes, int groups, int cells, ReadOnlySpan<byte> weights, ReadOnlySpan<int> starts, ReadOnlySpan<float> scales, ReadOnlySpan<float> factors);

    /// <summary>
    /// The largest of numerators[p] / (sqrt(squares[p]) + epsilon) + validity[p] over whole vectors that cover
    /// [0, positions); validity is 0 for placements and minus infinity elsewhere.
    /// </summary>
    public abstract float MaximumRatio(ReadOnlySpan<float> numerators, ReadOnlySpan<float> squares, ReadOnlySpan<float> validity, float epsilon, int positions);

    /// <summary>
    /// tails[i] = factors[i] * bytes[i] * step and squares[i] = factors[i]², for whole vectors that cover [0, length).
    /// </summary>
    public abstract void Unpack(ReadOnlySpan<float> factors, ReadOnlySpan<byte> bytes, float step, Span<float> tails, Span<float> squares, int length);
}
