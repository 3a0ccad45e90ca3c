namespace VisualFeatureSearch.Benchmarks;

/// <summary>Medians, which a busy neighbour on a shared machine disturbs less than means.</summary>
internal static class Measure
{
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The largest resident set of this process so far, in megabytes, where the system tells.</summary>
    public static double PeakMemoryMegabytes()
    {
        const string Status = "/proc/self/status";
        if (!File.Exists(Status))
        {
            return Environment.WorkingSet / 1e6;
        }

        string line = File.ReadLines(Status).First(text => text.StartsWith("VmHWM", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2]) * 1024 / 1e6;
    }
}
