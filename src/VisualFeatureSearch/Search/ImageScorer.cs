using System.Runtime.InteropServices;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Search.Kernels;
using VisualFeatureSearch.Zarr;

namespace VisualFeatureSearch.Search;

/// <summary>
/// The last word on an image: its similarity in float32 over the stored features, and whether it may be returned. Both ways of
/// searching end here, so that their answers are the same to the last bit. Holds one thread's buffers and reader.
/// </summary>
internal sealed class ImageScorer : IDisposable
{
    private readonly FeatureArray _features;
    private readonly SearchPlan _plan;
    private readonly WindowScorer _positive;
    private readonly WindowScorer? _negative;
    private readonly RowReaders? _readers;
    private readonly ZarrRowReader _rows;
    private readonly byte[] _buffer;
    private readonly int _padding;
    private float[]? _map;

    /// <summary>Makes buffers.</summary>
    /// <param name="features">The dataset's features.</param>
    /// <param name="plan">The query.</param>
    /// <param name="readers">Where to take a reader from; null to open one.</param>
    public ImageScorer(FeatureArray features, SearchPlan plan, RowReaders? readers = null)
    {
        _readers = readers;
        _features = features;
        _plan = plan;
        _positive = new WindowScorer(plan.Positive);
        _negative = plan.Negative is null ? null : new WindowScorer(plan.Negative);
        _rows = readers?.Take() ?? features.Array.OpenRows();
        RowBytes = (int)features.Array.Metadata.RowLength;
        // Float16 kernels stay inside of what they are given: see ScanKernels.
        _padding = features.IsHalf ? 0 : ScanKernels.Padding * sizeof(float);
        _buffer = new byte[RowBytes + _padding];
    }

    /// <summary>Bytes of an image's features.</summary>
    public int RowBytes { get; }

    /// <summary>Bytes of a buffer for some rows, with the room that is needed behind them.</summary>
    public int BufferBytes(int rows) => (rows * RowBytes) + _padding;

    /// <summary>The similarity of the last image; NaN where it was not needed in full.</summary>
    public float LastSimilarity { get; private set; }

    /// <summary>Some rows, where they lie in the store or read into a buffer.</summary>
    /// <param name="first">The first.</param>
    /// <param name="count">How many.</param>
    /// <param name="buffer">At least <see cref="BufferBytes"/>.</param>
    /// <returns>The rows and the room behind them, until the next call.</returns>
    public ReadOnlySpan<byte> View(long first, int count, Span<byte> buffer) => _rows.View(first, count, _padding, buffer);

    /// <summary>Reads and scores an image.</summary>
    /// <inheritdoc cref="Score(long, ReadOnlySpan{byte}, MatchCollector)"/>
    public bool Score(long index, MatchCollector collector) => Score(index, View(index, 1, _buffer), collector);

    /// <summary>Scores an image and hands it on where it may matter.</summary>
    /// <param name="index">The image's row.</param>
    /// <param name="row">Its features, with the room behind them that <see cref="BufferBytes"/> counts.</param>
    /// <param name="collector">What takes the match.</param>
    /// <returns>False where the features contain an infinity or NaN: then the image is not compared.</returns>
    public bool Score(long index, ReadOnlySpan<byte> row, MatchCollector collector)
    {
        LastSimilarity = float.NaN;
        if (!ScoreWindows(_positive, row))
        {
            return false;
        }

        Match match = _positive.Best(index);
        if (_negative is null)
        {
            LastSimilarity = match.Similarity;
        }
        else if (match.Similarity >= collector.Floor)
        {
            _ = ScoreWindows(_negative, row);
            match = match with { Similarity = match.Similarity - Math.Max(0, _negative.Best(index).Similarity) };
            LastSimilarity = match.Similarity;
        }

        if (match.Similarity >= collector.Floor && !IsNearDuplicate(row))
        {
            collector.Add(match);
        }

        return true;
    }

    /// <summary>The similarity of every placement of the window in an image to the highlighted region.</summary>
    /// <param name="index">The image's row.</param>
    /// <returns>The similarities, <c>[H - h + 1, W - w + 1]</c>, until the next call; null where the features contain an infinity or NaN.</returns>
    public float[]? ScoreWindows(long index) => ScoreWindows(_positive, View(index, 1, _buffer)) ? _positive.Similarities : null;

    /// <summary>The similarity of an image's best window to each of the two regions.</summary>
    /// <param name="row">The image's features, with the room behind them that <see cref="BufferBytes"/> counts.</param>
    /// <param name="positive">To the highlighted region; NaN where false is returned.</param>
    /// <param name="negative">To the other region; NaN where there is none.</param>
    /// <returns>False where the features contain an infinity or NaN.</returns>
    public bool ScoreBoth(ReadOnlySpan<byte> row, out float positive, out float negative)
    {
        positive = negative = float.NaN;
        if (!ScoreWindows(_positive, row))
        {
            return false;
        }

        positive = _positive.Best(0).Similarity;
        if (_negative is not null)
        {
            _ = ScoreWindows(_negative, row);
            negative = _negative.Best(0).Similarity;
        }

        return true;
    }

    /// <summary>The windows of an image that do not overlap each other, best first, and its similarity to each region.</summary>
    public (WindowMatch[] Windows, float Positive, float? Negative) Describe(long index, int windows)
    {
        ReadOnlySpan<byte> row = View(index, 1, _buffer);
        _ = ScoreWindows(_positive, row);
        WindowMatch[] found = WindowPicker.Pick(_positive.Similarities, _plan.Positive, windows);
        float? negative = null;
        if (_negative is not null)
        {
            _ = ScoreWindows(_negative, row);
            negative = _negative.Best(index).Similarity;
        }

        return (found, found[0].Similarity, negative);
    }

    public void Dispose()
    {
        if (_readers is not null)
        {
            _readers.PutBack(_rows);
        }
        else
        {
            _rows.Dispose();
        }
    }

    private bool ScoreWindows(WindowScorer scorer, ReadOnlySpan<byte> row) => _features.IsHalf
        ? scorer.Score(MemoryMarshal.Cast<byte, ushort>(row[..RowBytes]))
        : scorer.Score(MemoryMarshal.Cast<byte, float>(row));

    private bool IsNearDuplicate(ReadOnlySpan<byte> row)
    {
        if (_plan.NearDuplicates is not { } rule)
        {
            return false;
        }

        ReadOnlySpan<float> map;
        if (_features.IsHalf)
        {
            _map ??= new float[_features.MapElements];
            ScanKernels.Best.WidenHalves(MemoryMarshal.Cast<byte, ushort>(row[..RowBytes]), _map);
            map = _map;
        }
        else
        {
            map = MemoryMarshal.Cast<byte, float>(row[..RowBytes]);
        }

        // In double, so that the answer does not depend on the processor's vectors.
        double product = 0, own = 0, query = 0;
        for (int i = 0; i < map.Length; i++)
        {
            product += (double)map[i] * rule.Map[i];
            own += (double)map[i] * map[i];
            query += (double)rule.Map[i] * rule.Map[i];
        }

        // Two maps of nothing but zeros have no direction, so neither is like anything.
        return own > 0 && query > 0 && product >= rule.Cosine * Math.Sqrt(own * query);
    }
}
