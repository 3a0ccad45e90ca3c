using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace VisualFeatureSearch.Search.Kernels;

/// <summary>Eight lanes: AVX2.</summary>
internal readonly struct Lanes256 : ILanes<Vector256<float>>, IIntLanes<Vector256<int>, Vector256<float>>
{
    public static int Count => 8;

    public static int Registers => Avx512F.VL.IsSupported ? 32 : 16;

    public static Vector256<float> Zero => Vector256<float>.Zero;

    public static Vector256<float> Broadcast(float value) => Vector256.Create(value);

    public static Vector256<float> Load(ref float source, nint offset) => Vector256.LoadUnsafe(ref source, (nuint)offset);

    public static void Store(Vector256<float> value, ref float target, nint offset) => value.StoreUnsafe(ref target, (nuint)offset);

    public static Vector256<float> Add(Vector256<float> left, Vector256<float> right) => left + right;

    public static Vector256<float> Multiply(Vector256<float> left, Vector256<float> right) => left * right;

    public static Vector256<float> MultiplyAdd(Vector256<float> left, Vector256<float> right, Vector256<float> addend) =>
        Vector256.MultiplyAddEstimate(left, right, addend);

    public static float Sum(Vector256<float> value) => Vector256.Sum(value);

    public static Vector256<float> InverseRoot(Vector256<float> value) => Avx.IsSupported ? Avx.ReciprocalSqrt(value) : Vector256<float>.One / Vector256.Sqrt(value);

    public static Vector256<float> Maximum(Vector256<float> left, Vector256<float> right) => Vector256.MaxNative(left, right);

    public static Vector256<int> BroadcastInt(int value) => Vector256.Create(value);

    public static Vector256<int> LoadFours(ref byte source, nint offset) => Vector256.LoadUnsafe(ref source, (nuint)offset).AsInt32();

    public static (Vector256<int> Low, Vector256<int> High) Halves(Vector256<int> fours)
    {
        // There is no shift of bytes: a shift of whole lanes brings the neighbour's bits along, and the mask takes them off.
        Vector256<int> lower = Vector256.Create(0x0F0F0F0F);
        return (fours & lower, (fours >>> 4) & lower);
    }

    public static Vector256<float> ToFloat(Vector256<int> value) => Vector256.ConvertToSingle(value);

    public static Vector256<float> LoadHalf(ref ushort source, nint offset)
    {
        // Sign-extending puts the half's sign into all upper bits; the shift lines its mantissa up with a float's, and the
        // mask clears the copies of the sign between sign and exponent. Multiplying by 2^112 then corrects the exponent's
        // bias (127 - 15), for subnormal halves too, and is exact.
        Vector128<short> half = Vector128.LoadUnsafe(ref source, (nuint)offset).AsInt16();
        Vector256<int> wide = Avx2.IsSupported
            ? Avx2.ConvertToVector256Int32(half)
            : Vector256.Create(Vector128.WidenLower(half), Vector128.WidenUpper(half));
        Vector256<int> bits = wide << 13;
        return (bits & Vector256.Create(unchecked((int)0x8FFFE000))).AsSingle() * Vector256.Create(5.192296858534828e33f);
    }
}
