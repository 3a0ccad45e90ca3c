using System.Buffers.Binary;

namespace VisualFeatureSearch.Search.Kernels;

/// <summary>The reference: what the kernels over codes compute, one number at a time.</summary>
internal sealed class ScalarCodeKernels : CodeKernels
{
    public override int MaximumWeight => 127;

    public override void BoundPanel(
        ReadOnlySpan<byte> panel, PrefixWeights weights, ReadOnlySpan<float> floors, Span<float> numerators, Span<float> inverses, Span<ulong> left, Span<float> best)
    {
        best[..PrefixPanel.Images].Fill(float.NegativeInfinity);
        int cellLines = PrefixPanel.CellLines(weights.FineGroups, weights.CoarseGroups);
        for (int placement = 0; placement < weights.Corners.Length; placement++)
        {
            left[placement] = 0;
            for (int image = 0; image < PrefixPanel.Images; image++)
            {
                float numerator = 0, squares = 0;
                for (int j = 0; j < weights.Offsets.Length; j++)
                {
                    int cell = weights.Corners[placement] + weights.Offsets[j];
                    float norm = BinaryPrimitives.ReadSingleLittleEndian(panel[(PrefixPanel.LineOf(cell, 0, cellLines) + (image * 4))..]);
                    numerator += norm * Value(panel, weights, j, cell, image);
                    squares += weights.SquaredWeights[j] * norm * norm;
                }

                int at = (placement * PrefixPanel.Images) + image;
                numerators[at] = numerator;
                inverses[at] = weights.Root.Factor / MathF.Sqrt((squares * weights.Root.Slope) + weights.Root.Floor);
                float ratio = numerator * inverses[at];
                best[image] = Math.Max(best[image], ratio);
                left[placement] |= ratio >= floors[image] ? 1UL << image : 0;
            }
        }
    }

    public override void AddPacks(
        ReadOnlySpan<byte> records, int recordBytes, int cellBytes, PackWeights weights, PackStep step, ReadOnlySpan<int> offsets, int firstImage, Span<WindowBound> windows)
    {
        foreach (ref WindowBound window in windows)
        {
            ReadOnlySpan<byte> record = records[((window.Image - firstImage) * recordBytes)..];
            window.Numerator += SumPacks(record, cellBytes, weights, step, window.Corner, offsets);
        }
    }

    /// <summary>The scale and the error of a pack: bfloat16, which are the upper halves of float32.</summary>
    private static (float Scale, float Error) ReadHeader(uint header) =>
        (BitConverter.UInt32BitsToSingle(header << 16), BitConverter.UInt32BitsToSingle(header & 0xFFFF0000));

    private static float SumPacks(ReadOnlySpan<byte> record, int cellBytes, PackWeights weights, PackStep step, int corner, ReadOnlySpan<int> offsets)
    {
        float sum = 0;
        for (int j = step.FirstCell; j < step.EndCell; j++)
        {
            int cell = corner + offsets[j];
            for (int pack = 0; pack < weights.Packs; pack++)
            {
                int at = (j * weights.Packs) + pack;
                ReadOnlySpan<byte> bytes = record[((cell * cellBytes) + weights.PackOffsets[pack])..];
                ReadOnlySpan<byte> own = weights.Weights.Span.Slice(at * 2 * PackBytes, 2 * PackBytes);
                int dot = 0;
                for (int i = 0; i < PackBytes; i++)
                {
                    dot += ((bytes[i] & 0xF) * (sbyte)own[i]) + ((bytes[i] >> 4) * (sbyte)own[PackBytes + i]);
                }

                (float scale, float error) = ReadHeader(BinaryPrimitives.ReadUInt32LittleEndian(bytes));
                ReadOnlySpan<float> terms = weights.Terms.Span.Slice(at * 4, 4);
                float value = (scale * ((dot * terms[3]) + terms[0])) + (error * terms[1]) + terms[2];
                for (int i = 0; i < 4; i++)
                {
                    value -= bytes[4 + i] * weights.Tails.Span[(at * 4) + i];
                }

                sum += BinaryPrimitives.ReadSingleLittleEndian(bytes[8..]) * value;
            }
        }

        return sum;
    }

    /// <summary>What a mask cell adds to a numerator for a norm of 1.</summary>
    private static float Value(ReadOnlySpan<byte> panel, PrefixWeights weights, int j, int cell, int image)
    {
        int cellLines = PrefixPanel.CellLines(weights.FineGroups, weights.CoarseGroups);
        int line = 1, next = j * weights.Stride;
        PrefixTerms terms = weights.Terms[j];
        int sum = terms.Start, tail = 0;
        for (int g = 0; g < weights.FineGroups; g++)
        {
            sum += Dot(FourOf(panel, line++), weights.Weights[next++]);
        }

        for (int g = 0; g < weights.CoarseGroups; g++)
        {
            int bytes = FourOf(panel, line++);
            sum += Dot(bytes & 0x0F0F0F0F, weights.Weights[next++]) + Dot((bytes >> 4) & 0x0F0F0F0F, weights.Weights[next++]);
        }

        for (int g = 0; g < TailGroups; g++)
        {
            tail += Dot(FourOf(panel, line++), weights.Weights[next++]);
        }

        float error = BinaryPrimitives.ReadSingleLittleEndian(panel[(image * 4)..]);
        return (sum * terms.Scale) + (tail * terms.TailScale) + terms.Constant + (error * terms.Error);

        int FourOf(ReadOnlySpan<byte> of, int lineOf) => BinaryPrimitives.ReadInt32LittleEndian(of[(PrefixPanel.LineOf(cell, lineOf, cellLines) + (image * 4))..]);
    }

    /// <summary>Σ of four unsigned bytes times four signed ones.</summary>
    private static int Dot(int codes, int weights)
    {
        int sum = 0;
        for (int shift = 0; shift < 32; shift += 8)
        {
            sum += ((codes >> shift) & 0xFF) * (sbyte)(weights >> shift);
        }

        return sum;
    }
}
