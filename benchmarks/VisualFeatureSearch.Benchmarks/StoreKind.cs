namespace VisualFeatureSearch.Benchmarks;

/// <summary>What the numbers of a generated store are like.</summary>
internal enum StoreKind
{
    /// <summary>48 directions mixed, smoothly over the map, negative values cut off: as after a ReLU.</summary>
    LowRank,

    /// <summary>The same without the cut, as a convolution gives before its activation.</summary>
    Signed,

    /// <summary>Independent numbers, negative ones cut off: nothing that an index could learn.</summary>
    Random,

    /// <summary>Features of a bundled network over crops of the gallery's photographs.</summary>
    Photographs,
}
