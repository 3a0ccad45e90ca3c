using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Search.Index;

/// <summary>
/// What a builder does with every coordinate, in double where an index says how large its own errors are: that must not be rounded itself.
/// There are a billion of them in a store of some gigabytes, so the loops are in vectors.
/// </summary>
internal static class CoordinateLoops
{
    /// <summary>Steps not much smaller than this have no inverse in float32: no coordinate is worth a code of its own then.</summary>
    private const double SmallestStep = 1e-37;

    /// <summary>Cells that <see cref="Normalise"/> takes together.</summary>
    public const int NormalisedTogether = 4;

    /// <summary>
    /// From rows of products to rows of cells, for four cells: coordinates[cell, d] = products[d, cell] * inverses[cell] - means[d], rounded once.
    /// </summary>
    /// <param name="products">The products, <c>[dimensions, cells]</c>, from the first of the four cells.</param>
    /// <param name="productStride">Distance of the products' rows.</param>
    /// <param name="inverses">Of each cell.</param>
    /// <param name="means">Of each dimension.</param>
    /// <param name="coordinates">Become the coordinates, <c>[4, dimensions]</c>.</param>
    /// <param name="stride">Distance of the coordinates' rows.</param>
    public static void Normalise(
        ReadOnlySpan<float> products, int productStride, ReadOnlySpan<double> inverses, ReadOnlySpan<double> means, Span<float> coordinates, int stride)
    {
        int dimensions = means.Length;
        if (dimensions == 0)
        {
            return;
        }

        ref float from = ref MemoryMarshal.GetReference(products[..(((dimensions - 1) * productStride) + NormalisedTogether)]);
        ref double mean = ref MemoryMarshal.GetReference(means);
        ref float to = ref MemoryMarshal.GetReference(coordinates[..(((NormalisedTogether - 1) * stride) + dimensions)]);
        (double inverse0, double inverse1, double inverse2, double inverse3) = (inverses[0], inverses[1], inverses[2], inverses[3]);
        int d = 0;
        for (; d <= dimensions - Vector128<float>.Count; d += Vector128<float>.Count)
        {
            ref float row = ref Unsafe.Add(ref from, (nint)d * productStride);
            (Vector128<int> cell0, Vector128<int> cell1, Vector128<int> cell2, Vector128<int> cell3) = Lanes128.Transpose(
                Vector128.LoadUnsafe(ref row).AsInt32(),
                Vector128.LoadUnsafe(ref row, (nuint)productStride).AsInt32(),
                Vector128.LoadUnsafe(ref row, (nuint)(2 * productStride)).AsInt32(),
                Vector128.LoadUnsafe(ref row, (nuint)(3 * productStride)).AsInt32());
            Vector256<double> own = Vector256.LoadUnsafe(ref mean, (nuint)d);
            NormaliseFour(cell0, inverse0, own).StoreUnsafe(ref to, (nuint)d);
            NormaliseFour(cell1, inverse1, own).StoreUnsafe(ref to, (nuint)(d + stride));
            NormaliseFour(cell2, inverse2, own).StoreUnsafe(ref to, (nuint)(d + (2 * stride)));
            NormaliseFour(cell3, inverse3, own).StoreUnsafe(ref to, (nuint)(d + (3 * stride)));
        }

        for (; d < dimensions; d++)
        {
            for (int cell = 0; cell < NormalisedTogether; cell++)
            {
                coordinates[(cell * stride) + d] = (float)((products[(d * productStride) + cell] * inverses[cell]) - means[d]);
            }
        }
    }

    /// <summary>Rounds coordinates to codes of 0 to 15, which stand for (code - 7.5) * scale.</summary>
    /// <param name="coordinates">The coordinates.</param>
    /// <param name="scale">What one unit stands for; 0 for coordinates that are all 0.</param>
    /// <param name="codes">Becomes the codes, one a byte.</param>
    /// <returns>The sums of the squares of what was rounded away, and of what is left.</returns>
    public static (double Error, double Reach) EncodeCoarse(ReadOnlySpan<float> coordinates, double scale, Span<byte> codes) =>
        Encode(coordinates, scale, 0, 15, CodeKernels.PackBias, codes);

    /// <summary>Rounds coordinates to codes of 1 to 255, which stand for (code - 128) * step.</summary>
    /// <param name="coordinates">The coordinates.</param>
    /// <param name="step">What one unit stands for.</param>
    /// <param name="codes">Becomes the codes, one a byte.</param>
    /// <returns>The sums of the squares of what was rounded away, and of what is left.</returns>
    public static (double Error, double Reach) EncodeFine(ReadOnlySpan<float> coordinates, double step, Span<byte> codes) =>
        Encode(coordinates, step, 1, 255, CodeKernels.Bias, codes);

    /// <summary>
    /// target[i] = codes[i] + 16 * codes[bytes + i], for codes below 16, twice as many as bytes: where a cell has fewer, the others must be 0.
    /// </summary>
    public static void PackHalves(ReadOnlySpan<byte> codes, Span<byte> target)
    {
        ReadOnlySpan<byte> upper = codes.Slice(target.Length, target.Length);
        ref byte low = ref MemoryMarshal.GetReference(codes);
        ref byte high = ref MemoryMarshal.GetReference(upper);
        ref byte to = ref MemoryMarshal.GetReference(target);
        int i = 0;
        for (; i <= target.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
        {
            // No code reaches into the next byte when two of them are shifted as one number.
            Vector128<byte> shifted = (Vector128.LoadUnsafe(ref high, (nuint)i).AsUInt16() << 4).AsByte();
            (Vector128.LoadUnsafe(ref low, (nuint)i) | shifted).StoreUnsafe(ref to, (nuint)i);
        }

        for (; i < target.Length; i++)
        {
            target[i] = (byte)(codes[i] | (upper[i] << 4));
        }
    }

    /// <summary>Σ x².</summary>
    public static double SumOfSquares(ReadOnlySpan<float> values)
    {
        Vector256<double> lower = Vector256<double>.Zero, upper = Vector256<double>.Zero;
        ref float from = ref MemoryMarshal.GetReference(values);
        int i = 0;
        for (; i <= values.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            Vector256<double> first = Widen(Vector128.LoadUnsafe(ref from, (nuint)i));
            Vector256<double> second = Widen(Vector128.LoadUnsafe(ref from, (nuint)i + 4));
            lower = Vector256.MultiplyAddEstimate(first, first, lower);
            upper = Vector256.MultiplyAddEstimate(second, second, upper);
        }

        double sum = Vector256.Sum(lower + upper);
        for (; i < values.Length; i++)
        {
            sum += (double)values[i] * values[i];
        }

        return sum;
    }

    /// <summary>Codes are unsigned: a code stands for (code - bias) * step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (double Error, double Reach) Encode(ReadOnlySpan<float> coordinates, double step, float least, float most, float bias, Span<byte> codes)
    {
        float inverse = step > SmallestStep ? (float)(1 / step) : 0;
        float nearest = bias + 0.5f;
        Vector256<double> negative = Vector256.Create(-step), lower = Vector256<double>.Zero, upper = Vector256<double>.Zero;

        // Squares of units are whole numbers of quarters, and few enough that float32 adds them up without rounding.
        Vector256<float> reaches = Vector256<float>.Zero;
        ref float from = ref MemoryMarshal.GetReference(coordinates);
        ref byte to = ref MemoryMarshal.GetReference(codes[..coordinates.Length]);
        int i = 0;
        for (; i <= coordinates.Length - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            Vector256<float> eight = Vector256.LoadUnsafe(ref from, (nuint)i);
            Vector256<float> limited = Vector256.ClampNative((eight * inverse) + Vector256.Create(nearest), Vector256.Create(least), Vector256.Create(most));
            Vector256<int> rounded = Vector256.ConvertToInt32Native(limited);
            Vector256<float> units = Vector256.ConvertToSingle(rounded) - Vector256.Create(bias);
            Vector256<double> first = Vector256.MultiplyAddEstimate(Widen(units.GetLower()), negative, Widen(eight.GetLower()));
            Vector256<double> second = Vector256.MultiplyAddEstimate(Widen(units.GetUpper()), negative, Widen(eight.GetUpper()));
            lower = Vector256.MultiplyAddEstimate(first, first, lower);
            upper = Vector256.MultiplyAddEstimate(second, second, upper);
            reaches = Vector256.MultiplyAddEstimate(units, units, reaches);
            Vector128<ushort> shorts = Vector128.Narrow(rounded.GetLower().AsUInt32(), rounded.GetUpper().AsUInt32());
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, i), Vector128.Narrow(shorts, shorts).AsUInt64().ToScalar());
        }

        double error = Vector256.Sum(lower + upper), reach = Vector256.Sum(reaches);
        for (; i < coordinates.Length; i++)
        {
            int code = (int)Math.Clamp((coordinates[i] * inverse) + nearest, least, most);
            double unit = code - bias;
            double rest = coordinates[i] - (unit * step);
            error += rest * rest;
            reach += unit * unit;
            codes[i] = (byte)code;
        }

        return (error, reach * step * step);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> NormaliseFour(Vector128<int> products, double inverse, Vector256<double> means)
    {
        Vector256<double> four = (Widen(products.AsSingle()) * inverse) - means;
        return Vector128.Narrow(four.GetLower(), four.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Widen(Vector128<float> four) => Vector256.Create(Vector128.WidenLower(four), Vector128.WidenUpper(four));
}
