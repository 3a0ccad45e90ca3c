using VisualFeatureSearch.Features;
using VisualFeatureSearch.Zarr;

namespace VisualFeatureSearch.Search;

/// <summary>
/// Walks over all rows of a layer that take part in a search, on all cores, once. Features are used where the system keeps the
/// store's files, or else streamed through small buffers, so memory does not grow with the store.
/// </summary>
internal sealed class RowScan
{
    /// <summary>Bytes that a thread reads at a time, so that they are still in its cache when they are scored.</summary>
    private const int ReadBytes = 256 * 1024;

    private readonly FeatureArray _features;
    private readonly SearchPlan _plan;
    private readonly CancellationToken _cancellationToken;
    private readonly int _unitRows;
    private readonly int _readRows;
    private readonly Deadline _deadline;
    private readonly long _units;
    private long _next = -1;
    private long _images;
    private long _nonFinite;
    private bool _wasStopped;

    /// <summary>Prepares a walk.</summary>
    /// <param name="features">The layer.</param>
    /// <param name="plan">What is searched for, and in which rows.</param>
    /// <param name="start">When the search began, as <see cref="System.Diagnostics.Stopwatch"/> tells; its budget counts from there.</param>
    /// <param name="cancellationToken">Ends the walk early.</param>
    public RowScan(FeatureArray features, SearchPlan plan, long start, CancellationToken cancellationToken)
    {
        _features = features;
        _plan = plan;
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
        _units = (features.Count + _unitRows - 1) / _unitRows;
    }

    /// <summary>What is done with an image.</summary>
    /// <param name="scorer">The thread's own scorer.</param>
    /// <param name="index">The image's row.</param>
    /// <param name="row">Its features, with room behind them.</param>
    /// <returns>False where the features contain an infinity or NaN.</returns>
    public delegate bool Visitor(ImageScorer scorer, long index, ReadOnlySpan<byte> row);

    /// <summary>Images that were visited.</summary>
    public long Images => _images;

    /// <summary>How many of them have an infinity or NaN in their features.</summary>
    public long NonFinite => _nonFinite;

    /// <summary>Whether the time was up before all rows were visited.</summary>
    public bool WasStopped => _wasStopped;

    /// <summary>Visits all rows that take part.</summary>
    /// <param name="visit">Called from several threads at once.</param>
    public void Run(Visitor visit) =>
        Workers.Run((int)Math.Clamp(_units, 1, Environment.ProcessorCount), _ => Work(visit), _cancellationToken);

    private void Work(Visitor visit)
    {
        using ImageScorer scorer = new(_features, _plan);
        int rowBytes = scorer.RowBytes;
        byte[] buffer = new byte[scorer.BufferBytes(_readRows)];
        long images = 0, nonFinite = 0;
        for (long unit = Interlocked.Increment(ref _next); unit < _units; unit = Interlocked.Increment(ref _next))
        {
            long end = Math.Min((unit + 1) * _unitRows, _features.Count);
            for (long first = unit * _unitRows; first < end; first += _readRows)
            {
                _cancellationToken.ThrowIfCancellationRequested();

                // An answer of nothing helps nobody, so each thread looks at some images however little time there is.
                if (images > 0 && _deadline.HasPassed)
                {
                    Volatile.Write(ref _wasStopped, true);
                    break;
                }

                int count = (int)Math.Min(_readRows, end - first);
                if (!AnyIncluded(first, count))
                {
                    continue;
                }

                ReadOnlySpan<byte> rows = scorer.View(first, count, buffer);
                for (int i = 0; i < count; i++)
                {
                    if (_plan.Includes(first + i))
                    {
                        images++;
                        nonFinite += visit(scorer, first + i, rows[(i * rowBytes)..]) ? 0 : 1;
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
