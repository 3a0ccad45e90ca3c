using System.Collections.Concurrent;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Imaging;

namespace VisualFeatureSearch.Features;

/// <summary>An image ready for the network, or the reason why it is left out.</summary>
internal sealed record Prepared(ImageEntry Entry, float[]? Input, string? Reason);

/// <summary>Reusable buffers for normalised images.</summary>
internal sealed class InputPool(int elements)
{
    private readonly ConcurrentBag<float[]> _free = [];

    public float[] Rent() => _free.TryTake(out float[]? buffer) ? buffer : new float[elements];

    public void Return(float[] buffer) => _free.Add(buffer);
}

/// <summary>Decodes the images that come next on all cores, a bounded number ahead, and gives them in their order.</summary>
internal sealed class DecodeAhead : IDisposable
{
    private readonly PrecomputeJob _job;
    private readonly InputPool _inputs;
    private readonly Queue<Task<Prepared>> _ahead = [];
    private readonly CancellationToken _cancellationToken;
    private readonly int _limit;
    private int _next;

    public DecodeAhead(PrecomputeJob job, InputPool inputs, int first, CancellationToken cancellationToken)
    {
        _job = job;
        _inputs = inputs;
        _next = first;
        _cancellationToken = cancellationToken;
        _limit = Math.Max(job.Workers * 2, job.Batch * 2);
        Start();
    }

    public bool HasNext => _ahead.Count > 0;

    public async Task<Prepared> NextAsync()
    {
        Prepared next = await _ahead.Dequeue().ConfigureAwait(false);
        Start();
        return next;
    }

    public void Dispose()
    {
        foreach (Task<Prepared> task in _ahead)
        {
            task.ContinueWith(static finished => _ = finished.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }
    }

    private void Start()
    {
        while (_ahead.Count < _limit && _next < _job.Images.Entries.Count)
        {
            ImageEntry entry = _job.Images.Entries[_next++];
            _ahead.Enqueue(Task.Run(() => Prepare(entry), _cancellationToken));
        }
    }

    private Prepared Prepare(ImageEntry entry)
    {
        PixelImage crop;
        try
        {
            crop = _job.Transform.Cut(ImageDecoder.DecodeFile(Path.Combine(_job.Images.Root, entry.Path)));
        }
        catch (ImageException exception)
        {
            return new Prepared(entry, null, exception.Message);
        }

        float[] input = _inputs.Rent();
        _job.Transform.Normalise(crop, input);
        return new Prepared(entry, input, null);
    }
}
