namespace VisualFeatureSearch.Search.Kernels;

/// <summary>The reference: what the kernels over codes compute, one number at a time.</summary>
internal sealed class ScalarCodeKernels : CodeKernels
{
    public override int MaximumWeight => 127;

    public override void AddShifted(
        ReadOnlySpan<byte> codes, int groups, int cells, ReadOnlySpan<int> weights, ReadOnlySpan<int> starts, ReadOnlySpan<float> scales,
        ReadOnlySpan<int> offsets, ReadOnlySpan<float> factors, Span<float> sums, int positions)
    {
        for (int j = 0; j < offsets.Length; j++)
        {
            for (int p = 0; p < positions; p++)
            {
                int cell = p + offsets[j];
                int dot = starts[j];
                for (int g = 0; g < groups; g++)
                {
                    int four = weights[(j * groups) + g];
                    for (int i = 0; i < 4; i++)
                    {
                        dot += codes[(((g * cells) + cell) * 4) + i] * (sbyte)(four >> (8 * i));
                    }
                }

                sums[p] += factors[cell] * (dot * scales[j]);
            }
        }
    }

    public override float SumPlaced(
        ReadOnlySpan<byte> codes, int groups, int cells, ReadOnlySpan<byte> weights, ReadOnlySpan<int> starts, ReadOnlySpan<float> scales, ReadOnlySpan<float> factors)
    {
        float sum = 0;
        for (int cell = 0; cell < cells; cell++)
        {
            int dot = starts[cell];
            for (int g = 0; g < groups; g++)
            {
                for (int i = 0; i < 4; i++)
                {
                    int at = (((g * cells) + cell) * 4) + i;
                    dot += codes[at] * (sbyte)weights[at];
                }
            }

            sum += factors[cell] * (dot * scales[cell]);
        }

        return sum;
    }

    public override float MaximumRatio(ReadOnlySpan<float> numerators, ReadOnlySpan<float> squares, ReadOnlySpan<float> validity, float epsilon, int positions)
    {
        float maximum = float.NegativeInfinity;
        for (int p = 0; p < positions; p++)
        {
            maximum = Math.Max(maximum, (numerators[p] / (MathF.Sqrt(squares[p]) + epsilon)) + validity[p]);
        }

        return maximum;
    }

    public override void Unpack(ReadOnlySpan<float> factors, ReadOnlySpan<byte> bytes, float step, Span<float> tails, Span<float> squares, int length)
    {
        for (int i = 0; i < length; i++)
        {
            tails[i] = factors[i] * (bytes[i] * step);
            squares[i] = factors[i] * factors[i];
        }
    }
}
