using System.Diagnostics;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search.Kernels;
using VisualFeatureSearch.Zarr;

namespace VisualFeatureSearch.Search;

/// <summary>
/// The plain scan: every window of every image is scored, in float32 over the stored features, on all cores. Features are
/// streamed through small buffers, so memory does not grow with the store.
/// </summary>
public static class RegionSearch
{
    /// <summary>Bytes that a thread reads at a time, so that they are still in its cache when they are scored.</summary>
    private const int ReadBytes = 256 * 1024;

    /// <summary>Finds the images whose best window is most similar to a highlighted region.</summary>
    /// <param name="features">The dataset's features.</param>
    /// <param name="region">The highlighted region, of the same layer.</param>
    /// <param name="top">How many images to return, at least 1.</param>
    /// <param name="cancellationToken">Ends the search early.</param>
    /// <exception cref="RegionException">The region has other channels than the store, or does not fit into its feature maps.</exception>
    /// <exception cref="ZarrException">A chunk cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The search was cancelled.</exception>
    public static SearchAnswer Search(FeatureArray features, RegionKernel region, int top, CancellationToken cancellationToken = default) =>
        Search(features, region, new SearchOptions { Top = top }, cancellationToken);

    /// <inheritdoc cref="Search(FeatureArray, RegionKernel, int, CancellationToken)"/>
    /// <param name="features">The dataset's features.</param>
    /// <param name="region">The highlighted region, of the same layer.</param>
    /// <param name="options">What else is asked for.</param>
    /// <param name="cancellationToken">Ends the search early.</param>
    public static SearchAnswer Search(FeatureArray features, RegionKernel region, SearchOptions options, CancellationToken cancellationToken = default) =>
        Search(features, region, options, ScanKernels.Best, cancellationToken);

    /// <summary>The similarity of every placement of the window in one image, row by row: <c>[H - h + 1, W - w + 1]</c>.</summary>
    /// <param name="features">The dataset's features.</param>
    /// <param name="region">The highlighted region, of the same layer.</param>
    /// <param name="index">The image's row.</param>
    /// <returns>The similarities, or null where the image's features contain an infinity or NaN.</returns>
    public static float[]? ScoreImage(FeatureArray features, RegionKernel region, long index)
    {
        SearchPlan plan = new(features, region, new SearchOptions(), ScanKernels.Best);
        WindowScorer scorer = new(plan.Positive);
        using ZarrRowReader rows = features.Array.OpenRows();
        return scorer.Score(features.ReadMap(rows, index, ScanKernels.Padding)) ? scorer.Similarities : null;
    }

    internal static SearchAnswer Search(FeatureArray features, RegionKernel region, SearchOptions options, ScanKernels kernels, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        return Search(features, new SearchPlan(features, region, options, kernels), start, [], cancellationToken);
    }

    /// <summary>Scans with a plan that is already made.</summary>
    /// <param name="features">The dataset's features.</param>
    /// <param name="plan">The query.</param>
    /// <param name="start">When the search began, as <see cref="Stopwatch"/> tells.</param>
    /// <param name="stages">What was done before; the scan is added to them, unless there were none.</param>
    /// <param name="cancellationToken">Ends the search early.</param>
    internal static SearchAnswer Search(FeatureArray features, SearchPlan plan, long start, IReadOnlyList<SearchStage> stages, CancellationToken cancellationToken)
    {
        MatchCollector collector = plan.NewCollector();
        Scan scan = new(features, plan, collector, start, cancellationToken);
        int workers = (int)Math.Clamp(scan.Units, 1, Environment.ProcessorCount);
        Workers.Run(workers, _ => scan.Run(), cancellationToken);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        SearchStats stats = new(scan.Images, scan.NonFinite, scan.Images * features.Array.Metadata.RowLength, elapsed)
        {
            Stages = stages.Count == 0
                ? []
                : [.. stages, new SearchStage("exact", scan.Images, Math.Min(plan.Options.Top, scan.Images), Math.Round(elapsed.TotalMilliseconds - stages.Sum(stage => stage.Milliseconds), 3))],
            LargestMissable = scan.WasStopped ? 1 : null,
        };
        return plan.Describe(features, collector, stats);
    }

    /// <summary>One search under way: hands out units of rows to its workers.</summary>
    private sealed class Scan
    {
        private readonly FeatureArray _features;
        private readonly SearchPlan _plan;
        private readonly MatchCollector _collector;
        private readonly CancellationToken _cancellationToken;
        private readonly int _unitRows;
        private readonly int _readRows;
        private readonly Deadline _deadline;
        private long _next = -1;
        private long _images;
        private long _nonFinite;
        private bool _wasStopped;

        public Scan(FeatureArray features, SearchPlan plan, MatchCollector collector, long start, CancellationToken cancellationToken)
        {
            _features = features;
            _plan = plan;
            _collector = collector;
            _cancellationToken = cancellationToken;
            _deadline = new Deadline(start, plan.Options.Budget);
            ZarrArrayMetadata metadata = features.Array.Metadata;
            int chunkRows = metadata.ChunkShape[0];
            int readRows = (int)Math.Clamp(ReadBytes / metadata.RowLength, 1, int.MaxValue);

            // A stored chunk can be entered at any row. A compressed one is cheap only from front to back, and where a row is
            // spread over several chunks they are decoded together or again for every read.
            _unitRows = metadata.HasRandomRows ? readRows : chunkRows;
            _readRows = metadata.HasWholeRowChunks
                ? Math.Min(readRows, _unitRows)
                : (int)Math.Clamp(64 * 1024 * 1024 / metadata.RowLength, 1, chunkRows);
            Units = (features.Count + _unitRows - 1) / _unitRows;
        }

        public long Units { get; }

        public long Images => _images;

        public long NonFinite => _nonFinite;

        public bool WasStopped => _wasStopped;

        public void Run()
        {
            using ImageScorer scorer = new(_features, _plan);
            int rowBytes = scorer.RowBytes;
            byte[] buffer = new byte[(_readRows * rowBytes) + ImageScorer.PaddingBytes];
            long images = 0, nonFinite = 0;
            for (long unit = Interlocked.Increment(ref _next); unit < Units; unit = Interlocked.Increment(ref _next))
            {
                long end = Math.Min((unit + 1) * _unitRows, _features.Count);
                for (long first = unit * _unitRows; first < end; first += _readRows)
                {
                    _cancellationToken.ThrowIfCancellationRequested();
                    if (_deadline.HasPassed)
                    {
                        Volatile.Write(ref _wasStopped, true);
                        break;
                    }

                    int count = (int)Math.Min(_readRows, end - first);
                    if (!AnyIncluded(first, count))
                    {
                        continue;
                    }

                    scorer.Read(first, count, buffer.AsSpan(0, count * rowBytes));
                    for (int i = 0; i < count; i++)
                    {
                        if (_plan.Includes(first + i))
                        {
                            images++;
                            nonFinite += scorer.Score(first + i, buffer.AsSpan(i * rowBytes), _collector) ? 0 : 1;
                        }
                    }
                }
            }

            Interlocked.Add(ref _images, images);
            Interlocked.Add(ref _nonFinite, nonFinite);
        }

        private bool AnyIncluded(long first, int count) =>
            _plan.Options.Included is not { } included || included.AsSpan((int)first, count).Contains(true);
    }
}
