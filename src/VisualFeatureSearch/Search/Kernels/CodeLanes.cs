using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace VisualFeatureSearch.Search.Kernels;

/// <summary>Eight lanes: the dot product instruction of AVX-VNNI does a lane's four products and their sum at once.</summary>
internal readonly struct VnniLanes : ICodeLanes<Vector256<int>>
{
    public static int MaximumWeight => 127;

    public static Vector256<int> DotAdd(Vector256<int> sum, Vector256<int> codes, Vector256<int> weights) =>
        AvxVnni.MultiplyWideningAndAdd(sum, codes.AsByte(), weights.AsSByte());

    public static Vector256<int> DotAddHalves(Vector256<int> sum, Vector256<int> low, Vector256<int> high, Vector256<int> lowWeights, Vector256<int> highWeights) =>
        DotAdd(DotAdd(sum, low, lowWeights), high, highWeights);
}

/// <summary>
/// Eight lanes: AVX2 multiplies bytes into pairs of 16-bit sums that saturate at 32,767, so weights stay below 64
/// (2 * 255 * 63 = 32,130), and a second instruction adds the pairs. Halves of bytes are at most 15, which leaves room for
/// weights of any magnitude (4 * 15 * 128 = 7,680).
/// </summary>
internal readonly struct Avx2CodeLanes : ICodeLanes<Vector256<int>>
{
    public static int MaximumWeight => 63;

    public static Vector256<int> DotAdd(Vector256<int> sum, Vector256<int> codes, Vector256<int> weights) =>
        sum + Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(codes.AsByte(), weights.AsSByte()), Vector256<short>.One);

    public static Vector256<int> DotAddHalves(Vector256<int> sum, Vector256<int> low, Vector256<int> high, Vector256<int> lowWeights, Vector256<int> highWeights)
    {
        Vector256<short> pairs = Avx2.MultiplyAddAdjacent(low.AsByte(), lowWeights.AsSByte()) + Avx2.MultiplyAddAdjacent(high.AsByte(), highWeights.AsSByte());
        return sum + Avx2.MultiplyAddAdjacent(pairs, Vector256<short>.One);
    }
}

/// <summary>Sixteen lanes, as <see cref="Avx2CodeLanes"/> with vectors of twice the width.</summary>
internal readonly struct Avx512CodeLanes : ICodeLanes<Vector512<int>>
{
    public static int MaximumWeight => 63;

    public static Vector512<int> DotAdd(Vector512<int> sum, Vector512<int> codes, Vector512<int> weights) =>
        sum + Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(codes.AsByte(), weights.AsSByte()), Vector512<short>.One);

    public static Vector512<int> DotAddHalves(Vector512<int> sum, Vector512<int> low, Vector512<int> high, Vector512<int> lowWeights, Vector512<int> highWeights)
    {
        Vector512<short> pairs = Avx512BW.MultiplyAddAdjacent(low.AsByte(), lowWeights.AsSByte()) + Avx512BW.MultiplyAddAdjacent(high.AsByte(), highWeights.AsSByte());
        return sum + Avx512BW.MultiplyAddAdjacent(pairs, Vector512<short>.One);
    }
}

/// <summary>
/// Four lanes: Arm's dot product instruction, which takes both sides signed. Flipping a code's top bit turns it into the
/// signed code, 128 less; adding 128 times the weights' sum makes up for that. Halves of bytes are small enough as they are.
/// </summary>
internal readonly struct ArmCodeLanes : ICodeLanes<Vector128<int>>
{
    public static int MaximumWeight => 127;

    public static Vector128<int> DotAdd(Vector128<int> sum, Vector128<int> codes, Vector128<int> weights)
    {
        Vector128<sbyte> signed = (codes.AsByte() ^ Vector128.Create((byte)0x80)).AsSByte();
        Vector128<int> weightSums = Dp.DotProduct(Vector128<int>.Zero, weights.AsSByte(), Vector128<sbyte>.One);
        return Dp.DotProduct(sum, signed, weights.AsSByte()) + (weightSums << 7);
    }

    public static Vector128<int> DotAddHalves(Vector128<int> sum, Vector128<int> low, Vector128<int> high, Vector128<int> lowWeights, Vector128<int> highWeights) =>
        Dp.DotProduct(Dp.DotProduct(sum, low.AsSByte(), lowWeights.AsSByte()), high.AsSByte(), highWeights.AsSByte());
}

/// <summary>Four lanes with what every 128-bit processor has: widen to 16 bits, multiply, add neighbours.</summary>
internal readonly struct PortableCodeLanes : ICodeLanes<Vector128<int>>
{
    public static int MaximumWeight => 127;

    public static Vector128<int> DotAdd(Vector128<int> sum, Vector128<int> codes, Vector128<int> weights)
    {
        // A lane holds codes 0 to 3 from its lowest byte up. Masking leaves codes 0 and 2, shifting codes 1 and 3, each in a
        // 16-bit half of the lane; weights are brought to the same places with their signs.
        Vector128<short> loaded = codes.AsInt16();
        Vector128<short> weightsOf = weights.AsInt16();
        Vector128<short> evenCodes = loaded & Vector128.Create((short)0xFF);
        Vector128<short> oddCodes = loaded >>> 8;
        Vector128<short> evenWeights = (weightsOf << 8) >> 8;
        Vector128<short> oddWeights = weightsOf >> 8;

        // A product fits 16 bits (255 * 127 = 32,385), a sum of two does not: they are widened before they are added.
        return sum + AddPairs(evenCodes * evenWeights) + AddPairs(oddCodes * oddWeights);
    }

    public static Vector128<int> DotAddHalves(Vector128<int> sum, Vector128<int> low, Vector128<int> high, Vector128<int> lowWeights, Vector128<int> highWeights) =>
        DotAdd(DotAdd(sum, low, lowWeights), high, highWeights);

    private static Vector128<int> AddPairs(Vector128<short> products)
    {
        Vector128<int> pairs = products.AsInt32();
        return (pairs >> 16) + ((pairs << 16) >> 16);
    }
}
