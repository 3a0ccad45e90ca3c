using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace VisualFeatureSearch.Search.Kernels;

/// <summary>
/// The loops over an index's codes, in one of several instruction sets. <see cref="ScalarCodeKernels"/> says in plain code
/// what each must compute; sums of integers are exact, so all of them give the same integers.
/// </summary>
/// <remarks>
/// Codes of a prefix lie in panels of several images: see <see cref="PrefixPanel"/>. One 32-bit lane of a vector holds four
/// products of one cell of one image, which is what the dot product instructions of every processor add up at once. A cell's
/// codes are loaded once for all mask cells that may lie on it.
/// </remarks>
internal abstract class CodeKernels
{
    /// <summary>Bytes of room that records of packs need behind their end: vectors may reach over it, and what they find there is never used.</summary>
    public const int Padding = 256;

    /// <summary>What a code of zero is stored as in the 8 bits of a prefix.</summary>
    public const int Bias = 128;

    /// <summary>What a coordinate of zero would be stored as in 4 bits: between two codes.</summary>
    public const float PackBias = 7.5f;

    /// <summary>Bytes of a pack that weights are there for.</summary>
    public const int PackBytes = 64;

    /// <summary>Groups of four tails behind the codes of a prefix.</summary>
    public const int TailGroups = 2;

    protected CodeKernels() => Prefetch.Prepare();

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
    /// Bounds all windows of a panel of images: for each placement and image
    /// numerator = Σ over mask cells of what <see cref="PrefixWeights"/> says, inverse = what <see cref="BoundedRoot"/> says of
    /// Σ m² * norm², within its error, and ratio = numerator * inverse; and says which windows' ratio is not below a floor.
    /// </summary>
    /// <param name="panel">The panel: see <see cref="PrefixPanel"/>.</param>
    /// <param name="weights">The region's weights.</param>
    /// <param name="floors">The floor of each image's ratios; plus infinity for none.</param>
    /// <param name="numerators">Becomes the numerators, <c>[placements, images]</c>.</param>
    /// <param name="inverses">Becomes the inverses of the denominators, <c>[placements, images]</c>; has room for <c>[cells, images]</c>, which are worked in.</param>
    /// <param name="left">Becomes a bit for each image whose ratio is not below its floor, <c>[placements]</c>.</param>
    /// <param name="best">Becomes the largest ratio of each image.</param>
    public abstract void BoundPanel(
        ReadOnlySpan<byte> panel, PrefixWeights weights, ReadOnlySpan<float> floors, Span<float> numerators, Span<float> inverses, Span<ulong> left, Span<float> best);

    /// <summary>Adds what packs of a refinement say to the numerators of windows: see <see cref="PackWeights"/>.</summary>
    /// <param name="records">The refinement's records of some images, <c>[images, cells, packs]</c>.</param>
    /// <param name="recordBytes">Bytes of an image in them.</param>
    /// <param name="cellBytes">Bytes of a cell.</param>
    /// <param name="weights">The region's weights.</param>
    /// <param name="step">Of which mask cells.</param>
    /// <param name="offsets">Flat distance of the mask cells from a window's corner.</param>
    /// <param name="firstImage">The image of the first record.</param>
    /// <param name="windows">Windows of these images.</param>
    public abstract void AddPacks(
        ReadOnlySpan<byte> records, int recordBytes, int cellBytes, PackWeights weights, PackStep step, ReadOnlySpan<int> offsets, int firstImage, Span<WindowBound> windows);
}
