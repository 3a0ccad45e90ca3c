using VisualFeatureSearch.Datasets;

namespace VisualFeatureSearch.Features;

/// <summary>Where computed features go, a chunk of rows at a time.</summary>
internal interface IFeatureSink : IDisposable
{
    /// <summary>What the store says of itself so far.</summary>
    StoreHeader Header { get; }

    /// <summary>Rows of a chunk.</summary>
    int ChunkRows { get; }

    /// <summary>Makes a chunk of rows complete.</summary>
    /// <param name="chunk">Its place along the first axis.</param>
    /// <param name="layers">The chunk's bytes, one buffer a layer.</param>
    /// <param name="images">The images of its rows.</param>
    /// <param name="skipped">Images before or between them that were left out.</param>
    void Commit(long chunk, IReadOnlyList<byte[]> layers, IReadOnlyList<ImageEntry> images, IReadOnlyList<SkippedImage> skipped);

    /// <summary>Cuts the arrays to the rows that there are and declares the store finished.</summary>
    void Finish();
}
