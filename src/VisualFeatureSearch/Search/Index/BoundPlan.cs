using System.Buffers;
using System.Numerics.Tensors;
using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Search.Index;

/// <summary>
/// A region kernel in the coordinates of an index, for bounding the similarity of windows from above or from below: made
/// once a query; read by all threads.
/// </summary>
/// <remarks>
/// <para>
/// A window's similarity is Σ over mask cells of ⟨K, F⟩ / (sqrt(Σ m²·|F|²) + 1e-5), with K = k·m. Let û = F / |F| be a cell's
/// direction, μ the mean direction, V the basis, z = V(û - μ) its coordinates, and r what is left of û - μ outside of the
/// basis. Then for one cell
/// </para>
/// <para>⟨K, û⟩ = ⟨K, μ⟩ + ⟨VK, z⟩ + ⟨K, r⟩, and |⟨K, r⟩| ≤ |K outside of the basis| * |r|, by Cauchy and Schwarz.</para>
/// <para>
/// Of dimensions that were not looked at yet, the same holds block by block: |⟨VK, z⟩ in a block| ≤ |VK in it| * |z in it|,
/// and the last factor, rounded up, is the block's tail. Where K and û differ in which blocks they lie in, the blocks'
/// products add up to much less than the product of the whole lengths. A basis as wide as the features leaves no r but what
/// its rows are askew.
/// </para>
/// <para>
/// Of dimensions that were looked at, the index has codes c times a step, off from z by e; VK becomes weights q times a
/// scale, off by δ. So ⟨VK, z⟩ ≤ step * scale * ⟨q, c⟩ + |VK| * |e| + |δ| * |longest code vector|, part by part: the
/// prefix' fine dimensions, where the longest e of an image is known, its coarse ones, where |e| is the cell's first tail, and
/// each pack. For the fine and the coarse dimensions step * scale is the same unit, so that their sums are one. What float32 rounds away, here, in the index and in the plain scan itself, is bounded by the usual (number of
/// operations) * 2^-24 * (sum of magnitudes) and added, so that a bound holds for the very number that the plain scan
/// computes, not only for the true one.
/// </para>
/// </remarks>
internal sealed class BoundPlan
{
    private const double RoundUp = 1.000001;

    /// <summary>Dimensions whose coordinates are computed at once: so many that helpers are worth asking.</summary>
    private const int ProjectedTogether = 32;

    private readonly FeatureIndex _index;
    private readonly double[] _coordinates;
    private readonly double[] _lengths;
    private readonly double _coordinateError;

    /// <summary>What a unit of each tail adds to a bound, for a norm of 1, <c>[mask cells, <see cref="IndexLayout.TailBlocks"/>]</c>.</summary>
    private readonly float[] _tailUnits;

    /// <summary>Prepares bounds.</summary>
    /// <param name="index">The index.</param>
    /// <param name="scan">The region kernel, as the plain scan has it.</param>
    /// <param name="kernels">The kernels that the weights are made for.</param>
    /// <param name="isUpper">Whether similarities are bounded from above; else from below, by the prefix alone.</param>
    /// <param name="team">Who prepares them together.</param>
    public BoundPlan(FeatureIndex index, ScanPlan scan, CodeKernels kernels, bool isUpper, SearchTeam team)
    {
        _index = index;
        Scan = scan;
        Kernels = kernels;
        IsUpper = isUpper;
        IndexLayout layout = index.Layout;
        int cells = scan.Offsets.Length;
        double chain = (ScanKernels.ProjectError(scan.Channels) * 1.01) + 1e-12;
        _coordinateError = (Math.Sqrt(layout.Dimensions) * chain) + index.Header.Skew;
        _coordinates = Project(team);
        _lengths = new double[cells];
        _tailUnits = new float[cells * IndexLayout.TailBlocks];
        Prefix = NewPrefix();
        Packs = isUpper ? [.. Enumerable.Range(0, layout.Refinements.Length).Select(NewPacks)] : [];
        team.Run(cells, 1, () => false, (_, cell) =>
        {
            SetPrefix((int)cell);
            for (int refinement = 0; refinement < Packs.Length; refinement++)
            {
                SetPacks((int)cell, refinement);
            }
        });
        Steps = PackStep.Cut(cells);
        double boundRounding = 16.0 * ((cells * (1 + layout.Packs.Length)) + (8 * layout.Stages) + 64) * ScanKernels.RoundingUnit;
        Slack = (float)(scan.Rounding + boundRounding);
        RelativeSlack = (float)((2.2 * (scan.Channels + 16) * ScanKernels.RoundingUnit) + 1e-6);
    }

    public ScanPlan Scan { get; }

    public CodeKernels Kernels { get; }

    public bool IsUpper { get; }

    /// <summary>The weights of the prefix.</summary>
    public PrefixWeights Prefix { get; }

    /// <summary>The weights of each refinement; empty for lower bounds.</summary>
    public PackWeights[] Packs { get; }

    /// <summary>The steps of a refinement.</summary>
    public PackStep[] Steps { get; }

    /// <summary>Windows of a panel: placements times images.</summary>
    public int Windows => Prefix.Corners.Length * PrefixPanel.Images;

    /// <summary>Added to a bound for all rounding that does not depend on the image.</summary>
    public float Slack { get; }

    /// <summary>A bound's relative error from that of the norms.</summary>
    public float RelativeSlack { get; }

    /// <summary>A similarity's bound from the ratio that the kernels computed. Never negative: one below zero is bounded by zero.</summary>
    public float Bound(float ratio) => IsUpper
        ? (Math.Max(ratio, 0) * (1 + RelativeSlack)) + Slack
        : Math.Max(0, (ratio * (1 - RelativeSlack)) - Slack);

    /// <summary>Many upper bounds at once: see <see cref="Bound(float)"/>.</summary>
    public void Bound(ReadOnlySpan<float> ratios, Span<float> bounds)
    {
        bounds = bounds[..ratios.Length];
        TensorPrimitives.Max(ratios, 0f, bounds);
        TensorPrimitives.Multiply(bounds, 1 + RelativeSlack, bounds);
        TensorPrimitives.Add(bounds, Slack, bounds);
    }

    /// <summary>A ratio below which an upper bound is certainly below a floor.</summary>
    public float RatioOf(float floor)
    {
        float ratio = (floor - Slack) / (1 + RelativeSlack);
        return ratio > 0 ? ratio * (1 - 1e-6f) : float.NegativeInfinity;
    }

    /// <summary>An error that makes an upper bound larger, a lower one smaller.</summary>
    private double Signed(double error) => IsUpper ? error : -error;

    /// <summary>VK, <c>[mask cells, dimensions]</c>.</summary>
    private double[] Project(SearchTeam team)
    {
        int cells = Scan.Offsets.Length;
        int dimensions = _index.Layout.Dimensions;
        int stride = cells + (2 * ScanKernels.Padding);
        float[] kernel = [.. Scan.ShiftedKernel, .. new float[ScanKernels.Padding]];
        double[] coordinates = new double[cells * dimensions];
        team.Run((dimensions + ProjectedTogether - 1) / ProjectedTogether, 1, () => false, (_, piece) =>
        {
            int first = (int)piece * ProjectedTogether;
            int count = Math.Min(ProjectedTogether, dimensions - first);
            float[] products = ArrayPool<float>.Shared.Rent(count * stride);
            Scan.Kernels.Project(_index.Basis.AsSpan(first * Scan.Channels, count * Scan.Channels), count, kernel, Scan.Channels, cells, products, stride);
            for (int j = 0; j < cells; j++)
            {
                for (int d = 0; d < count; d++)
                {
                    coordinates[(j * dimensions) + first + d] = products[(d * stride) + j];
                }
            }

            ArrayPool<float>.Shared.Return(products);
        });
        return coordinates;
    }

    private ReadOnlySpan<double> Coordinates(int cell, int first, int count) =>
        _coordinates.AsSpan((cell * _index.Layout.Dimensions) + first, count);

    private PrefixWeights NewPrefix()
    {
        int[] corners = [.. Enumerable.Range(0, Scan.Rows * Scan.Columns).Select(Scan.CornerOf)];
        BoundedRoot root = IsUpper ? BoundedRoot.Above(WindowScorer.Epsilon) : BoundedRoot.Below(WindowScorer.Epsilon);
        return new PrefixWeights(_index.Layout.FineGroups, _index.Layout.CoarseGroups, Scan.Offsets, Scan.SquaredWeights, corners, Scan.Cells, root);
    }

    /// <summary>Sets what a mask cell has in the prefix.</summary>
    private void SetPrefix(int j)
    {
        IndexLayout layout = _index.Layout;
        IndexPrefix described = _index.Header.Prefix;
        PrefixWeights made = Prefix;
        int cells = Scan.Offsets.Length;
        ReadOnlySpan<float> mean = _index.Basis.AsSpan(_index.Basis.Length - Scan.Channels);
        Span<double> tails = stackalloc double[IndexLayout.TailBlocks];
        Span<int> weights = stackalloc int[Math.Max(IndexLayout.TailBlocks, Math.Max(layout.FineDimensions, layout.CoarseDimensions))];
        double squares = 0, product = 0;
        for (int c = 0; c < Scan.Channels; c++)
        {
            double value = Scan.ShiftedKernel[(c * cells) + j];
            squares += value * value;
            product += value * mean[c];
        }

        // Coordinates are off on the query's side too; a direction less the mean is 2 long at most, and what of it a
        // basis as wide as the features does not hold is not more than the skew of its rows.
        _lengths[j] = Math.Sqrt(squares);
        double constant = product + Signed(2.1 * (_coordinateError + (layout.HasRest ? 0 : _index.Header.Skew)) * _lengths[j]);
        Span<int> own = made.Weights.AsSpan(j * made.Stride, made.Stride);

        // One unit for both parts, the larger of what each of them needs.
        ReadOnlySpan<double> fine = Coordinates(j, 0, layout.FineDimensions);
        ReadOnlySpan<double> coarse = Coordinates(j, layout.FineDimensions, layout.CoarseDimensions);
        float unit = InFloat32(Math.Max(
            UnitScale(fine, Kernels.MaximumWeight) * described.Step, UnitScale(coarse, sbyte.MaxValue) * described.CoarseStep));
        (double missed, int fineSum) = Quantise(fine, unit / described.Step, Kernels.MaximumWeight, weights);
        Pack(weights[..layout.FineDimensions], own);
        float error = (float)Signed((Math.Sqrt(SumOfSquares(fine)) + (_coordinateError * _lengths[j])) * RoundUp);
        constant += Signed(missed * described.Reach);

        (missed, int coarseSum) = Quantise(coarse, unit / described.CoarseStep, sbyte.MaxValue, weights);
        Pack(weights[..layout.CoarseDimensions], own[layout.FineGroups..]);
        int coarseStart = (int)Math.Floor(-CodeKernels.PackBias * coarseSum);
        constant += Signed(missed * described.CoarseReach) + (((-CodeKernels.PackBias * coarseSum) - coarseStart) * unit);

        double longest = MeasureTails(j, squares, tails);
        double tailScale = longest > 0 ? longest / Kernels.MaximumWeight : 1;
        float tailUnit = (float)(tailScale * described.TailStep * RoundUp);
        for (int b = 0; b < tails.Length; b++)
        {
            weights[b] = (int)Signed(Math.Min(Math.Ceiling(tails[b] / tailScale), Kernels.MaximumWeight));
            _tailUnits[(j * IndexLayout.TailBlocks) + b] = weights[b] * tailUnit;
        }

        Pack(weights[..tails.Length], own[^CodeKernels.TailGroups..]);
        made.Terms[j] = new PrefixTerms(coarseStart - (CodeKernels.Bias * fineSum), unit, tailUnit, (float)constant, error);
    }

    /// <summary>Four weights to a number.</summary>
    private static void Pack(ReadOnlySpan<int> weights, Span<int> fours)
    {
        for (int d = 0; d < weights.Length; d++)
        {
            fours[d / 4] |= (weights[d] & 0xFF) << (8 * (d % 4));
        }
    }

    /// <summary>How long a mask cell's kernel is in each block, rounded up, and the longest of them.</summary>
    private double MeasureTails(int cell, double squares, Span<double> tails)
    {
        tails.Clear();
        for (int b = 0; b < tails.Length; b++)
        {
            (int first, int count) = _index.Layout.Blocks[b].GetOffsetAndLength(_index.Layout.Dimensions);
            if (count > 0)
            {
                tails[b] = (Math.Sqrt(SumOfSquares(Coordinates(cell, first, count))) + (_coordinateError * _lengths[cell])) * RoundUp;
            }
        }

        if (_index.Layout.HasRest)
        {
            double inside = SumOfSquares(Coordinates(cell, 0, _index.Layout.Dimensions));
            tails[^1] = Math.Sqrt(Math.Max((squares * (1 + (2.2 * _coordinateError))) - inside, 0)) * RoundUp;
        }

        double longest = 0;
        foreach (double tail in tails)
        {
            longest = Math.Max(longest, tail);
        }

        return longest;
    }

    private PackWeights NewPacks(int refinement)
    {
        IndexLayout layout = _index.Layout;
        int packs = layout.Refinements[refinement].GetOffsetAndLength(layout.Packs.Length).Length;
        int cells = Scan.Offsets.Length;
        return new PackWeights(
            packs,
            layout.PackOffsets[layout.Refinements[refinement]],
            new AlignedArray<byte>(cells * packs * 2 * CodeKernels.PackBytes),
            new AlignedArray<float>(cells * packs * 4),
            new AlignedArray<float>(cells * packs * IndexLayout.PackTails));
    }

    /// <summary>Sets what a mask cell has in the packs of a refinement, after <see cref="SetPrefix"/>.</summary>
    private void SetPacks(int j, int refinement)
    {
        IndexLayout layout = _index.Layout;
        PackWeights made = Packs[refinement];
        (int firstPack, int packs) = layout.Refinements[refinement].GetOffsetAndLength(layout.Packs.Length);
        Span<int> weights = stackalloc int[IndexLayout.PackDimensions];
        for (int i = 0; i < packs; i++)
        {
            int pack = firstPack + i;
            int at = (j * packs) + i;
            IndexPack described = _index.Header.Packs[pack];
            ReadOnlySpan<double> coordinates = Coordinates(j, layout.FirstDimensions[pack], described.Dimensions);
            double scale = InFloat32(UnitScale(coordinates, sbyte.MaxValue));
            (double missed, int sum) = Quantise(coordinates, scale, sbyte.MaxValue, weights);
            int bytes = IndexLayout.PackBytes(described.Dimensions) - IndexLayout.PackHeader;
            Span<byte> own = made.Weights.Span.Slice(at * 2 * CodeKernels.PackBytes, 2 * CodeKernels.PackBytes);
            double magnitude = 0;
            for (int d = 0; d < coordinates.Length; d++)
            {
                own[IndexLayout.PackHeader + (d < bytes ? d : d - bytes + CodeKernels.PackBytes)] = (byte)weights[d];
                magnitude += Math.Abs(weights[d]) * scale;
            }

            // The sum of codes, which is exact, is scaled and the bias taken off: both are larger than what is left, and rounded.
            double rounding = 8.0 * ScanKernels.RoundingUnit * 15 * magnitude * described.LargestScale;
            Span<float> terms = made.Terms.Span.Slice(at * 4, 4);
            terms[0] = (float)(-CodeKernels.PackBias * sum * scale);
            terms[1] = (float)((Math.Sqrt(SumOfSquares(coordinates)) + (_coordinateError * _lengths[j])) * RoundUp);
            terms[2] = (float)(((missed * described.Reach) + rounding) * RoundUp);
            terms[3] = (float)scale;
            (int block, int blocks) = layout.BlocksOfPacks[pack].GetOffsetAndLength(IndexLayout.TailBlocks);
            _tailUnits.AsSpan((j * IndexLayout.TailBlocks) + block, blocks).CopyTo(made.Tails.Span[(at * IndexLayout.PackTails)..]);
        }
    }

    /// <summary>What a unit of weight has to stand for, so that none is larger than allowed; 0 where all are 0, and any unit will do.</summary>
    private static double UnitScale(ReadOnlySpan<double> coordinates, int maximumWeight)
    {
        double largest = 0;
        foreach (double coordinate in coordinates)
        {
            largest = Math.Max(largest, Math.Abs(coordinate));
        }

        return largest / maximumWeight;
    }

    /// <summary>
    /// A unit as the kernels will have it. Where float32 has it as 0 it becomes 1: then all weights are 0, and all of the coordinates is
    /// what was rounded away.
    /// </summary>
    private static float InFloat32(double unit) => (float)unit is > 0 and float inFloat32 ? inFloat32 : 1;

    /// <summary>Rounds coordinates to whole weights.</summary>
    /// <param name="coordinates">The coordinates.</param>
    /// <param name="scale">What a unit stands for, about <see cref="UnitScale"/> or more.</param>
    /// <param name="maximumWeight">The largest magnitude of a weight.</param>
    /// <param name="weights">Become the weights.</param>
    /// <returns>The length of what was rounded away, and the weights' sum.</returns>
    private static (double Missed, int Sum) Quantise(ReadOnlySpan<double> coordinates, double scale, int maximumWeight, Span<int> weights)
    {
        double missed = 0;
        int sum = 0;
        for (int d = 0; d < coordinates.Length; d++)
        {
            int weight = Math.Clamp((int)Math.Round(coordinates[d] / scale), -maximumWeight, maximumWeight);
            double rest = coordinates[d] - (weight * scale);
            missed += rest * rest;
            sum += weight;
            weights[d] = weight;
        }

        return (Math.Sqrt(missed) * RoundUp, sum);
    }

    private static double SumOfSquares(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value * value;
        }

        return sum;
    }
}
