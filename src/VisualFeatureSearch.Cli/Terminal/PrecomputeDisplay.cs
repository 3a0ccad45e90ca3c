using Spectre.Console;
using Spectre.Console.Rendering;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;

namespace VisualFeatureSearch.Cli.Terminal;

/// <summary>Runs a precompute with a progress bar on stderr: images, rate and time left.</summary>
internal static class PrecomputeDisplay
{
    public static Task<PrecomputeSummary> RunAsync(PrecomputeJob job, TimeProvider time, CancellationToken cancellationToken) =>
        ShowAsync(job, time, progress => FeaturePrecomputer.RunAsync(job, progress, cancellationToken));

    /// <summary>The same into memory.</summary>
    public static Task<FeatureStore> RunInMemoryAsync(PrecomputeJob job, TimeProvider time, CancellationToken cancellationToken) =>
        ShowAsync(job, time, progress => FeaturePrecomputer.RunInMemoryAsync(job, progress, cancellationToken));

    /// <summary>Names on stderr the images that were left out, and why.</summary>
    /// <returns>How many there are.</returns>
    public static int ListLeftOut(PrecomputeJob job, FeatureStore store)
    {
        SkippedImage[] skipped = [.. job.Images.Ignored, .. store.ReadSkipped()];
        foreach (SkippedImage image in skipped)
        {
            Console.Error.WriteLine($"left out: {image.Path}: {image.Reason}");
        }

        return skipped.Length;
    }

    private static Task<T> ShowAsync<T>(PrecomputeJob job, TimeProvider time, Func<IProgress<PrecomputeProgress>, Task<T>> run) => Console.IsErrorRedirected
        ? run(new Lines(time))
        : ProgressBars.Stderr.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RateColumn(), new RemainingTimeColumn())
            .StartAsync(context => run(new ProgressBars.Bar<PrecomputeProgress>(context.AddTask("Computing features", maxValue: job.Images.Entries.Count), value => value.Done)));

    private static string Rate(double imagesASecond) => imagesASecond > 0 ? $"{imagesASecond:0.0} images/s" : "";

    private sealed class RateColumn : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(Rate(task.Speed ?? 0));
    }

    /// <summary>For logs: a line now and then instead of a bar.</summary>
    private sealed class Lines(TimeProvider time) : IProgress<PrecomputeProgress>
    {
        private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

        private readonly Lock _lock = new();
        private readonly long _start = time.GetTimestamp();
        private TimeSpan _next = Interval;

        public void Report(PrecomputeProgress value)
        {
            TimeSpan elapsed = time.GetElapsedTime(_start);
            lock (_lock)
            {
                if (elapsed < _next)
                {
                    return;
                }

                _next = elapsed + Interval;
            }

            double rate = (value.Done - value.Resumed) / elapsed.TotalSeconds;
            TimeSpan left = rate > 0 ? TimeSpan.FromSeconds((value.Total - value.Done) / rate) : TimeSpan.Zero;
            Console.Error.WriteLine($"{value.Done} of {value.Total} images, {Rate(rate)}, {left:hh\\:mm\\:ss} left");
        }
    }
}
