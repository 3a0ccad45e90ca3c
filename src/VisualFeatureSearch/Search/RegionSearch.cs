using System.Diagnostics;
using System.Runtime.InteropServices;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search.Kernels;
using VisualFeatureSearch.Zarr;
using VisualFeatureSearch.Zarr.Codecs;

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
        Search(features, region, top, ScanKernels.Best, cancellationToken);

    /// <summary>The similarity of every placement of the window in one image, row by row: <c>[H - h + 1, W - w + 1]</c>.</summary>
    /// <param name="features">The dataset's features.</param>
    /// <param name="region">The highlighted region, of the same layer.</param>
    /// <param name="index">The image's row.</param>
    /// <returns>The similarities, or null where the image's features contain an infinity or NaN.</returns>
    public static float[]? ScoreImage(FeatureArray features, RegionKernel region, long index)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(region);
        EnsureFits(features, region);
        WindowScorer scorer = new(new ScanPlan(region, features.Height, features.Width, ScanKernels.Best));
        float[] map = features.ReadMap(index);
        Array.Resize(ref map, map.Length + ScanKernels.Padding);
        return scorer.Score(map) ? scorer.Similarities : null;
    }

    internal static SearchAnswer Search(FeatureArray features, RegionKernel region, int top, ScanKernels kernels, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(region);
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        EnsureFits(features, region);

        long start = Stopwatch.GetTimestamp();
        ScanPlan plan = new(region, features.Height, features.Width, kernels);
        int capacity = (int)Math.Min(top, Math.Max(features.Count, 1));
        Scan scan = new(features, plan, capacity, cancellationToken);
        int workers = (int)Math.Clamp(scan.Units, 1, Environment.ProcessorCount);
        Scan.Worker[] done = new Scan.Worker[workers];
        Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellationToken }, i => done[i] = scan.Run());

        TopMatches best = new(capacity);
        long nonFinite = 0;
        foreach (Scan.Worker worker in done)
        {
            best.AddAll(worker.Best);
            nonFinite += worker.NonFinite;
        }

        SearchStats stats = new(
            features.Count,
            nonFinite,
            features.Count * features.Array.Metadata.RowLength,
            Stopwatch.GetElapsedTime(start));
        return new SearchAnswer(best.ToSortedArray(), stats);
    }

    private static void EnsureFits(FeatureArray features, RegionKernel region)
    {
        if (region.Channels != features.Channels)
        {
            throw new RegionException($"the query's features have {region.Channels} channels and the layer '{features.Layer}' of the store {features.Channels}: they are of different layers or models");
        }

        if (region.Box.Height > features.Height || region.Box.Width > features.Width)
        {
            throw new RegionException($"the highlighted region is {region.Box.Height} x {region.Box.Width} cells and the store's feature maps only {features.Height} x {features.Width}: highlight a smaller region");
        }
    }

    /// <summary>One search under way: hands out units of rows to its workers.</summary>
    private sealed class Scan
    {
        private readonly FeatureArray _features;
        private readonly ScanPlan _plan;
        private readonly int _capacity;
        private readonly CancellationToken _cancellationToken;
        private readonly int _unitRows;
        private readonly int _readRows;
        private long _next = -1;

        public Scan(FeatureArray features, ScanPlan plan, int capacity, CancellationToken cancellationToken)
        {
            _features = features;
            _plan = plan;
            _capacity = capacity;
            _cancellationToken = cancellationToken;
            ZarrArrayMetadata metadata = features.Array.Metadata;
            int chunkRows = metadata.ChunkShape[0];
            int readRows = (int)Math.Clamp(ReadBytes / metadata.RowLength, 1, int.MaxValue);

            // A stored chunk can be entered at any row. A compressed one is cheap only from front to back, and where a row is
            // spread over several chunks they are decoded together or again for every read.
            bool anyRow = metadata.Codec is RawCodec && metadata.HasWholeRowChunks;
            _unitRows = anyRow ? readRows : chunkRows;
            _readRows = metadata.HasWholeRowChunks
                ? Math.Min(readRows, _unitRows)
                : (int)Math.Clamp(64 * 1024 * 1024 / metadata.RowLength, 1, chunkRows);
            Units = (features.Count + _unitRows - 1) / _unitRows;
        }

        public long Units { get; }

        public Worker Run()
        {
            Worker worker = new(new TopMatches(_capacity));
            WindowScorer scorer = new(_plan);
            int rowBytes = (int)_features.Array.Metadata.RowLength;
            byte[] buffer = new byte[(_readRows * rowBytes) + (ScanKernels.Padding * sizeof(float))];
            using ZarrRowReader rows = _features.Array.OpenRows();
            for (long unit = Interlocked.Increment(ref _next); unit < Units; unit = Interlocked.Increment(ref _next))
            {
                long end = Math.Min((unit + 1) * _unitRows, _features.Count);
                for (long first = unit * _unitRows; first < end; first += _readRows)
                {
                    _cancellationToken.ThrowIfCancellationRequested();
                    int count = (int)Math.Min(_readRows, end - first);
                    rows.Read(first, count, buffer.AsSpan(0, count * rowBytes));
                    for (int i = 0; i < count; i++)
                    {
                        ReadOnlySpan<byte> row = buffer.AsSpan(i * rowBytes);
                        bool finite = _features.IsHalf
                            ? scorer.Score(MemoryMarshal.Cast<byte, ushort>(row[..rowBytes]))
                            : scorer.Score(MemoryMarshal.Cast<byte, float>(row));
                        if (finite)
                        {
                            worker.Best.Add(scorer.Best(first + i));
                        }
                        else
                        {
                            worker.NonFinite++;
                        }
                    }
                }
            }

            return worker;
        }

        public sealed class Worker(TopMatches best)
        {
            public TopMatches Best { get; } = best;

            public long NonFinite { get; set; }
        }
    }
}
