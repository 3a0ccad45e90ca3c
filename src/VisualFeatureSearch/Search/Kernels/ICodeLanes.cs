namespace VisualFeatureSearch.Search.Kernels;

/// <summary>
/// The product of codes and weights, which every instruction set does in its own way. A lane holds four codes that belong
/// together. What depends on the width alone is in <see cref="IIntLanes{TInt, TFloat}"/>.
/// </summary>
/// <typeparam name="TInt">A vector of 32-bit sums, or of four bytes a lane.</typeparam>
internal interface ICodeLanes<TInt>
    where TInt : struct
{
    /// <summary>The largest magnitude of a weight for which <see cref="DotAdd"/> is exact.</summary>
    static abstract int MaximumWeight { get; }

    /// <summary>Adds to each lane the four products of its unsigned codes and signed weights.</summary>
    static abstract TInt DotAdd(TInt sum, TInt codes, TInt weights);

    /// <summary>
    /// Adds to each lane the products of four lower halves of bytes, and of four upper ones, with signed weights of any
    /// magnitude.
    /// </summary>
    static abstract TInt DotAddHalves(TInt sum, TInt low, TInt high, TInt lowWeights, TInt highWeights);
}
