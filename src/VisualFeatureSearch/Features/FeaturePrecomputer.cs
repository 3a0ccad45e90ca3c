using System.Diagnostics;
using System.Numerics.Tensors;
using System.Reflection;
using System.Runtime.InteropServices;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Models;

namespace VisualFeatureSearch.Features;

/// <summary>
/// Computes the features of a dataset: images are decoded and normalised, run through the network and written, all side by
/// side. What was complete before a run was killed is kept.
/// </summary>
public sealed class FeaturePrecomputer
{
    private readonly PrecomputeJob _job;
    private readonly FeatureExtractor _extractor;
    private readonly FeatureStoreWriter _writer;
    private readonly IProgress<PrecomputeProgress>? _progress;
    private readonly InputPool _inputs;
    private readonly long _resumed;
    private long _done;
    private long _skipped;
    private long _outOfRange;

    private FeaturePrecomputer(PrecomputeJob job, FeatureExtractor extractor, FeatureStoreWriter writer, IProgress<PrecomputeProgress>? progress)
    {
        _job = job;
        _extractor = extractor;
        _writer = writer;
        _progress = progress;
        _inputs = new InputPool(extractor.ImageElements);
        _resumed = _done = writer.Header.Progress.Consumed;
        _skipped = writer.Header.Progress.Skipped;
    }

    /// <summary>The version that is written into stores.</summary>
    public static string ToolVersion { get; } =
        typeof(FeaturePrecomputer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>Computes what is missing of a store.</summary>
    /// <param name="job">What to compute.</param>
    /// <param name="progress">Told after every image.</param>
    /// <param name="cancellationToken">Stops early; the store can be continued.</param>
    /// <exception cref="ModelException">The network does not run, or has no such layer.</exception>
    /// <exception cref="FeatureStoreException">The store was begun with something else, or is being written by another run.</exception>
    public static async Task<PrecomputeSummary> RunAsync(PrecomputeJob job, IProgress<PrecomputeProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        long start = Stopwatch.GetTimestamp();

        // One run of the network a core scales better than one run on all cores.
        using FeatureExtractor extractor = job.Model.OpenExtractor(job.Layers, job.Transform, job.Workers > 1 ? 1 : 0, job.Batch);
        long rowBytes = extractor.Shapes.Max(shape => (long)shape.Elements) * (job.IsHalf ? 2 : 4);
        job = job with { ChunkRows = (int)Math.Clamp(job.MaximumChunkBytes / rowBytes, 1, job.Images.Entries.Count) };
        using FeatureStoreWriter writer = FeatureStoreWriter.Open(job, extractor.Shapes, ToolVersion);
        FeaturePrecomputer run = new(job, extractor, writer, progress);
        if (!writer.Header.Progress.IsFinished)
        {
            await run.ComputeAsync(cancellationToken).ConfigureAwait(false);
            writer.Finish();
        }

        return new PrecomputeSummary(writer.Header.Progress.Complete, run._resumed, run._outOfRange, Stopwatch.GetElapsedTime(start));
    }

    private async Task ComputeAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource failure = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task writing = Task.CompletedTask;
        using ChunkBuffer first = new(_job, _extractor);
        using ChunkBuffer second = new(_job, _extractor);
        ChunkBuffer current = first;
        ChunkBuffer spare = second;
        Report();
        try
        {
            using DecodeAhead decoded = new(_job, _inputs, (int)_resumed, failure.Token);
            while (decoded.HasNext)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Prepared image = await decoded.NextAsync().ConfigureAwait(false);
                if (image.Reason is not null)
                {
                    current.Skipped.Add(new SkippedImage(image.Entry.Path, image.Reason));
                    Interlocked.Increment(ref _skipped);
                    Interlocked.Increment(ref _done);
                    Report();
                    continue;
                }

                current.Add(image);
                bool chunkFull = current.Images.Count == _job.ChunkRows;
                if (current.Waiting == _extractor.Batch || chunkFull)
                {
                    await current.StartBatchAsync(this, failure.Token).ConfigureAwait(false);
                }

                if (chunkFull)
                {
                    // The full chunk is finished and written while the next one is computed into the other buffer.
                    await writing.ConfigureAwait(false);
                    writing = WriteAsync(current);
                    (current, spare) = (spare, current);
                }
            }

            if (current.Waiting > 0)
            {
                await current.StartBatchAsync(this, failure.Token).ConfigureAwait(false);
            }

            await writing.ConfigureAwait(false);
            if (current.Images.Count + current.Skipped.Count > 0)
            {
                await WriteAsync(current).ConfigureAwait(false);
            }
        }
        finally
        {
            // Nothing may still use the extractor or the writer when they are disposed of.
            await failure.CancelAsync().ConfigureAwait(false);
            await Settle(writing).ConfigureAwait(false);
            await Settle(first.FinishAsync()).ConfigureAwait(false);
            await Settle(second.FinishAsync()).ConfigureAwait(false);
        }
    }

    private async Task WriteAsync(ChunkBuffer chunk)
    {
        await chunk.FinishAsync().ConfigureAwait(false);
        chunk.FillRest();
        await Task.Run(() => _writer.Commit(_writer.Header.Progress.Complete / _job.ChunkRows, chunk.Layers, chunk.Images, chunk.Skipped)).ConfigureAwait(false);
        chunk.Clear();
    }

    private void Compute(ChunkBuffer chunk, int firstRow, IReadOnlyList<float[]> images)
    {
        float[] input = _extractor.Batch == 1 ? images[0] : new float[_extractor.Batch * _extractor.ImageElements];
        if (_extractor.Batch > 1)
        {
            for (int i = 0; i < images.Count; i++)
            {
                images[i].CopyTo(input, i * _extractor.ImageElements);
            }
        }

        int outOfRange = 0;
        _extractor.Run(input, (layer, features) =>
        {
            int elements = _extractor.Shapes[layer].Elements;
            ReadOnlySpan<float> used = features[..(elements * images.Count)];
            if (!_job.IsHalf)
            {
                MemoryMarshal.AsBytes(used).CopyTo(chunk.Layers[layer].AsSpan(firstRow * elements * sizeof(float)));
                return;
            }

            Span<Half> target = MemoryMarshal.Cast<byte, Half>(chunk.Layers[layer].AsSpan()).Slice(firstRow * elements, used.Length);
            TensorPrimitives.ConvertToHalf(used, target);
            if (TensorPrimitives.MaxMagnitude(used) > (float)Half.MaxValue)
            {
                Interlocked.Increment(ref outOfRange);
            }
        });
        if (outOfRange > 0)
        {
            Interlocked.Add(ref _outOfRange, images.Count);
        }

        foreach (float[] image in images)
        {
            _inputs.Return(image);
        }

        Interlocked.Add(ref _done, images.Count);
        Report();
    }

    private void Report() => _progress?.Report(new PrecomputeProgress(_job.Images.Entries.Count, Interlocked.Read(ref _done), _resumed, Interlocked.Read(ref _skipped)));

    private static async Task Settle(Task task) =>
        await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>A chunk of rows that is being filled.</summary>
    private sealed class ChunkBuffer : IDisposable
    {
        private readonly SemaphoreSlim _slots;
        private readonly byte[] _fill;
        private readonly int _chunkRows;
        private readonly List<Task> _running = [];
        private List<float[]> _waiting = [];

        public ChunkBuffer(PrecomputeJob job, FeatureExtractor extractor)
        {
            _slots = new SemaphoreSlim(job.Workers);
            _fill = job.IsHalf ? BitConverter.GetBytes(Half.NaN) : BitConverter.GetBytes(float.NaN);
            Layers = [.. extractor.Shapes.Select(shape => new byte[(long)job.ChunkRows * shape.Elements * _fill.Length])];
            _chunkRows = job.ChunkRows;
        }

        public byte[][] Layers { get; }

        public List<ImageEntry> Images { get; } = [];

        public List<SkippedImage> Skipped { get; } = [];

        public int Waiting => _waiting.Count;

        public void Add(Prepared image)
        {
            Images.Add(image.Entry);
            _waiting.Add(image.Input!);
        }

        public async Task StartBatchAsync(FeaturePrecomputer run, CancellationToken cancellationToken)
        {
            List<float[]> images = _waiting;
            int firstRow = Images.Count - images.Count;
            _waiting = [];
            await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
            _running.Add(Task.Run(
                () =>
                {
                    try
                    {
                        run.Compute(this, firstRow, images);
                    }
                    finally
                    {
                        _slots.Release();
                    }
                },
                cancellationToken));
        }

        /// <summary>Completes when every started batch has.</summary>
        public Task FinishAsync() => Task.WhenAll(_running);

        public void Dispose() => _slots.Dispose();

        public void Clear()
        {
            Images.Clear();
            Skipped.Clear();
            _running.Clear();
        }

        /// <summary>Gives the rows behind the last image the fill value, which only the last chunk of a store has.</summary>
        public void FillRest()
        {
            foreach (byte[] layer in Layers)
            {
                int rowBytes = layer.Length / _chunkRows;
                for (int i = Images.Count * rowBytes; i < layer.Length; i += _fill.Length)
                {
                    _fill.CopyTo(layer, i);
                }
            }
        }
    }
}
