using System.Diagnostics;
using System.Reflection;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;

namespace VisualFeatureSearch.Features;

/// <summary>
/// Computes the features of a dataset. Every worker takes a photograph all the way, from its file through the network to the
/// numbers that are stored, so that decoding on one core overlaps with the network on another and data stays in the core's
/// own cache. What was complete before a run was killed is kept.
/// </summary>
public sealed class FeaturePrecomputer : IDisposable
{
    private readonly PrecomputeJob _job;
    private readonly FeatureExtractor _extractor;
    private readonly IProgress<PrecomputeProgress>? _progress;
    private readonly RowSequencer _rows;
    private readonly ImageFiles _files;
    private readonly long _resumed;
    private long _nextBlock;
    private long _done;
    private long _skipped;
    private long _outOfRange;

    private FeaturePrecomputer(PrecomputeJob job, FeatureExtractor extractor, IFeatureSink writer, IProgress<PrecomputeProgress>? progress)
    {
        _job = job;
        _extractor = extractor;
        _progress = progress;
        _files = new ImageFiles(job.Images.Root);
        _resumed = _done = writer.Header.Progress.Consumed;
        _skipped = writer.Header.Progress.Skipped;
        _nextBlock = _resumed / extractor.Batch;
        _rows = new RowSequencer(job, extractor.Shapes, writer, _nextBlock);
    }

    /// <summary>The version that is written into stores.</summary>
    public static string ToolVersion { get; } =
        typeof(FeaturePrecomputer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>Computes what is missing of a store.</summary>
    /// <param name="job">What to compute.</param>
    /// <param name="progress">Told after every image, from several threads.</param>
    /// <param name="cancellationToken">Stops early; the store can be continued.</param>
    /// <exception cref="ModelException">The network does not run, or has no such layer.</exception>
    /// <exception cref="FeatureStoreException">The store was begun with something else, or is being written by another run.</exception>
    public static async Task<PrecomputeSummary> RunAsync(PrecomputeJob job, IProgress<PrecomputeProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        long start = Stopwatch.GetTimestamp();
        using FeatureExtractor extractor = Open(ref job);
        using FeatureStoreWriter writer = FeatureStoreWriter.Open(job, extractor.Shapes, ToolVersion);
        using FeaturePrecomputer run = new(job, extractor, writer, progress);
        if (!writer.Header.Progress.IsFinished)
        {
            await run.ComputeAsync(cancellationToken).ConfigureAwait(false);
            writer.Finish();
        }

        return new PrecomputeSummary(writer.Header.Progress.Complete, run._resumed, run._outOfRange, Stopwatch.GetElapsedTime(start));
    }

    /// <summary>Computes the features of a dataset into memory, to search them live.</summary>
    /// <param name="job">What to compute; nothing is written to its store path, which only names the store.</param>
    /// <param name="progress">Told after every image, from several threads.</param>
    /// <param name="cancellationToken">Stops early.</param>
    /// <exception cref="ModelException">The network does not run, or has no such layer.</exception>
    public static async Task<FeatureStore> RunInMemoryAsync(PrecomputeJob job, IProgress<PrecomputeProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        using FeatureExtractor extractor = Open(ref job);
        using MemoryFeatureSink sink = new(job, extractor.Shapes, ToolVersion);
        using FeaturePrecomputer run = new(job, extractor, sink, progress);
        await run.ComputeAsync(cancellationToken).ConfigureAwait(false);
        sink.Finish();
        return sink.ToStore();
    }

    /// <inheritdoc />
    public void Dispose() => _files.Dispose();

    private static FeatureExtractor Open(ref PrecomputeJob job)
    {
        // One run of the network a core scales better than one run on all cores.
        FeatureExtractor extractor = job.Model.OpenExtractor(job.Layers, job.Transform, job.Workers > 1 ? 1 : 0, job.Batch);
        long rowBytes = extractor.Shapes.Max(shape => (long)shape.Elements) * (job.IsHalf ? 2 : 4);
        job = job with { ChunkRows = (int)Math.Clamp(job.MaximumChunkBytes / rowBytes, 1, job.Images.Entries.Count) };
        return extractor;
    }

    private async Task ComputeAsync(CancellationToken cancellationToken)
    {
        Report();
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using (stop.Token.Register(_rows.WakeAll))
        {
            Task[] workers = [.. Enumerable.Range(0, _job.Workers).Select(_ => Task.Factory.StartNew(
                () => Work(stop), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
            try
            {
                await Task.WhenAll(workers).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
            }
            catch (OperationCanceledException) when (Array.Find(workers, worker => worker.IsFaulted) is { } failed)
            {
                // One worker's failure stops the others; the failure is what matters.
                await failed.ConfigureAwait(false);
            }
            finally
            {
                await _rows.SettleAsync().ConfigureAwait(false);
            }
        }

        await _rows.CompleteAsync().ConfigureAwait(false);
    }

    private void Work(CancellationTokenSource stop)
    {
        try
        {
            float[] input = new float[_extractor.Batch * _extractor.ImageElements];
            for (long block = Interlocked.Increment(ref _nextBlock) - 1; block * _extractor.Batch < _job.Images.Entries.Count; block = Interlocked.Increment(ref _nextBlock) - 1)
            {
                stop.Token.ThrowIfCancellationRequested();
                ComputedImage[] images = Compute(block, input);
                _rows.Deliver(block, images, stop.Token);
                Interlocked.Add(ref _skipped, images.Count(image => image.Reason is not null));
                Interlocked.Add(ref _done, images.Length);
                Report();
            }
        }
        catch
        {
            stop.Cancel();
            throw;
        }
    }

    /// <summary>
    /// Computes the images of one run of the network. Which images share a run, and at which place, depends on the list alone:
    /// a continued run computes the same numbers as an undisturbed one.
    /// </summary>
    private ComputedImage[] Compute(long block, float[] input)
    {
        int batch = _extractor.Batch;
        int first = (int)Math.Max(block * batch, _resumed);
        int end = (int)Math.Min((block + 1) * batch, _job.Images.Entries.Count);
        ComputedImage[] images = new ComputedImage[end - first];
        bool any = false;
        for (int i = 0; i < images.Length; i++)
        {
            string? reason = Prepare(first + i, input.AsSpan((int)((first + i) % batch) * _extractor.ImageElements, _extractor.ImageElements));
            images[i] = new ComputedImage(_job.Images.Entries[first + i], reason is null ? _rows.RentFeatures() : null, reason);
            any |= reason is null;
        }

        if (!any)
        {
            return images;
        }

        bool[] outOfRange = new bool[images.Length];
        _extractor.Run(input, (layer, features) =>
        {
            int elements = _extractor.Shapes[layer].Elements;
            for (int i = 0; i < images.Length; i++)
            {
                if (images[i].Features is { } stored)
                {
                    ReadOnlySpan<float> map = features.Slice((first + i) % batch * elements, elements);
                    outOfRange[i] |= FeatureBytes.Store(map, stored[layer], _job.IsHalf);
                }
            }
        });
        Interlocked.Add(ref _outOfRange, outOfRange.Count(isOut => isOut));
        return images;
    }

    private string? Prepare(int index, Span<float> input)
    {
        try
        {
            PixelImage photograph = ImageDecoder.Decode(_files.Read(_job.Images.Entries[index].Path));
            _job.Transform.Normalise(_job.Transform.Cut(photograph), input);
            return null;
        }
        catch (ImageException exception)
        {
            // One image may be gone or broken. If all are gone, as when a drive is unplugged, leaving them out is not what
            // anyone wants: the run ends, and goes on when they are back.
            return Directory.Exists(_job.Images.Root)
                ? exception.Message
                : throw new DatasetException($"{_job.Images.Root} is not there any more: what was complete is kept, and the same command goes on when the folder is back", exception);
        }
    }

    private void Report() => _progress?.Report(new PrecomputeProgress(_job.Images.Entries.Count, Interlocked.Read(ref _done), _resumed, Interlocked.Read(ref _skipped)));
}
