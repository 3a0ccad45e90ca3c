using System.Buffers.Binary;

namespace VisualFeatureSearch.Search.Kernels;

/// <summary>The reference: what the kernels over codes compute, one number at a time.</summary>
internal sealed class ScalarCodeKernels : CodeKernels
{
    public override int MaximumWeight => 127;

    public override float BoundWindows(
        ReadOnlySpan<byte> codes, int cells, PrefixWeights weights, ReadOnlySpan<float> constants, ReadOnlySpan<float> norms, ReadOnlySpan<float> validity,
        float epsilon, Span<float> values, Span<float> numerators, Span<float> denominators, Span<float> ratios, int positions, int ahead)
    {
        float maximum = float.NegativeInfinity;
        int groups = weights.Groups + TailGroups;
        for (int p = 0; p < positions; p++)
        {
            float numerator = 0, squares = 0;
            for (int j = 0; j < weights.Offsets.Length; j++)
            {
                int cell = p + weights.Offsets[j];
                int dot = weights.Starts[j];
                int tail = 0;
                for (int g = 0; g < groups; g++)
                {
                    int four = weights.WeightOf(j, g);
                    for (int i = 0; i < 4; i++)
                    {
                        int product = codes[(((g * cells) + cell) * 4) + i] * (sbyte)(four >> (8 * i));
                        if (g < weights.Groups)
                        {
                            dot += product;
                        }
                        else
                        {
                            tail += product;
                        }
                    }
                }

                float norm = norms[cell];
                numerator += norm * ((dot * weights.Scales[j]) + (tail * weights.TailScales[j]) + constants[j]);
                squares += weights.SquaredWeights[j] * norm * norm;
            }

            numerators[p] = numerator;
            denominators[p] = MathF.Sqrt(squares) + epsilon;
            ratios[p] = (numerator / denominators[p]) + validity[p];
            maximum = Math.Max(maximum, ratios[p]);
        }

        return maximum;
    }

    public override (float Numerator, float Squares) BoundPlacement(
        ReadOnlySpan<byte> codes, int cells, int groups, PlacedWeights weights, float error, ReadOnlySpan<float> norms)
    {
        float numerator = 0, squares = 0;
        for (int cell = 0; cell < cells; cell++)
        {
            int dot = weights.Starts[cell];
            int tail = 0;
            for (int g = 0; g < groups + TailGroups; g++)
            {
                for (int i = 0; i < 4; i++)
                {
                    int at = (((g * cells) + cell) * 4) + i;
                    int product = codes[at] * (sbyte)weights.Weights[at];
                    if (g < groups)
                    {
                        dot += product;
                    }
                    else
                    {
                        tail += product;
                    }
                }
            }

            float norm = norms[cell];
            numerator += norm * ((dot * weights.Scales[cell]) + (tail * weights.TailScales[cell]) + weights.Constants[cell] + (error * weights.Errors[cell]));
            squares += weights.SquaredWeights[cell] * norm * norm;
        }

        return (numerator, squares);
    }

    public override float SumPacks(ReadOnlySpan<byte> record, int cellBytes, PackWeights weights, int corner, ReadOnlySpan<int> offsets)
    {
        float sum = 0;
        for (int j = 0; j < offsets.Length; j++)
        {
            int cell = corner + offsets[j];
            for (int pack = 0; pack < weights.Packs; pack++)
            {
                int at = (j * weights.Packs) + pack;
                ReadOnlySpan<byte> bytes = record[((cell * cellBytes) + weights.PackOffsets[pack])..];
                ReadOnlySpan<byte> own = weights.Weights.AsSpan(at * 2 * PackBytes, 2 * PackBytes);
                int dot = 0;
                for (int i = 0; i < PackBytes; i++)
                {
                    dot += ((bytes[i] & 0xF) * (sbyte)own[i]) + ((bytes[i] >> 4) * (sbyte)own[PackBytes + i]);
                }

                (float scale, float error) = ReadHeader(BinaryPrimitives.ReadUInt32LittleEndian(bytes));
                float value = (scale * ((dot * weights.Scales[at]) + weights.Starts[at])) + (error * weights.Errors[at]) + weights.Constants[at];
                for (int i = 0; i < 4; i++)
                {
                    value -= bytes[4 + i] * weights.Tails[(at * 4) + i];
                }

                sum += BinaryPrimitives.ReadSingleLittleEndian(bytes[8..]) * value;
            }
        }

        return sum;
    }

    /// <summary>The scale and the error of a pack: bfloat16, which are the upper halves of float32.</summary>
    public static (float Scale, float Error) ReadHeader(uint header) =>
        (BitConverter.UInt32BitsToSingle(header << 16), BitConverter.UInt32BitsToSingle(header & 0xFFFF0000));
}
