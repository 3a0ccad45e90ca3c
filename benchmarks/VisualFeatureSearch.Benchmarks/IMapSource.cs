namespace VisualFeatureSearch.Benchmarks;

/// <summary>Makes up feature maps, one after another, for one thread.</summary>
internal interface IMapSource : IDisposable
{
    /// <summary>Fills the next map, <c>[C, H, W]</c>.</summary>
    void Fill(Random random, Span<float> map);
}
