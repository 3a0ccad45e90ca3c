using System.Buffers.Binary;
using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Search.Index;

/// <summary>
/// A region kernel in the coordinates of an index, for bounding the similarity of windows from above or from below: made
/// once a query, its later stages only when they are needed; read by all threads.
/// </summary>
/// <remarks>
/// <para>
/// A window's similarity is Σ over mask cells of ⟨K, F⟩ / (sqrt(Σ m²·|F|²) + 1e-5), with K = k·m. Let û = F / |F| be a cell's
/// direction, μ the mean direction, V the basis, z = V(û - μ) its coordinates, and r what is left of û - μ outside of the
/// basis. Then for one cell
/// </para>
/// <para>⟨K, û⟩ = ⟨K, μ⟩ + ⟨VK, z⟩ + ⟨K, r⟩, and |⟨K, r⟩| ≤ |K outside of the basis| * |r|, by Cauchy and Schwarz.</para>
/// <para>
/// The index has z as codes c times a step, off by e, and |r| rounded up; VK becomes weights q times a scale, off by δ. So
/// ⟨VK, z⟩ ≤ step * scale * ⟨q, c⟩ + |VK| * |e| + |δ| * |longest code vector|, stage by stage. What float32 rounds away, here, in the
/// index and in the plain scan itself, is bounded by the usual (number of operations) * 2^-24 * (sum of magnitudes) and added, so
/// that a bound holds for the very number that the plain scan computes, not only for the true one.
/// </para>
/// </remarks>
internal sealed class BoundPlan
{
    private readonly FeatureIndex _index;
    private readonly float[] _kernel;
    private readonly double[] _left;
    private readonly double[] _constants;
    private readonly Lock _lock = new();
    private readonly BoundStage?[] _stages;

    /// <summary>Prepares bounds.</summary>
    /// <param name="index">The index.</param>
    /// <param name="scan">The region kernel, as the plain scan has it.</param>
    /// <param name="kernels">The kernels that the weights are made for.</param>
    /// <param name="isUpper">Whether similarities are bounded from above; else from below.</param>
    public BoundPlan(FeatureIndex index, ScanPlan scan, CodeKernels kernels, bool isUpper)
    {
        _index = index;
        Scan = scan;
        Kernels = kernels;
        IsUpper = isUpper;
        int cells = scan.Offsets.Length;
        _kernel = [.. scan.ShiftedKernel, .. new float[ScanKernels.Padding]];
        _stages = new BoundStage?[index.Layout.Stages];
        long placements = (long)scan.Rows * scan.Columns;
        IsPlaced = placements * ((scan.Cells + 7) / 8) < (long)cells * ((scan.Positions + 7) / 8) && placements <= 16;

        double chain = (ScanKernels.ProjectError(scan.Channels) * 1.01) + 1e-12;
        double coordinateError = (Math.Sqrt(index.Basis.Length / scan.Channels) * chain) + index.Header.Skew;
        _left = new double[cells];
        _constants = new double[cells];
        ReadOnlySpan<float> mean = index.Basis.AsSpan(index.Basis.Length - scan.Channels);
        for (int j = 0; j < cells; j++)
        {
            double squares = 0;
            double product = 0;
            for (int c = 0; c < scan.Channels; c++)
            {
                double value = scan.ShiftedKernel[(c * cells) + j];
                squares += value * value;
                product += value * mean[c];
            }

            // For the part inside of the basis, whose coordinates are off on the query's side; a direction less the mean is 2 long at most.
            _left[j] = squares * (1 + (2.2 * coordinateError));
            _constants[j] = product + Signed(2.1 * coordinateError * Math.Sqrt(squares));
        }

        Validity = new float[scan.Positions + CodeKernels.Padding];
        Array.Fill(Validity, float.NegativeInfinity);
        for (int y = 0; y < scan.Rows; y++)
        {
            Validity.AsSpan(y * scan.MapWidth, scan.Columns).Clear();
        }

        double scanRounding = (((double)scan.Channels * cells) + scan.Channels + cells + 64) * ScanKernels.RoundingUnit * 1.05;
        double boundRounding = 16.0 * (cells + (8 * _stages.Length) + 64) * ScanKernels.RoundingUnit;
        Slack = (float)(scanRounding + boundRounding);
        RelativeSlack = (float)((2.2 * (scan.Channels + 16) * ScanKernels.RoundingUnit) + 1e-6);
    }

    public ScanPlan Scan { get; }

    public CodeKernels Kernels { get; }

    public bool IsUpper { get; }

    /// <summary>Whether the weights are laid out once for each placement: where a mask leaves few of them.</summary>
    public bool IsPlaced { get; }

    /// <summary>0 for flat positions that are placements, minus infinity for those that wrap around a row.</summary>
    public float[] Validity { get; }

    /// <summary>Added to a bound for all rounding that does not depend on the image.</summary>
    public float Slack { get; }

    /// <summary>A bound's relative error from that of the norms.</summary>
    public float RelativeSlack { get; }

    /// <summary>The weights of a stage.</summary>
    public BoundStage Stage(int stage)
    {
        if (Volatile.Read(ref _stages[stage]) is { } made)
        {
            return made;
        }

        lock (_lock)
        {
            for (int i = 0; i <= stage; i++)
            {
                if (_stages[i] is null)
                {
                    Volatile.Write(ref _stages[i], Make(i));
                }
            }

            return _stages[stage]!;
        }
    }

    /// <summary>An error that makes an upper bound larger, a lower one smaller.</summary>
    private double Signed(double error) => IsUpper ? error : -error;

    private BoundStage Make(int stage)
    {
        IndexStage described = _index.Header.Stages[stage];
        int first = _index.Header.Stages.Take(stage).Sum(before => before.Dimensions);
        int dimensions = described.Dimensions;
        int cells = Scan.Offsets.Length;
        int stride = cells + (2 * ScanKernels.Padding);
        float[] coordinates = new float[dimensions * stride];
        Scan.Kernels.Project(
            _index.Basis.AsSpan(first * Scan.Channels, dimensions * Scan.Channels), dimensions, _kernel, Scan.Channels, cells, coordinates, stride);

        int groups = dimensions / 4;
        int[] weights = new int[cells * groups];
        int[] starts = new int[cells];
        float[] scales = new float[cells];
        float[] errors = new float[cells];
        float[] tails = new float[cells];
        float[] constants = new float[cells];
        double[] column = new double[dimensions];
        for (int j = 0; j < cells; j++)
        {
            double largest = 0;
            double squares = 0;
            for (int d = 0; d < dimensions; d++)
            {
                column[d] = coordinates[(d * stride) + j];
                largest = Math.Max(largest, Math.Abs(column[d]));
                squares += column[d] * column[d];
            }

            double scale = largest > 0 ? largest / Kernels.MaximumWeight : 1;
            double missed = 0;
            int sum = 0;
            for (int d = 0; d < dimensions; d++)
            {
                int weight = (int)Math.Round(column[d] / scale);
                double rest = column[d] - (weight * scale);
                missed += rest * rest;
                sum += weight;
                weights[(j * groups) + (d / 4)] |= (weight & 0xFF) << (8 * (d % 4));
            }

            starts[j] = -CodeKernels.Bias * sum;
            scales[j] = (float)(scale * described.Step);
            _left[j] -= squares;
            _constants[j] += Signed(Math.Sqrt(missed) * described.Reach);
            errors[j] = (float)Signed(Math.Sqrt(squares) * 1.000001);
            tails[j] = (float)Signed(Math.Sqrt(Math.Max(_left[j], 0)) * 1.000001);
            constants[j] = (float)_constants[j];
        }

        BoundStage made = new(groups, weights, starts, scales, errors, tails, constants, []);
        return IsPlaced ? made with { Placements = [.. Enumerable.Range(0, Scan.Rows * Scan.Columns).Select(placement => Place(made, placement))] } : made;
    }

    /// <summary>Lays a stage's weights out on the map for one placement.</summary>
    private PlacedStage Place(BoundStage stage, int placement)
    {
        int cells = Scan.Cells;
        int padded = cells + CodeKernels.Padding;
        int corner = (placement / Scan.Columns * Scan.MapWidth) + (placement % Scan.Columns);
        PlacedStage placed = new(
            new byte[(stage.Groups * cells * 4) + CodeKernels.Padding], new int[padded], new float[padded], new float[padded], new float[padded], new float[padded], new float[padded]);
        for (int j = 0; j < Scan.Offsets.Length; j++)
        {
            int cell = corner + Scan.Offsets[j];
            for (int g = 0; g < stage.Groups; g++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(placed.Weights.AsSpan(((g * cells) + cell) * 4), stage.Weights[(j * stage.Groups) + g]);
            }

            placed.Starts[cell] = stage.Starts[j];
            placed.Scales[cell] = stage.Scales[j];
            placed.Errors[cell] = stage.Errors[j];
            placed.Tails[cell] = stage.Tails[j];
            placed.Constants[cell] = stage.Constants[j];
            placed.SquaredWeights[cell] = Scan.SquaredWeights[j];
        }

        return placed;
    }
}

/// <summary>A stage of a query: one entry a mask cell.</summary>
/// <param name="Groups">Groups of four dimensions.</param>
/// <param name="Weights">Four signed weights in each number, <c>[mask cells, groups]</c>.</param>
/// <param name="Starts">-128 times the sum of the weights.</param>
/// <param name="Scales">Similarity of one unit of weight and code, for a norm of 1.</param>
/// <param name="Errors">What the image's largest quantisation error of this stage is multiplied with.</param>
/// <param name="Tails">What a cell's tail behind this stage is multiplied with.</param>
/// <param name="Constants">What does not depend on codes, for this stage and those before it.</param>
/// <param name="Placements">The same laid out on the map, one a placement; empty where shifting is cheaper.</param>
internal sealed record BoundStage(
    int Groups, int[] Weights, int[] Starts, float[] Scales, float[] Errors, float[] Tails, float[] Constants, PlacedStage[] Placements);

/// <summary>A stage of a query for one placement: one entry a cell of the map, zero where the mask has none.</summary>
internal sealed record PlacedStage(
    byte[] Weights, int[] Starts, float[] Scales, float[] Errors, float[] Tails, float[] Constants, float[] SquaredWeights);
