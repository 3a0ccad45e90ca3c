using System.Runtime.Intrinsics;

namespace VisualFeatureSearch.Search.Kernels;

/// <summary>The operations on 32-bit integers that depend on a vector's width alone.</summary>
/// <typeparam name="TInt">A vector of 32-bit integers.</typeparam>
/// <typeparam name="TFloat">A vector of as many float32.</typeparam>
internal interface IIntLanes<TInt, TFloat>
    where TInt : struct
    where TFloat : struct
{
    /// <summary>All lanes <paramref name="value"/>.</summary>
    static abstract TInt BroadcastInt(int value);

    /// <summary>Loads four bytes a lane from <paramref name="source"/> + <paramref name="offset"/> bytes.</summary>
    static abstract TInt LoadFours(ref byte source, nint offset);

    /// <summary>The lower halves of all bytes, and the upper ones, as bytes.</summary>
    static abstract (TInt Low, TInt High) Halves(TInt fours);

    /// <summary>Converts; exact below 2^24.</summary>
    static abstract TFloat ToFloat(TInt value);

    /// <summary>The sums of all lanes of each of four vectors.</summary>
    static abstract Vector128<int> SumFour(TInt a, TInt b, TInt c, TInt d);
}
