namespace VisualFeatureSearch.Benchmarks;

/// <summary>Medians, which a busy neighbour on a shared machine disturbs less than means.</summary>
internal static class Measure
{
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The value that a share of all values does not exceed.</summary>
    public static double Percentile(IEnumerable<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted[(int)Math.Min(Math.Ceiling(share * sorted.Length), sorted.Length) - 1];
    }

    /// <summary>Resident memory that is pages of files, in megabytes; 0 where the system does not tell.</summary>
    public static double MappedMegabytes() => Status("RssFile");

    /// <summary>The largest resident set of this process so far, in megabytes, where the system tells.</summary>
    public static double PeakMemoryMegabytes()
    {
        double peak = Status("VmHWM");
        return peak > 0 ? peak : Environment.WorkingSet / 1e6;
    }

    private static double Status(string name)
    {
        const string File = "/proc/self/status";
        return System.IO.File.Exists(File)
            && System.IO.File.ReadLines(File).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) is { } found
            ? double.Parse(found.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[^2]) * 1024 / 1e6
            : 0;
    }
}
