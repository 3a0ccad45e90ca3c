using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace VisualFeatureSearch.Zarr.Tests.Conformance;

/// <summary>The independent implementations of Zarr that stores are exchanged with: Python's zarr and zarrita for JavaScript.</summary>
internal static class Peers
{
    private static readonly Lazy<string?> Python = new(() =>
        ((string[])["/usr/bin/python3", "python3"]).FirstOrDefault(python => Try(python, ["-c", "import zarr, numcodecs"])));

    private static readonly Lazy<bool> Node = new(() =>
        Directory.Exists(Path.Combine(Folder(), "node_modules", "zarrita")) || Try("npm", ["ci", "--no-audit", "--no-fund", "--prefix", Folder()]));

    /// <summary>Runs a script of this folder with the peer that its ending names; skips the test where the peer is not installed.</summary>
    /// <returns>What it printed, line by line.</returns>
    public static string[] Run(string script, params string[] arguments)
    {
        bool isPython = script.EndsWith(".py", StringComparison.Ordinal);
        Assert.SkipUnless(isPython ? Python.Value is not null : Node.Value, isPython ? "Python's zarr is not installed (Debian's python3-zarr)" : "zarrita cannot be installed with npm");
        (int code, string output, string errors) = Start(isPython ? Python.Value! : "node", [Path.Combine(Folder(), script), .. arguments]);
        Assert.True(code == 0, $"{script} failed: {errors}");
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    private static bool Try(string program, IReadOnlyList<string> arguments)
    {
        try
        {
            return Start(program, arguments).Code == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static (int Code, string Output, string Errors) Start(string program, IReadOnlyList<string> arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.GetAwaiter().GetResult());
    }
}
