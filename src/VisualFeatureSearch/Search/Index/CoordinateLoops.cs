using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Search.Index;

/// <summary>
/// What a builder does with every coordinate, in double: what an index says of its own errors must not be rounded itself.
/// There are a billion of them in a store of some gigabytes, so the loops are in vectors.
/// </summary>
internal static class CoordinateLoops
{
    /// <summary>products[i] = products[i] * inverses[i] - mean, rounded once.</summary>
    public static void Normalise(Span<float> products, ReadOnlySpan<double> inverses, double mean)
    {
        ref float own = ref MemoryMarshal.GetReference(products);
        ref double inverse = ref MemoryMarshal.GetReference(inverses[..products.Length]);
        int i = 0;
        for (; i <= products.Length - Vector128<float>.Count; i += Vector128<float>.Count)
        {
            Vector256<double> four = (Widen(Vector128.LoadUnsafe(ref own, (nuint)i)) * Vector256.LoadUnsafe(ref inverse, (nuint)i)) - Vector256.Create(mean);
            Vector128.Narrow(four.GetLower(), four.GetUpper()).StoreUnsafe(ref own, (nuint)i);
        }

        for (; i < products.Length; i++)
        {
            products[i] = (float)((products[i] * inverses[i]) - mean);
        }
    }

    /// <summary>Rounds coordinates to codes of 0 to 15, which stand for (code - 7.5) * scale.</summary>
    /// <param name="coordinates">The coordinates.</param>
    /// <param name="scale">What one unit stands for; 0 for coordinates that are all 0.</param>
    /// <param name="codes">Becomes the codes, one a byte.</param>
    /// <returns>The sums of the squares of what was rounded away, and of what is left.</returns>
    public static (double Error, double Reach) Encode(ReadOnlySpan<float> coordinates, double scale, Span<byte> codes)
    {
        float inverse = scale > 0 ? (float)(1 / scale) : 0;
        Vector256<double> step = Vector256.Create(scale);
        Vector256<double> errors = Vector256<double>.Zero, reaches = Vector256<double>.Zero;
        ref float from = ref MemoryMarshal.GetReference(coordinates);
        int i = 0;
        for (; i <= coordinates.Length - Vector128<float>.Count; i += Vector128<float>.Count)
        {
            Vector128<float> four = Vector128.LoadUnsafe(ref from, (nuint)i);
            Vector128<float> limited = Vector128.Clamp((four * inverse) + Vector128.Create(CodeKernels.PackBias + 0.5f), Vector128<float>.Zero, Vector128.Create(15f));
            Vector128<int> rounded = Vector128.ConvertToInt32(limited);
            Vector256<double> values = (Widen(Vector128.ConvertToSingle(rounded)) - Vector256.Create((double)CodeKernels.PackBias)) * step;
            Vector256<double> rests = Widen(four) - values;
            errors += rests * rests;
            reaches += values * values;
            for (int k = 0; k < Vector128<int>.Count; k++)
            {
                codes[i + k] = (byte)rounded[k];
            }
        }

        double error = Vector256.Sum(errors), reach = Vector256.Sum(reaches);
        for (; i < coordinates.Length; i++)
        {
            int code = (int)Math.Clamp((coordinates[i] * inverse) + CodeKernels.PackBias + 0.5f, 0, 15);
            double value = (code - CodeKernels.PackBias) * scale;
            double rest = coordinates[i] - value;
            error += rest * rest;
            reach += value * value;
            codes[i] = (byte)code;
        }

        return (error, reach);
    }

    /// <summary>Σ x².</summary>
    public static double SumOfSquares(ReadOnlySpan<float> values)
    {
        Vector256<double> sums = Vector256<double>.Zero;
        ref float from = ref MemoryMarshal.GetReference(values);
        int i = 0;
        for (; i <= values.Length - Vector128<float>.Count; i += Vector128<float>.Count)
        {
            Vector256<double> four = Widen(Vector128.LoadUnsafe(ref from, (nuint)i));
            sums += four * four;
        }

        double sum = Vector256.Sum(sums);
        for (; i < values.Length; i++)
        {
            sum += (double)values[i] * values[i];
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Widen(Vector128<float> four) => Vector256.Create(Vector128.WidenLower(four), Vector128.WidenUpper(four));
}
