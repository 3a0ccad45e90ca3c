using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Search;

/// <summary>
/// A region kernel laid out for the feature maps of one store: made once a query, read by all threads.
/// </summary>
/// <remarks>
/// A placement (y, x) of the window is the flat position y * W + x, and the mask's cell (i, j) lies i * W + j behind it. So
/// the sums of all placements are a few shifted, scaled copies of a channel added up, vectors of neighbouring placements at
/// a time; positions where the window would wrap around a row are computed with the rest and ignored.
/// <para>
/// Float16 has to be widened first, and what is widened is used while it is at hand. Masks of few cells are multiplied with
/// all cells of the map and shifted once at the end (<see cref="FusedKernel"/>); for all others channels are turned into lanes on the
/// way (<see cref="LaneKernel"/>). Maps that are float32, or smaller than either needs, are scored as described first, in strips of
/// mask cells (<see cref="Strips"/>), or where a mask is so large that few placements are left, with the kernel laid into an empty
/// map once for each placement, of which every one is a dot product over the whole map (<see cref="PlacedKernels"/>).
/// </para>
/// </remarks>
internal sealed class ScanPlan
{
    private const long MaximumPlacedElements = 4 * 1024 * 1024;

    /// <summary>Lays out a kernel.</summary>
    /// <param name="region">The kernel.</param>
    /// <param name="mapHeight">Cells down of the store's maps, H.</param>
    /// <param name="mapWidth">Cells across, W.</param>
    /// <param name="isHalf">Whether the store's features are float16; else float32.</param>
    /// <param name="kernels">The loops that it is laid out for.</param>
    public ScanPlan(RegionKernel region, int mapHeight, int mapWidth, bool isHalf, ScanKernels kernels)
    {
        int h = region.Box.Height;
        int w = region.Box.Width;
        Kernels = kernels;
        IsHalf = isHalf;
        Channels = region.Channels;
        MapWidth = mapWidth;
        Cells = mapHeight * mapWidth;
        WindowHeight = h;
        WindowWidth = w;
        Rows = mapHeight - h + 1;
        Columns = mapWidth - w + 1;
        Positions = ((Rows - 1) * mapWidth) + Columns;

        int[] active = [.. Enumerable.Range(0, h * w).Where(cell => region.Weights[cell] != 0)];
        Offsets = [.. active.Select(cell => (cell / w * mapWidth) + (cell % w))];
        SquaredWeights = [.. active.Select(cell => region.Weights[cell] * region.Weights[cell])];
        SquaredLength = SquaredWeights.Sum();
        Rounding = (((double)Channels * active.Length) + Channels + active.Length + 64) * ScanKernels.RoundingUnit * 1.05;
        ShiftedKernel = new float[Channels * active.Length];
        for (int c = 0; c < Channels; c++)
        {
            for (int j = 0; j < active.Length; j++)
            {
                ShiftedKernel[(c * active.Length) + j] = region.Kernel[(c * h * w) + active[j]] * region.Weights[active[j]];
            }
        }

        int fusedCells = Offsets.Length is 2 or 3 ? 4 : Offsets.Length;
        if (isHalf && fusedCells <= kernels.MostFusedCells && Cells >= kernels.Lanes)
        {
            FusedCells = fusedCells;
            FusedKernel = new float[Channels * fusedCells];
            for (int c = 0; c < Channels; c++)
            {
                ShiftedKernel.AsSpan(c * Offsets.Length, Offsets.Length).CopyTo(FusedKernel.AsSpan(c * fusedCells));
            }
        }
        else if (isHalf && Cells >= ScanKernels.LaneCells)
        {
            LaneKernel = TurnIntoLanes(kernels.Lanes);
        }
        else if (ArePlacedCheaper(kernels.Lanes))
        {
            PlacedKernels = LayOut();
        }
        else
        {
            Strips = [.. MaskStrip.Cut(Offsets, ScanKernels.StripCells).Select(Lift)];
        }
    }

    public ScanKernels Kernels { get; }

    /// <summary>Whether it is laid out for float16 maps; else for float32.</summary>
    public bool IsHalf { get; }

    public int Channels { get; }

    public int MapWidth { get; }

    /// <summary>Cells of a feature map, H * W.</summary>
    public int Cells { get; }

    public int WindowHeight { get; }

    public int WindowWidth { get; }

    /// <summary>Placements down, H - h + 1.</summary>
    public int Rows { get; }

    /// <summary>Placements across, W - w + 1.</summary>
    public int Columns { get; }

    /// <summary>The placements.</summary>
    public WindowGrid Grid => new(MapWidth, Rows, Columns);

    /// <summary>Flat positions from the first placement to the last.</summary>
    public int Positions { get; }

    /// <summary>Flat distance of each mask cell with a weight from the window's corner.</summary>
    public int[] Offsets { get; }

    /// <summary>m² of these cells.</summary>
    public float[] SquaredWeights { get; }

    /// <summary>Σ m².</summary>
    public float SquaredLength { get; }

    /// <summary>How much a similarity in float32 is off, at most: the rounding of its sums and of its norm.</summary>
    public double Rounding { get; }

    /// <summary>The largest similarity that there can be: 1, but for rounding.</summary>
    public float LargestSimilarity => MathF.BitIncrement((float)(1 + Rounding));

    /// <summary>k·m of these cells, <c>[C, cells of the mask]</c>.</summary>
    public float[] ShiftedKernel { get; }

    /// <summary>k·m laid into an empty map, one a placement, each <c>[C, H, W]</c>; null where shifting is cheaper, or the kernel is fused or in lanes.</summary>
    public float[][]? PlacedKernels { get; }

    /// <summary>The mask cells in strips, in order; empty where the kernel is laid out in another way.</summary>
    public ScanStrip[] Strips { get; } = [];

    /// <summary>
    /// k·m for <see cref="ScanKernels.SumHalves"/>, <c>[C, fused cells]</c>; null where it is of no use: for masks of many cells, and maps
    /// that are smaller than a vector or float32.
    /// </summary>
    public float[]? FusedKernel { get; }

    /// <summary>The mask cells as <see cref="ScanKernels.SumHalves"/> takes them: 4 instead of 2 or 3, with zeros for those that there are not.</summary>
    public int FusedCells { get; }

    /// <summary>
    /// k·m with channels as lanes, <c>[groups, cells of the mask, lanes]</c>, zero where there are no more channels; null where it is of
    /// no use: for masks that are fused, and maps that are small or float32.
    /// </summary>
    public AlignedArray<float>? LaneKernel { get; }

    /// <summary>Distance of the sums of one mask cell from those of the next.</summary>
    public int StripStride => Cells + ScanKernels.StripCells + ScanKernels.Padding;

    /// <summary>The flat position of a placement, counted in row-major order.</summary>
    public int CornerOf(int placement) => (placement / Columns * MapWidth) + (placement % Columns);

    private bool ArePlacedCheaper(int lanes)
    {
        long shiftedCost = (long)Offsets.Length * ((Positions + lanes - 1) / lanes);
        long placedCost = (long)Rows * Columns * ((Cells + lanes - 1) / lanes);
        return placedCost < shiftedCost && (long)Rows * Columns * Channels * Cells <= MaximumPlacedElements;
    }

    private AlignedArray<float> TurnIntoLanes(int lanes)
    {
        AlignedArray<float> target = new((Channels + lanes - 1) / lanes * Offsets.Length * lanes);
        Span<float> kernel = target.Span;
        for (int c = 0; c < Channels; c++)
        {
            int first = (c / lanes * Offsets.Length * lanes) + (c % lanes);
            for (int j = 0; j < Offsets.Length; j++)
            {
                kernel[first + (j * lanes)] = ShiftedKernel[(c * Offsets.Length) + j];
            }
        }

        return target;
    }

    /// <summary>A strip with its part of the kernel.</summary>
    private ScanStrip Lift(MaskStrip strip)
    {
        float[] kernel = new float[Channels * strip.Count];
        for (int c = 0; c < Channels; c++)
        {
            ShiftedKernel.AsSpan((c * Offsets.Length) + strip.First, strip.Count).CopyTo(kernel.AsSpan(c * strip.Count));
        }

        return new ScanStrip(strip.First, strip.Count, Positions + strip.Count - 1, kernel);
    }

    private float[][] LayOut()
    {
        float[][] placed = new float[Rows * Columns][];
        for (int placement = 0; placement < placed.Length; placement++)
        {
            int corner = CornerOf(placement);
            float[] map = new float[Channels * Cells];
            for (int c = 0; c < Channels; c++)
            {
                for (int j = 0; j < Offsets.Length; j++)
                {
                    map[(c * Cells) + corner + Offsets[j]] = ShiftedKernel[(c * Offsets.Length) + j];
                }
            }

            placed[placement] = map;
        }

        return placed;
    }
}

/// <summary>Mask cells close to each other.</summary>
/// <param name="First">The first of them.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Length">Cells from where the first is at the first placement to where the last is at the last.</param>
/// <param name="Kernel">k·m of them, <c>[C, count]</c>.</param>
internal sealed record ScanStrip(int First, int Count, int Length, float[] Kernel);
