using System.Runtime.CompilerServices;
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

    public static Vector128<float> SumFour(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d) => Lanes128.SumFour(
        a.GetLower() + a.GetUpper(), b.GetLower() + b.GetUpper(), c.GetLower() + c.GetUpper(), d.GetLower() + d.GetUpper());

    public static Vector128<int> SumFour(Vector256<int> a, Vector256<int> b, Vector256<int> c, Vector256<int> d) => Lanes128.SumFour(
        a.GetLower() + a.GetUpper(), b.GetLower() + b.GetUpper(), c.GetLower() + c.GetUpper(), d.GetLower() + d.GetUpper());

    public static Vector256<float> InverseRoot(Vector256<float> value) => Avx.IsSupported ? Avx.ReciprocalSqrt(value) : Vector256<float>.One / Vector256.Sqrt(value);

    public static uint NotBelow(Vector256<float> left, Vector256<float> right) => Vector256.GreaterThanOrEqual(left, right).ExtractMostSignificantBits();

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
        Vector128<short> half = Vector128.LoadUnsafe(ref source, (nuint)offset).AsInt16();
        Vector256<int> wide = Avx2.IsSupported
            ? Avx2.ConvertToVector256Int32(half)
            : Vector256.Create(Vector128.WidenLower(half), Vector128.WidenUpper(half));
        Vector256<int> bits = wide << 13;
        return (bits & Vector256.Create(HalfWidening.Mask)).AsSingle() * Vector256.Create(HalfWidening.Factor);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WidenEightIntoLanes(ref ushort source, nint stride, ref float target, ref float squares)
    {
        if (!Avx2.IsSupported)
        {
            ScalarKernels.WidenEightIntoLanes(ref source, stride, Count, ref target, ref squares);
            return;
        }

        // Two values are a lane of 32 bits here, and every 128 bits hold four such pairs of one channel: what is exchanged inside of
        // these stays inside, and all else is a matter of what is loaded where.
        Vector256<int> c0 = LoadPairs(ref source, stride), c1 = LoadPairs(ref Unsafe.Add(ref source, stride), stride);
        Vector256<int> c2 = LoadPairs(ref Unsafe.Add(ref source, 2 * stride), stride), c3 = LoadPairs(ref Unsafe.Add(ref source, 3 * stride), stride);
        Vector256<int> low01 = Avx2.UnpackLow(c0, c1), high01 = Avx2.UnpackHigh(c0, c1);
        Vector256<int> low23 = Avx2.UnpackLow(c2, c3), high23 = Avx2.UnpackHigh(c2, c3);
        StorePair(Avx2.UnpackLow(low01.AsInt64(), low23.AsInt64()).AsInt32(), ref target, ref squares);
        StorePair(Avx2.UnpackHigh(low01.AsInt64(), low23.AsInt64()).AsInt32(), ref Unsafe.Add(ref target, 2 * Count), ref Unsafe.Add(ref squares, 2 * Count));
        StorePair(Avx2.UnpackLow(high01.AsInt64(), high23.AsInt64()).AsInt32(), ref Unsafe.Add(ref target, 4 * Count), ref Unsafe.Add(ref squares, 4 * Count));
        StorePair(Avx2.UnpackHigh(high01.AsInt64(), high23.AsInt64()).AsInt32(), ref Unsafe.Add(ref target, 6 * Count), ref Unsafe.Add(ref squares, 6 * Count));
    }

    /// <summary>Widens the two halves of each lane: see <see cref="HalfWidening"/>. What the lower one leaves of the upper is masked away.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePair(Vector256<int> pairs, ref float target, ref float squares)
    {
        Vector256<int> mask = Vector256.Create(HalfWidening.Mask);
        Vector256<float> factor = Vector256.Create(HalfWidening.Factor);
        Vector256<float> lower = (((pairs << 16) >> 3) & mask).AsSingle() * factor;
        Vector256<float> upper = ((pairs >> 3) & mask).AsSingle() * factor;
        Store(lower, ref target, 0);
        Store(upper, ref target, Count);
        Store(MultiplyAdd(lower, lower, Load(ref squares, 0)), ref squares, 0);
        Store(MultiplyAdd(upper, upper, Load(ref squares, Count)), ref squares, Count);
    }

    /// <summary>Eight values each of a channel and the fourth after it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> LoadPairs(ref ushort source, nint stride) =>
        Vector256.Create(Vector128.LoadUnsafe(ref source), Vector128.LoadUnsafe(ref source, (nuint)(4 * stride))).AsInt32();
}
