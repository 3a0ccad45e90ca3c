using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace VisualFeatureSearch.Search.Kernels;

/// <summary>
/// The loops over an index's codes, in one of several instruction sets. <see cref="ScalarCodeKernels"/> says in plain code
/// what each must compute; sums of integers are exact, so all of them give the same integers.
/// </summary>
/// <remarks>
/// Codes of a prefix are biased by 128 to 1..255 and lie as <c>[groups, cells, 4]</c>: four dimensions of a cell side by side,
/// cells next to each other. So one 32-bit lane of a vector holds four products of one cell, which is what the dot product
/// instructions of every processor add up at once. Every buffer has <see cref="Padding"/> elements of room behind it: vectors
/// may reach over its end, and what they find there is never used.
/// </remarks>
internal abstract class CodeKernels
{
    /// <summary>Elements of room that every buffer needs behind its last used one: four of the widest vectors of bytes.</summary>
    public const int Padding = 256;

    /// <summary>What a code of zero is stored as in a prefix.</summary>
    public const int Bias = 128;

    /// <summary>What a coordinate of zero would be stored as in a pack: between two codes.</summary>
    public const float PackBias = 7.5f;

    /// <summary>Bytes of a pack that weights are there for.</summary>
    public const int PackBytes = 64;

    /// <summary>Groups of four tails behind the codes of a prefix.</summary>
    public const int TailGroups = 2;

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

    /// <summary>The largest magnitude of a weight for a prefix: smaller where the processor's 16-bit sums would overflow.</summary>
    public abstract int MaximumWeight { get; }

    /// <summary>
    /// Bounds all windows of an image: for each flat position p in [0, positions)
    /// numerators[p] = Σ over mask cells j of norm * (scale * (start + Σ weight * code) + tailScale * Σ weight * tail + constant),
    /// denominators[p] = sqrt(Σ m² * norm²) + epsilon, of the cells p + offset, and ratios[p] = numerators[p] / denominators[p]
    /// + validity[p]. What is behind <paramref name="positions"/> becomes garbage.
    /// </summary>
    /// <param name="codes">Codes and tails of one feature map, <c>[groups + tail groups, cells, 4]</c>.</param>
    /// <param name="cells">Cells of the map.</param>
    /// <param name="weights">The region's weights.</param>
    /// <param name="constants">The constant of each mask cell.</param>
    /// <param name="norms">The norm of each cell.</param>
    /// <param name="validity">0 for placements, minus infinity for all else, also for the room behind.</param>
    /// <param name="epsilon">Added to a denominator.</param>
    /// <param name="values">Room for what each mask cell adds: <see cref="PrefixWeights.ValueStride"/> for each.</param>
    /// <param name="numerators">Room for the numerators.</param>
    /// <param name="denominators">Room for the denominators.</param>
    /// <param name="ratios">Room for the ratios.</param>
    /// <param name="positions">Flat positions of the window.</param>
    /// <param name="ahead">How many bytes behind the codes those of a later image are, to be fetched meanwhile; 0 for none.</param>
    /// <returns>The largest ratio.</returns>
    public abstract float BoundWindows(
        ReadOnlySpan<byte> codes, int cells, PrefixWeights weights, ReadOnlySpan<float> constants, ReadOnlySpan<float> norms, ReadOnlySpan<float> validity,
        float epsilon, Span<float> values, Span<float> numerators, Span<float> denominators, Span<float> ratios, int positions, int ahead);

    /// <summary>The numerator of one placement, and Σ m² * norm²: as <see cref="BoundWindows"/>, summed over the cells of the map.</summary>
    /// <param name="codes">Codes and tails of one feature map, <c>[groups + tail groups, cells, 4]</c>.</param>
    /// <param name="cells">Cells of the map.</param>
    /// <param name="groups">Groups of four dimensions, in front of the tails.</param>
    /// <param name="weights">The placement's weights.</param>
    /// <param name="error">The image's quantisation error.</param>
    /// <param name="norms">The norm of each cell, zero in the room behind.</param>
    public abstract (float Numerator, float Squares) BoundPlacement(
        ReadOnlySpan<byte> codes, int cells, int groups, PlacedWeights weights, float error, ReadOnlySpan<float> norms);

    /// <summary>What the packs of a refinement add to a window's numerator: see <see cref="PackWeights"/>.</summary>
    /// <param name="record">The refinement's record of the image, <c>[cells, packs]</c>.</param>
    /// <param name="cellBytes">Bytes of a cell in it.</param>
    /// <param name="weights">The region's weights.</param>
    /// <param name="corner">The window's flat position.</param>
    /// <param name="offsets">Flat distance of the mask cells from the window's corner.</param>
    public abstract float SumPacks(ReadOnlySpan<byte> record, int cellBytes, PackWeights weights, int corner, ReadOnlySpan<int> offsets);
}
