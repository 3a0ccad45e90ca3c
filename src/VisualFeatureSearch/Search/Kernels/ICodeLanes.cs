namespace VisualFeatureSearch.Search.Kernels;

/// <summary>
/// The product of codes and weights, which every instruction set does in its own way. A lane is one cell with four codes.
/// What depends on the width alone is in <see cref="IIntLanes{TInt, TFloat}"/>.
/// </summary>
/// <typeparam name="TInt">A vector of 32-bit sums.</typeparam>
internal interface ICodeLanes<TInt>
    where TInt : struct
{
    /// <summary>The largest magnitude of a weight for which <see cref="DotAdd"/> is exact.</summary>
    static abstract int MaximumWeight { get; }

    /// <summary>Adds to each lane the four products of its unsigned codes, loaded at <paramref name="offset"/> bytes, and signed weights.</summary>
    static abstract TInt DotAdd(TInt sum, ref byte codes, nint offset, TInt weights);

    /// <summary>
    /// Adds to each lane the products of the lower halves of its four bytes, loaded at <paramref name="offset"/>, and of their
    /// upper halves, with signed weights of any magnitude.
    /// </summary>
    static abstract TInt DotAddHalves(TInt sum, ref byte codes, nint offset, TInt lowWeights, TInt highWeights);
}
