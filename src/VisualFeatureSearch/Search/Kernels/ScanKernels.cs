using System.Runtime.Intrinsics;

namespace VisualFeatureSearch.Search.Kernels;

/// <summary>
/// The loops that a plain scan spends its time in, in one of several widths. <see cref="ScalarKernels"/> says in plain code
/// what each must compute. Those that take float32 may load up to <see cref="Padding"/> numbers behind what they are given; those
/// that take float16, and what works with lanes, stay inside of it.
/// </summary>
internal abstract class ScanKernels
{
    /// <summary>Elements of room that a buffer of float32 without lanes needs behind its last used one: three of the widest vectors.</summary>
    public const int Padding = 48;

    /// <summary>Mask cells of a strip, at most: see <see cref="AddStrip"/>.</summary>
    public const int StripCells = 4;

    /// <summary>The widest kernels that this processor runs fast; chosen once.</summary>
    public static ScanKernels Best { get; } =
        Vector512.IsHardwareAccelerated ? new VectorKernels<Vector512<float>, Lanes512>()
        : Vector256.IsHardwareAccelerated ? new VectorKernels<Vector256<float>, Lanes256>()
        : Vector128.IsHardwareAccelerated ? new VectorKernels<Vector128<float>, Lanes128>()
        : new ScalarKernels();

    /// <summary>float32 lanes computed at once.</summary>
    public abstract int Lanes { get; }

    /// <summary>
    /// Widens float16 values. Finite ones exactly; infinities and NaN to a finite number whose magnitude is at least 65536,
    /// larger than any finite float16.
    /// </summary>
    public abstract void WidenHalves(ReadOnlySpan<ushort> halves, Span<float> floats);

    /// <summary>
    /// Mask cells that <see cref="SumHalves"/> takes, at most: as many as leave their sums in registers. It takes 1 or 4.
    /// </summary>
    public abstract int MostFusedCells { get; }

    /// <summary>Cells that a map needs for <see cref="AddLanes"/>, at least.</summary>
    public const int LaneCells = 8;

    /// <summary>
    /// Places for the squares of a map's cells in <see cref="AddLanes"/>: eight for every eight cells that are widened together. The
    /// last eight slots are those of the map's last eight cells, some of which may have had slots before.
    /// </summary>
    public static int LaneSlots(int cells) => (cells + LaneCells - 1) / LaneCells * LaneCells;

    /// <summary>
    /// Channels as lanes: adds, for every lane, the squares of the cells and what the mask cells have for each window, so that every
    /// window is made of whole vectors, whatever its shape:
    /// squares[slot, lane] += Σ over groups of F[group, lane, cell of the slot]², and
    /// sums[y, x, lane] += Σ over groups and mask cells j of kernel[group, j, lane] * F[group, lane, y * map width + x + offsets[j]],
    /// where F are the features, widened as <see cref="WidenHalves"/> does.
    /// </summary>
    /// <param name="map">The channels, <c>[groups, lanes, cells]</c>.</param>
    /// <param name="groups">Channels divided by the lanes.</param>
    /// <param name="cells">Cells of the map, at least <see cref="LaneCells"/>.</param>
    /// <param name="kernel">The kernel, <c>[groups, mask cells, lanes]</c>.</param>
    /// <param name="offsets">Flat distance of the mask cells from a window's corner.</param>
    /// <param name="grid">The placements.</param>
    /// <param name="block">Room for the features of a group, <c>[cells, lanes]</c>.</param>
    /// <param name="squares">What squares are added to, <c>[<see cref="LaneSlots"/>, lanes]</c>.</param>
    /// <param name="sums">What windows are added to, <c>[rows, columns, lanes]</c>.</param>
    public abstract void AddLanes(
        ReadOnlySpan<ushort> map, int groups, int cells, ReadOnlySpan<float> kernel, ReadOnlySpan<int> offsets, WindowGrid grid, Span<float> block, Span<float> squares, Span<float> sums);

    /// <summary>totals[i] = Σ over lanes of sums[i, lane].</summary>
    /// <param name="sums">Sums, <c>[count, lanes]</c>.</param>
    /// <param name="totals">Becomes the totals, one for each.</param>
    public abstract void SumLanes(ReadOnlySpan<float> sums, Span<float> totals);

    /// <summary>
    /// What a mask of few cells needs of a float16 map, in one go: squares[cell] = Σ over channels of map[channel, cell]² and
    /// sums[j, cell] = Σ over channels of kernel[channel, j] * map[channel, cell].
    /// </summary>
    /// <param name="map">The map, <c>[channels, cells]</c>, of at least <see cref="Lanes"/> cells.</param>
    /// <param name="channels">Channels of the map.</param>
    /// <param name="cells">Cells of the map.</param>
    /// <param name="kernel">The kernel, <c>[channels, count]</c>.</param>
    /// <param name="count">Mask cells: 1 or 4, at most <see cref="MostFusedCells"/>.</param>
    /// <param name="squares">Becomes the squares.</param>
    /// <param name="sums">Becomes the sums of each mask cell.</param>
    /// <param name="stride">Distance of the sums of one mask cell from those of the next, at least <paramref name="cells"/>.</param>
    public abstract void SumHalves(
        ReadOnlySpan<ushort> map, int channels, int cells, ReadOnlySpan<float> kernel, int count, Span<float> squares, Span<float> sums, int stride);

    /// <summary>squares[cell] += Σ over channels of block[channel, cell]².</summary>
    public abstract void AddSquares(ReadOnlySpan<float> block, int channels, int cells, Span<float> squares);

    /// <summary>
    /// sums[p] += Σ over channels c and mask cells j of kernel[c, j] * block[c, p + offsets[j]], for p in [0, positions).
    /// Sums behind <paramref name="positions"/>, up to a vector's length, become garbage.
    /// </summary>
    public abstract void AddShifted(
        ReadOnlySpan<float> block, int channels, int cells, ReadOnlySpan<float> kernel, ReadOnlySpan<int> offsets, Span<float> sums, int positions);

    /// <summary>
    /// sums[j, i] += Σ over channels c of kernel[c, j] * block[c, cell + i], for some mask cells j that are close to each other
    /// in one row, and i in [0, length): every number of the block that is loaded serves all of them. Rows of sums are
    /// <paramref name="stride"/> apart, at least <paramref name="length"/> + <see cref="Padding"/>; what is behind a row's
    /// length becomes garbage.
    /// </summary>
    /// <param name="block">Channels of a map, <c>[channels, cells]</c>.</param>
    /// <param name="channels">Channels of the block.</param>
    /// <param name="cells">Cells of the map.</param>
    /// <param name="kernel">The mask cells' part of the kernel, <c>[channels, count]</c>.</param>
    /// <param name="count">How many mask cells, 1 to <see cref="StripCells"/>.</param>
    /// <param name="cell">Flat position of the first of them in the window at the first placement.</param>
    /// <param name="sums">What is added to.</param>
    /// <param name="stride">Distance of its rows.</param>
    /// <param name="length">Cells that are needed.</param>
    public abstract void AddStrip(
        ReadOnlySpan<float> block, int channels, int cells, ReadOnlySpan<float> kernel, int count, int cell, Span<float> sums, int stride, int length);

    /// <summary>
    /// products[row, cell] = Σ over channels of matrix[row, channel] * block[channel, cell]. Rows of products are
    /// <paramref name="stride"/> apart, at least <paramref name="cells"/> rounded up to whole vectors; what is behind a row's
    /// cells becomes garbage. No sum has a longer chain of additions than <see cref="ProjectChain"/> and one for each such block.
    /// </summary>
    public abstract void Project(ReadOnlySpan<float> matrix, int rows, ReadOnlySpan<float> block, int channels, int cells, Span<float> products, int stride);

    /// <summary>Half the distance between 1 and the next float32: the largest relative error of one rounding.</summary>
    public const double RoundingUnit = 1.0 / (1 << 24);

    /// <summary>How far a number that <see cref="Project"/> computes can be off, for a row and a cell of length 1.</summary>
    public static double ProjectError(int channels) => (ProjectChain + ((double)channels / ProjectChain) + 8) * RoundingUnit;

    /// <summary>Channels that <see cref="Project"/> adds up before it adds the result to what it has.</summary>
    public const int ProjectChain = 128;

    /// <summary>Σ left[i] * right[i].</summary>
    public abstract float Dot(ReadOnlySpan<float> left, ReadOnlySpan<float> right);
}
