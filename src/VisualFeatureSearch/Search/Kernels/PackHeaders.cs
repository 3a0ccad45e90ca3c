using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace VisualFeatureSearch.Search.Kernels;

/// <summary>The headers of four packs, a lane each.</summary>
/// <param name="Scale">The packs' scales.</param>
/// <param name="Error">Their quantisation errors.</param>
/// <param name="Norm">The norms of their cells.</param>
/// <param name="Tails">Four tails, a byte each.</param>
internal readonly record struct PackHeaders(Vector128<float> Scale, Vector128<float> Error, Vector128<float> Norm, Vector128<int> Tails)
{
    /// <summary>Reads the headers at the same place of four records.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackHeaders Load(ref byte a, ref byte b, ref byte c, ref byte d, nint at)
    {
        // Sixteen bytes each: the scale and the error (bfloat16, which are the upper halves of float32), tails, the norm, and codes.
        (Vector128<int> scales, Vector128<int> tails, Vector128<int> norms, _) = Lanes128.Transpose(
            Lanes128.LoadFours(ref a, at), Lanes128.LoadFours(ref b, at), Lanes128.LoadFours(ref c, at), Lanes128.LoadFours(ref d, at));
        return new PackHeaders((scales << 16).AsSingle(), (scales & Vector128.Create(unchecked((int)0xFFFF0000))).AsSingle(), norms.AsSingle(), tails);
    }

    /// <summary>Σ weight * tail of each pack.</summary>
    /// <param name="weights">Four weights.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector128<float> WeightedTails(ref float weights)
    {
        Vector128<int> one = Vector128.Create(0xFF);
        Vector128<float> sum = Vector128.ConvertToSingle(Tails & one) * Vector128.Create(weights);
        sum = Vector128.MultiplyAddEstimate(Vector128.ConvertToSingle((Tails >>> 8) & one), Vector128.Create(Unsafe.Add(ref weights, 1)), sum);
        sum = Vector128.MultiplyAddEstimate(Vector128.ConvertToSingle((Tails >>> 16) & one), Vector128.Create(Unsafe.Add(ref weights, 2)), sum);
        return Vector128.MultiplyAddEstimate(Vector128.ConvertToSingle(Tails >>> 24), Vector128.Create(Unsafe.Add(ref weights, 3)), sum);
    }
}
