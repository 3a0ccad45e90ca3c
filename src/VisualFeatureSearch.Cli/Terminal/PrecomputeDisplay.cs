using Spectre.Console;
using Spectre.Console.Rendering;
using VisualFeatureSearch.Features;

namespace VisualFeatureSearch.Cli.Terminal;

/// <summary>Runs a precompute with a progress bar on stderr: images, rate and time left.</summary>
internal static class PrecomputeDisplay
{
    public static async Task<PrecomputeSummary> RunAsync(PrecomputeJob job, TimeProvider time, CancellationToken cancellationToken)
    {
        if (Console.IsErrorRedirected)
        {
            return await FeaturePrecomputer.RunAsync(job, new Lines(time), cancellationToken).ConfigureAwait(false);
        }

        return await ProgressBars.Stderr.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RateColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                ProgressTask task = context.AddTask("Computing features", maxValue: job.Images.Entries.Count);
                ProgressBars.Bar<PrecomputeProgress> bar = new(task, value => value.Done);
                return await FeaturePrecomputer.RunAsync(job, bar, cancellationToken).ConfigureAwait(false);
            }).ConfigureAwait(false);
    }

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
