using System.Diagnostics;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search.Index;
using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Search;

/// <summary>
/// A layer of a store opened for searching: through its index where it has one, else by the plain scan. Both give the same
/// answers. Safe to use from several threads.
/// </summary>
public sealed class LayerSearch : IDisposable
{
    private static int _isCompiled;

    private readonly RowReaders _readers;
    private FeatureIndex? _index;

    private LayerSearch(FeatureArray features, FeatureIndex? index, string? problem)
    {
        Features = features;
        _readers = new RowReaders(features.Array);
        _index = index;
        IndexProblem = problem;
    }

    /// <summary>The layer's features.</summary>
    public FeatureArray Features { get; }

    /// <summary>Whether searches go through an index.</summary>
    public bool HasIndex => _index is not null;

    /// <summary>Why an index that is there is not used; null where there is none, or it is used.</summary>
    public string? IndexProblem { get; private set; }

    /// <summary>Opens a layer, with its index if it has one that belongs to it.</summary>
    /// <param name="store">The store.</param>
    /// <param name="layer">A layer or array of it; null for its last one.</param>
    /// <param name="useIndex">Whether to look for an index at all.</param>
    /// <exception cref="FeatureStoreException">There is no such layer.</exception>
    public static LayerSearch Open(FeatureStore store, string? layer = null, bool useIndex = true)
    {
        ArgumentNullException.ThrowIfNull(store);
        FeatureArray features = store.FindLayer(layer);
        string? problem = null;
        FeatureIndex? index = useIndex ? FeatureIndex.TryOpen(store, features, out problem) : null;
        return new LayerSearch(features, index, problem);
    }

    /// <summary>Finds the images whose best window is most similar to a highlighted region.</summary>
    /// <param name="region">The highlighted region, of this layer.</param>
    /// <param name="options">What else is asked for.</param>
    /// <param name="cancellationToken">Ends the search early.</param>
    /// <exception cref="RegionException">The region has other channels than the store, or does not fit into its feature maps.</exception>
    /// <exception cref="OperationCanceledException">The search was cancelled.</exception>
    public SearchAnswer Search(RegionKernel region, SearchOptions options, CancellationToken cancellationToken = default)
    {
        if (options.Budget is not null && Interlocked.Exchange(ref _isCompiled, 1) == 0)
        {
            // The first search of a process has its loops compiled, which takes longer than most budgets. Where more are asked for
            // than there are, no image is ruled out, so that all stages are.
            bool[] few = new bool[Features.Count];
            few.AsSpan(0, (int)Math.Min(few.Length, IndexLayout.UnitImages)).Fill(true);
            _ = Search(region, new SearchOptions { Included = few, Top = int.MaxValue, Negative = options.Negative }, cancellationToken);
        }

        long start = Stopwatch.GetTimestamp();
        if (_index is { } index)
        {
            try
            {
                return StagedSearch.Search(Features, index, region, options, ScanKernels.Best, CodeKernels.Best, _readers, start, cancellationToken);
            }
            catch (IndexException exception)
            {
                // A damaged index is never used again; the features themselves still answer.
                IndexProblem = $"{exception.Message}: it is not used any more. Build it anew with 'vissearch index --rebuild'";
                _index = null;
            }
        }

        return RegionSearch.Search(Features, region, options, ScanKernels.Best, start, cancellationToken);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _readers.Dispose();
        _index?.Dispose();
    }
}
