using System.Runtime.Intrinsics;

namespace VisualFeatureSearch.Search.Kernels;

/// <summary>
/// The handful of vector operations that the kernels are written in, so that one source serves every vector width. The
/// JIT compiles the generic code once for each struct that implements this and inlines the members, so nothing of the
/// abstraction is left at run time.
/// </summary>
/// <typeparam name="TVector">A vector of float32 lanes.</typeparam>
internal interface ILanes<TVector>
    where TVector : struct
{
    /// <summary>Lanes of a vector.</summary>
    static abstract int Count { get; }

    /// <summary>Registers that the processor has for such vectors.</summary>
    static abstract int Registers { get; }

    /// <summary>All lanes 0.</summary>
    static abstract TVector Zero { get; }

    /// <summary>All lanes <paramref name="value"/>.</summary>
    static abstract TVector Broadcast(float value);

    /// <summary>Loads lanes from <paramref name="source"/> + <paramref name="offset"/> elements, at any alignment.</summary>
    static abstract TVector Load(ref float source, nint offset);

    /// <summary>Stores lanes to <paramref name="target"/> + <paramref name="offset"/> elements, at any alignment.</summary>
    static abstract void Store(TVector value, ref float target, nint offset);

    /// <summary>left + right.</summary>
    static abstract TVector Add(TVector left, TVector right);

    /// <summary>left * right.</summary>
    static abstract TVector Multiply(TVector left, TVector right);

    /// <summary>left * right + addend, rounded once where the processor can.</summary>
    static abstract TVector MultiplyAdd(TVector left, TVector right, TVector addend);

    /// <summary>The sum of all lanes.</summary>
    static abstract float Sum(TVector value);

    /// <summary>The sums of all lanes of each of four vectors.</summary>
    static abstract Vector128<float> SumFour(TVector a, TVector b, TVector c, TVector d);

    /// <summary>1 / the square root of every lane, off by <see cref="BoundedRoot.InverseError"/> of it at most.</summary>
    static abstract TVector InverseRoot(TVector value);

    /// <summary>A bit for each lane of <paramref name="left"/> that is not below <paramref name="right"/>'s; none where one is NaN.</summary>
    static abstract uint NotBelow(TVector left, TVector right);

    /// <summary>The larger of each pair of lanes; either where one is NaN.</summary>
    static abstract TVector Maximum(TVector left, TVector right);

    /// <summary>
    /// Loads eight float16 values of each of <see cref="Count"/> channels, widens them as <see cref="LoadHalf"/> does, and stores
    /// them with channels and values exchanged: target[value, channel] = source[channel * stride + value]. Their squares are added to
    /// squares[value, channel].
    /// </summary>
    static abstract void WidenEightIntoLanes(ref ushort source, nint stride, ref float target, ref float squares);

    /// <summary>
    /// Loads float16 values and widens them: see <see cref="HalfWidening"/>. Infinities and NaN come out as finite numbers of 65536 or more.
    /// </summary>
    static abstract TVector LoadHalf(ref ushort source, nint offset);
}
