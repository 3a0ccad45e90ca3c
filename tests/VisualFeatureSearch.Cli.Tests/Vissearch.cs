using System.Diagnostics;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Cli.Tests;

/// <summary>What a run of the command printed, and its exit code.</summary>
internal sealed record Outcome(int ExitCode, string Out, string Error);

/// <summary>Runs the command as a person does, in a process of its own.</summary>
internal static class Vissearch
{
    public static Task<Outcome> RunAsync(params string[] arguments) => RunAtAsync("0", arguments);

    /// <summary>Runs it at a time.</summary>
    /// <param name="epoch">The time in the environment's SOURCE_DATE_EPOCH.</param>
    /// <param name="arguments">What it is called with.</param>
    public static async Task<Outcome> RunAtAsync(string epoch, params string[] arguments)
    {
        using Process process = StartAt(epoch, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new Outcome(process.ExitCode, await output, await error);
    }

    /// <summary>Runs Python with the client, which finds the command and the gallery in its environment.</summary>
    /// <returns>What it printed on stderr; it must succeed.</returns>
    public static async Task<string> RunPythonAsync(ProcessStartInfo start)
    {
        start.Environment["VISSEARCH"] = $"dotnet '{Path.Combine(AppContext.BaseDirectory, "vissearch.dll")}'";
        start.Environment["VISSEARCH_GALLERY"] = Repository.Gallery;
        using Process python = Process.Start(start)!;
        string errors = await python.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await python.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(python.ExitCode == 0, errors);
        return errors;
    }

    public static Process Start(params string[] arguments) => StartAt("0", arguments);

    private static Process StartAt(string epoch, string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "vissearch.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.Environment["SOURCE_DATE_EPOCH"] = epoch;
        return Process.Start(start)!;
    }
}
