using System.Collections.Concurrent;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Models;

namespace VisualFeatureSearch.Features;

/// <summary>An image whose features are computed, as they are stored, one buffer a layer; or the reason why it is left out.</summary>
internal readonly record struct ComputedImage(ImageEntry Entry, byte[][]? Features, string? Reason);

/// <summary>
/// Puts images that workers finish in any order into the rows of the store in list order, left-out ones taking no row, and
/// writes every full chunk while the next one fills.
/// </summary>
internal sealed class RowSequencer
{
    private readonly object _gate = new();
    private readonly PrecomputeJob _job;
    private readonly IFeatureSink _writer;
    private readonly int[] _rowBytes;
    private readonly ConcurrentBag<byte[][]> _free = [];
    private readonly Dictionary<long, ComputedImage[]> _early = [];
    private readonly int _maximumAhead;
    private Chunk _current;
    private Chunk _spare;
    private long _nextBlock;
    private Task _writing = Task.CompletedTask;

    public RowSequencer(PrecomputeJob job, IReadOnlyList<LayerShape> shapes, IFeatureSink writer, long firstBlock)
    {
        _job = job;
        _writer = writer;
        _nextBlock = firstBlock;
        _maximumAhead = job.Workers * 4;
        _rowBytes = [.. shapes.Select(shape => shape.Elements * (job.IsHalf ? 2 : 4))];
        _current = new Chunk(_rowBytes, writer.ChunkRows);
        _spare = new Chunk(_rowBytes, writer.ChunkRows);
    }

    /// <summary>Buffers for one image's features.</summary>
    public byte[][] RentFeatures() => _free.TryTake(out byte[][]? features) ? features : [.. _rowBytes.Select(bytes => new byte[bytes])];

    /// <summary>Takes the images of a block in. Waits where one slow image has let the others run far ahead.</summary>
    public void Deliver(long block, ComputedImage[] images, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            while (block - _nextBlock >= _maximumAhead)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Monitor.Wait(_gate);
            }

            cancellationToken.ThrowIfCancellationRequested();
            _early.Add(block, images);
            TakeInOrder();
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Lets workers that wait look again, such as when the run is stopped.</summary>
    public void WakeAll()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until nothing is being written any more, whatever became of it.</summary>
    public async Task SettleAsync() => await _writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>Writes what is left when all images were delivered.</summary>
    public async Task CompleteAsync()
    {
        await _writing.ConfigureAwait(false);
        if (_current.Images.Count + _current.Skipped.Count > 0)
        {
            _current.FillRest(_rowBytes, _job.IsHalf);
            Write(_current);
        }
    }

    private void TakeInOrder()
    {
        while (_early.Remove(_nextBlock, out ComputedImage[]? images))
        {
            foreach (ComputedImage image in images)
            {
                if (image.Features is null)
                {
                    _current.Skipped.Add(new SkippedImage(image.Entry.Path, image.Reason!));
                    continue;
                }

                _current.Add(image.Entry, image.Features);
                _free.Add(image.Features);
                if (_current.Images.Count == _writer.ChunkRows)
                {
                    // Both buffers full means that the disk is slower than the network: wait for it here.
                    _writing.GetAwaiter().GetResult();
                    Chunk full = _current;
                    (_current, _spare) = (_spare, full);
                    _current.Clear();
                    _writing = Task.Run(() => Write(full));
                }
            }

            _nextBlock++;
        }
    }

    private void Write(Chunk chunk) => _writer.Commit(_writer.Header.Progress.Complete / _writer.ChunkRows, chunk.Layers, chunk.Images, chunk.Skipped);

    /// <summary>A chunk of rows that is being filled, in all layers.</summary>
    private sealed class Chunk(int[] rowBytes, int rows)
    {
        public byte[][] Layers { get; } = [.. rowBytes.Select(bytes => GC.AllocateUninitializedArray<byte>(bytes * rows))];

        public List<ImageEntry> Images { get; } = [];

        public List<SkippedImage> Skipped { get; } = [];

        public void Add(ImageEntry entry, byte[][] features)
        {
            for (int layer = 0; layer < features.Length; layer++)
            {
                features[layer].CopyTo(Layers[layer], Images.Count * features[layer].Length);
            }

            Images.Add(entry);
        }

        /// <summary>Gives the rows behind the last image the fill value NaN.</summary>
        public void FillRest(int[] rowBytes, bool isHalf)
        {
            for (int layer = 0; layer < Layers.Length; layer++)
            {
                FeatureBytes.FillRest(Layers[layer], Images.Count * rowBytes[layer], isHalf);
            }
        }

        public void Clear()
        {
            Images.Clear();
            Skipped.Clear();
        }
    }
}
