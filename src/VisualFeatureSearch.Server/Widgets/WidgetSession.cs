using System.Security.Cryptography;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Regions;

namespace VisualFeatureSearch.Server.Widgets;

/// <summary>A widget that somebody paints on in a browser, and what is painted.</summary>
internal sealed class WidgetSession
{
    private readonly Lock _lock = new();
    private WidgetState _state = new(0, 0, null, null, false);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public WidgetSession(IReadOnlyList<WidgetPicture> pictures, int size, double radius)
    {
        Pictures = pictures;
        Size = size;
        Radius = radius;
    }

    /// <summary>Told after every change, on the thread of the request that brought it.</summary>
    public event Action? Changed;

    public string Id { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    public IReadOnlyList<WidgetPicture> Pictures { get; }

    /// <summary>Width of the mask in pixels.</summary>
    public int Size { get; }

    /// <summary>Radius of the brush in pixels of the mask.</summary>
    public double Radius { get; }

    public WidgetState State
    {
        get
        {
            lock (_lock)
            {
                return _state;
            }
        }
    }

    /// <summary>Height of the mask on a picture in pixels, so that the mask has the picture's shape.</summary>
    public int HeightOf(int picture) => Math.Max(1, (int)Math.Round((double)Size * Pictures[picture].Height / Pictures[picture].Width));

    /// <summary>Takes what was painted.</summary>
    /// <exception cref="RegionException">A mask is not as large as that of the picture.</exception>
    public void Paint(int selected, PixelImage? mask, PixelImage? negativeMask, bool isDone)
    {
        foreach (PixelImage? painted in (PixelImage?[])[mask, negativeMask])
        {
            if (painted is not null && (painted.Width != Size || painted.Height != HeightOf(selected)))
            {
                throw new RegionException($"the mask is {painted.Width} x {painted.Height} pixels: on this picture it must be {Size} x {HeightOf(selected)}");
            }
        }

        TaskCompletionSource changed;
        lock (_lock)
        {
            _state = new WidgetState(_state.Version + 1, selected, Painted(mask), Painted(negativeMask), isDone);
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
        Changed?.Invoke();
    }

    /// <summary>Waits until something has changed since a version.</summary>
    public async Task<WidgetState> WaitAsync(long after, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_state.Version > after)
                {
                    return _state;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static PixelImage? Painted(PixelImage? mask) => mask is not null && mask.Pixels.AsSpan().ContainsAnyExcept((byte)0) ? mask : null;
}
