using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace VisualFeatureSearch.Search.Kernels;

/// <summary>Four lanes: Arm AdvSimd, SSE, and what .NET emulates where a processor has no vectors.</summary>
internal readonly struct Lanes128 : ILanes<Vector128<float>>, IIntLanes<Vector128<int>, Vector128<float>>
{
    public static int Count => 4;

    public static int Registers => AdvSimd.IsSupported || Avx512F.VL.IsSupported ? 32 : 16;

    public static Vector128<float> Zero => Vector128<float>.Zero;

    public static Vector128<float> Broadcast(float value) => Vector128.Create(value);

    public static Vector128<float> Load(ref float source, nint offset) => Vector128.LoadUnsafe(ref source, (nuint)offset);

    public static void Store(Vector128<float> value, ref float target, nint offset) => value.StoreUnsafe(ref target, (nuint)offset);

    public static Vector128<float> Add(Vector128<float> left, Vector128<float> right) => left + right;

    public static Vector128<float> Multiply(Vector128<float> left, Vector128<float> right) => left * right;

    public static Vector128<float> MultiplyAdd(Vector128<float> left, Vector128<float> right, Vector128<float> addend) =>
        Vector128.MultiplyAddEstimate(left, right, addend);

    public static float Sum(Vector128<float> value) => Vector128.Sum(value);

    public static Vector128<float> SumFour(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d)
    {
        if (AdvSimd.Arm64.IsSupported)
        {
            return AdvSimd.Arm64.AddPairwise(AdvSimd.Arm64.AddPairwise(a, b), AdvSimd.Arm64.AddPairwise(c, d));
        }

        if (!Sse.IsSupported)
        {
            return Vector128.Create(Vector128.Sum(a), Vector128.Sum(b), Vector128.Sum(c), Vector128.Sum(d));
        }

        // Lanes of a, b, a, b, and of c, d, c, d; then of a, b, c, d.
        Vector128<float> ab = Sse.UnpackLow(a, b) + Sse.UnpackHigh(a, b);
        Vector128<float> cd = Sse.UnpackLow(c, d) + Sse.UnpackHigh(c, d);
        return Sse.MoveLowToHigh(ab, cd) + Sse.MoveHighToLow(cd, ab);
    }

    public static Vector128<int> SumFour(Vector128<int> a, Vector128<int> b, Vector128<int> c, Vector128<int> d)
    {
        if (AdvSimd.Arm64.IsSupported)
        {
            return AdvSimd.Arm64.AddPairwise(AdvSimd.Arm64.AddPairwise(a, b), AdvSimd.Arm64.AddPairwise(c, d));
        }

        if (!Sse2.IsSupported)
        {
            return Vector128.Create(Vector128.Sum(a), Vector128.Sum(b), Vector128.Sum(c), Vector128.Sum(d));
        }

        Vector128<long> ab = (UnpackLow(a, b) + UnpackHigh(a, b)).AsInt64();
        Vector128<long> cd = (UnpackLow(c, d) + UnpackHigh(c, d)).AsInt64();
        return UnpackLow(ab, cd).AsInt32() + UnpackHigh(ab, cd).AsInt32();
    }

    /// <summary>The first, second, third and fourth lanes of four vectors, a vector each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector128<int> First, Vector128<int> Second, Vector128<int> Third, Vector128<int> Fourth) Transpose(
        Vector128<int> a, Vector128<int> b, Vector128<int> c, Vector128<int> d)
    {
        if (!Sse2.IsSupported && !AdvSimd.Arm64.IsSupported)
        {
            return (
                Vector128.Create(a[0], b[0], c[0], d[0]),
                Vector128.Create(a[1], b[1], c[1], d[1]),
                Vector128.Create(a[2], b[2], c[2], d[2]),
                Vector128.Create(a[3], b[3], c[3], d[3]));
        }

        Vector128<long> lowAb = UnpackLow(a, b).AsInt64(), lowCd = UnpackLow(c, d).AsInt64();
        Vector128<long> highAb = UnpackHigh(a, b).AsInt64(), highCd = UnpackHigh(c, d).AsInt64();
        return (UnpackLow(lowAb, lowCd).AsInt32(), UnpackHigh(lowAb, lowCd).AsInt32(), UnpackLow(highAb, highCd).AsInt32(), UnpackHigh(highAb, highCd).AsInt32());
    }

    public static Vector128<float> InverseRoot(Vector128<float> value) => Sse.IsSupported ? Sse.ReciprocalSqrt(value) : Vector128<float>.One / Vector128.Sqrt(value);

    public static uint NotBelow(Vector128<float> left, Vector128<float> right) => Vector128.GreaterThanOrEqual(left, right).ExtractMostSignificantBits();

    public static Vector128<float> Maximum(Vector128<float> left, Vector128<float> right) => Vector128.MaxNative(left, right);

    public static Vector128<int> BroadcastInt(int value) => Vector128.Create(value);

    public static Vector128<int> LoadFours(ref byte source, nint offset) => Vector128.LoadUnsafe(ref source, (nuint)offset).AsInt32();

    public static (Vector128<int> Low, Vector128<int> High) Halves(Vector128<int> fours)
    {
        // There is no shift of bytes: a shift of whole lanes brings the neighbour's bits along, and the mask takes them off.
        Vector128<int> lower = Vector128.Create(0x0F0F0F0F);
        return (fours & lower, (fours >>> 4) & lower);
    }

    public static Vector128<float> ToFloat(Vector128<int> value) => Vector128.ConvertToSingle(value);

    public static Vector128<float> LoadHalf(ref ushort source, nint offset)
    {
        Vector64<short> half = Vector64.LoadUnsafe(ref source, (nuint)offset).AsInt16();
        Vector128<int> bits = Vector128.WidenLower(half.ToVector128Unsafe()) << 13;
        return (bits & Vector128.Create(HalfWidening.Mask)).AsSingle() * Vector128.Create(HalfWidening.Factor);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WidenEightIntoLanes(ref ushort source, nint stride, ref float target, ref float squares)
    {
        if (!Sse2.IsSupported && !AdvSimd.Arm64.IsSupported)
        {
            ScalarKernels.WidenEightIntoLanes(ref source, stride, Count, ref target, ref squares);
            return;
        }

        // Two values are a lane of 32 bits here, and every 128 bits hold four such pairs of one channel: what is exchanged inside of
        // these stays inside, and all else is a matter of what is loaded where.
        Vector128<int> c0 = Vector128.LoadUnsafe(ref source).AsInt32(), c1 = Vector128.LoadUnsafe(ref source, (nuint)stride).AsInt32();
        Vector128<int> c2 = Vector128.LoadUnsafe(ref source, (nuint)(2 * stride)).AsInt32(), c3 = Vector128.LoadUnsafe(ref source, (nuint)(3 * stride)).AsInt32();
        Vector128<int> low01 = UnpackLow(c0, c1), high01 = UnpackHigh(c0, c1);
        Vector128<int> low23 = UnpackLow(c2, c3), high23 = UnpackHigh(c2, c3);
        StorePair(UnpackLow(low01.AsInt64(), low23.AsInt64()).AsInt32(), ref target, ref squares);
        StorePair(UnpackHigh(low01.AsInt64(), low23.AsInt64()).AsInt32(), ref Unsafe.Add(ref target, 2 * Count), ref Unsafe.Add(ref squares, 2 * Count));
        StorePair(UnpackLow(high01.AsInt64(), high23.AsInt64()).AsInt32(), ref Unsafe.Add(ref target, 4 * Count), ref Unsafe.Add(ref squares, 4 * Count));
        StorePair(UnpackHigh(high01.AsInt64(), high23.AsInt64()).AsInt32(), ref Unsafe.Add(ref target, 6 * Count), ref Unsafe.Add(ref squares, 6 * Count));
    }

    /// <summary>Widens the two halves of each lane: see <see cref="HalfWidening"/>. What the lower one leaves of the upper is masked away.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePair(Vector128<int> pairs, ref float target, ref float squares)
    {
        Vector128<int> mask = Vector128.Create(HalfWidening.Mask);
        Vector128<float> factor = Vector128.Create(HalfWidening.Factor);
        Vector128<float> lower = (((pairs << 16) >> 3) & mask).AsSingle() * factor;
        Vector128<float> upper = ((pairs >> 3) & mask).AsSingle() * factor;
        Store(lower, ref target, 0);
        Store(upper, ref target, Count);
        Store(MultiplyAdd(lower, lower, Load(ref squares, 0)), ref squares, 0);
        Store(MultiplyAdd(upper, upper, Load(ref squares, Count)), ref squares, Count);
    }

    private static Vector128<int> UnpackLow(Vector128<int> left, Vector128<int> right) =>
        Sse2.IsSupported ? Sse2.UnpackLow(left, right) : AdvSimd.Arm64.ZipLow(left, right);

    private static Vector128<int> UnpackHigh(Vector128<int> left, Vector128<int> right) =>
        Sse2.IsSupported ? Sse2.UnpackHigh(left, right) : AdvSimd.Arm64.ZipHigh(left, right);

    private static Vector128<long> UnpackLow(Vector128<long> left, Vector128<long> right) =>
        Sse2.IsSupported ? Sse2.UnpackLow(left, right) : AdvSimd.Arm64.ZipLow(left, right);

    private static Vector128<long> UnpackHigh(Vector128<long> left, Vector128<long> right) =>
        Sse2.IsSupported ? Sse2.UnpackHigh(left, right) : AdvSimd.Arm64.ZipHigh(left, right);
}
