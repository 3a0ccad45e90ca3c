namespace VisualFeatureSearch.Search.Kernels;

/// <summary>
/// The operations on 8-bit codes that the kernels are written in, so that one source serves every instruction set. A lane
/// is one cell with four codes.
/// </summary>
/// <typeparam name="TInt">A vector of 32-bit sums.</typeparam>
/// <typeparam name="TFloat">A vector of as many float32.</typeparam>
internal interface ICodeLanes<TInt, TFloat>
    where TInt : struct
    where TFloat : struct
{
    /// <summary>Cells of a vector.</summary>
    static abstract int Count { get; }

    /// <summary>The largest magnitude of a weight for which <see cref="DotAdd"/> is exact.</summary>
    static abstract int MaximumWeight { get; }

    /// <summary>All lanes <paramref name="value"/>.</summary>
    static abstract TInt Broadcast(int value);

    /// <summary>Loads lanes from <paramref name="source"/> + <paramref name="offset"/> numbers.</summary>
    static abstract TInt Load(ref int source, nint offset);

    /// <summary>Loads four weights a lane from <paramref name="source"/> + <paramref name="offset"/> bytes.</summary>
    static abstract TInt LoadWeights(ref byte source, nint offset);

    /// <summary>Adds to each lane the four products of its unsigned codes, loaded at <paramref name="offset"/> bytes, and signed weights.</summary>
    static abstract TInt DotAdd(TInt sum, ref byte codes, nint offset, TInt weights);

    /// <summary>Converts; exact below 2^24.</summary>
    static abstract TFloat ToFloat(TInt value);

    /// <summary>Loads one byte a lane and converts it.</summary>
    static abstract TFloat LoadBytes(ref byte source, nint offset);
}
