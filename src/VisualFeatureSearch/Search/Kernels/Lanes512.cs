using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace VisualFeatureSearch.Search.Kernels;

/// <summary>Sixteen lanes: AVX-512.</summary>
internal readonly struct Lanes512 : ILanes<Vector512<float>>, IIntLanes<Vector512<int>, Vector512<float>>
{
    public static int Count => 16;

    public static int Registers => 32;

    public static Vector512<float> Zero => Vector512<float>.Zero;

    public static Vector512<float> Broadcast(float value) => Vector512.Create(value);

    public static Vector512<float> Load(ref float source, nint offset) => Vector512.LoadUnsafe(ref source, (nuint)offset);

    public static void Store(Vector512<float> value, ref float target, nint offset) => value.StoreUnsafe(ref target, (nuint)offset);

    public static Vector512<float> Add(Vector512<float> left, Vector512<float> right) => left + right;

    public static Vector512<float> Multiply(Vector512<float> left, Vector512<float> right) => left * right;

    public static Vector512<float> MultiplyAdd(Vector512<float> left, Vector512<float> right, Vector512<float> addend) =>
        Vector512.MultiplyAddEstimate(left, right, addend);

    public static float Sum(Vector512<float> value) => Vector512.Sum(value);

    public static Vector128<float> SumFour(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d) => Lanes256.SumFour(
        a.GetLower() + a.GetUpper(), b.GetLower() + b.GetUpper(), c.GetLower() + c.GetUpper(), d.GetLower() + d.GetUpper());

    public static Vector128<int> SumFour(Vector512<int> a, Vector512<int> b, Vector512<int> c, Vector512<int> d) => Lanes256.SumFour(
        a.GetLower() + a.GetUpper(), b.GetLower() + b.GetUpper(), c.GetLower() + c.GetUpper(), d.GetLower() + d.GetUpper());

    public static Vector512<float> InverseRoot(Vector512<float> value) => Avx512F.IsSupported ? Avx512F.ReciprocalSqrt14(value) : Vector512<float>.One / Vector512.Sqrt(value);

    public static uint NotBelow(Vector512<float> left, Vector512<float> right) => (uint)Vector512.GreaterThanOrEqual(left, right).ExtractMostSignificantBits();

    public static Vector512<float> Maximum(Vector512<float> left, Vector512<float> right) => Vector512.MaxNative(left, right);

    public static Vector512<int> BroadcastInt(int value) => Vector512.Create(value);

    public static Vector512<int> LoadFours(ref byte source, nint offset) => Vector512.LoadUnsafe(ref source, (nuint)offset).AsInt32();

    public static (Vector512<int> Low, Vector512<int> High) Halves(Vector512<int> fours)
    {
        // There is no shift of bytes: a shift of whole lanes brings the neighbour's bits along, and the mask takes them off.
        Vector512<int> lower = Vector512.Create(0x0F0F0F0F);
        return (fours & lower, (fours >>> 4) & lower);
    }

    public static Vector512<float> ToFloat(Vector512<int> value) => Vector512.ConvertToSingle(value);

    public static Vector512<float> LoadHalf(ref ushort source, nint offset)
    {
        Vector256<short> half = Vector256.LoadUnsafe(ref source, (nuint)offset).AsInt16();
        Vector512<int> wide = Avx512F.IsSupported
            ? Avx512F.ConvertToVector512Int32(half)
            : Vector512.Create(Vector256.WidenLower(half), Vector256.WidenUpper(half));
        Vector512<int> bits = wide << 13;
        return (bits & Vector512.Create(HalfWidening.Mask)).AsSingle() * Vector512.Create(HalfWidening.Factor);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WidenEightIntoLanes(ref ushort source, nint stride, ref float target, ref float squares)
    {
        if (!Avx512F.IsSupported)
        {
            ScalarKernels.WidenEightIntoLanes(ref source, stride, Count, ref target, ref squares);
            return;
        }

        // Two values are a lane of 32 bits here, and every 128 bits hold four such pairs of one channel: what is exchanged inside of
        // these stays inside, and all else is a matter of what is loaded where.
        Vector512<int> c0 = LoadPairs(ref source, stride), c1 = LoadPairs(ref Unsafe.Add(ref source, stride), stride);
        Vector512<int> c2 = LoadPairs(ref Unsafe.Add(ref source, 2 * stride), stride), c3 = LoadPairs(ref Unsafe.Add(ref source, 3 * stride), stride);
        Vector512<int> low01 = Avx512F.UnpackLow(c0, c1), high01 = Avx512F.UnpackHigh(c0, c1);
        Vector512<int> low23 = Avx512F.UnpackLow(c2, c3), high23 = Avx512F.UnpackHigh(c2, c3);
        StorePair(Avx512F.UnpackLow(low01.AsInt64(), low23.AsInt64()).AsInt32(), ref target, ref squares);
        StorePair(Avx512F.UnpackHigh(low01.AsInt64(), low23.AsInt64()).AsInt32(), ref Unsafe.Add(ref target, 2 * Count), ref Unsafe.Add(ref squares, 2 * Count));
        StorePair(Avx512F.UnpackLow(high01.AsInt64(), high23.AsInt64()).AsInt32(), ref Unsafe.Add(ref target, 4 * Count), ref Unsafe.Add(ref squares, 4 * Count));
        StorePair(Avx512F.UnpackHigh(high01.AsInt64(), high23.AsInt64()).AsInt32(), ref Unsafe.Add(ref target, 6 * Count), ref Unsafe.Add(ref squares, 6 * Count));
    }

    /// <summary>Widens the two halves of each lane: see <see cref="HalfWidening"/>. What the lower one leaves of the upper is masked away.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StorePair(Vector512<int> pairs, ref float target, ref float squares)
    {
        Vector512<int> mask = Vector512.Create(HalfWidening.Mask);
        Vector512<float> factor = Vector512.Create(HalfWidening.Factor);
        Vector512<float> lower = (((pairs << 16) >> 3) & mask).AsSingle() * factor;
        Vector512<float> upper = ((pairs >> 3) & mask).AsSingle() * factor;
        Store(lower, ref target, 0);
        Store(upper, ref target, Count);
        Store(MultiplyAdd(lower, lower, Load(ref squares, 0)), ref squares, 0);
        Store(MultiplyAdd(upper, upper, Load(ref squares, Count)), ref squares, Count);
    }

    /// <summary>Eight values each of every fourth channel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> LoadPairs(ref ushort source, nint stride)
    {
        Vector512<int> pairs = Vector128.LoadUnsafe(ref source).AsInt32().ToVector256Unsafe().ToVector512Unsafe();
        pairs = Avx512F.InsertVector128(pairs, Vector128.LoadUnsafe(ref source, (nuint)(4 * stride)).AsInt32(), 1);
        pairs = Avx512F.InsertVector128(pairs, Vector128.LoadUnsafe(ref source, (nuint)(8 * stride)).AsInt32(), 2);
        return Avx512F.InsertVector128(pairs, Vector128.LoadUnsafe(ref source, (nuint)(12 * stride)).AsInt32(), 3);
    }
}
