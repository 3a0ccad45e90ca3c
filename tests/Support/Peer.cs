using System.Diagnostics;

namespace VisualFeatureSearch.Tests.Support;

/// <summary>Programs of others that results are compared with. A test skips where one is not installed.</summary>
internal static class Peer
{
    private static readonly Lazy<string?> PythonZarr = new(() =>
        ((string[])["/usr/bin/python3", "python3"]).FirstOrDefault(python => Succeeds(python, "-c", "import zarr, numcodecs")));

    /// <summary>Runs Python with its zarr package; skips the test where there is none.</summary>
    /// <returns>What it printed, line by line.</returns>
    public static string[] RunPython(params string[] arguments) => Run(RequirePython(), arguments);

    /// <summary>The Python that has zarr and so NumPy, and perhaps more; skips the test where there is none, but never in CI.</summary>
    /// <param name="modules">Further modules that are needed, with commas between them.</param>
    public static string RequirePython(string modules = "zarr")
    {
        bool isThere = PythonZarr.Value is { } python && Succeeds(python, "-c", $"import {modules}");
        Assert.SkipUnless(isThere || Environment.GetEnvironmentVariable("CI") == "true", $"Python's {modules} is not installed (Debian's python3-zarr, jupyter-notebook, python3-nbclient, python3-pil, python3-pandas, python3-matplotlib)");
        return isThere ? PythonZarr.Value! : throw new InvalidOperationException($"CI needs Python with {modules}.");
    }

    /// <summary>How to start Python with this repository's client, which writes nothing into the repository.</summary>
    /// <param name="modules">The modules that are needed besides, with commas between them.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="arguments">Python's arguments.</param>
    public static ProcessStartInfo PythonClient(string modules, string folder, params string[] arguments)
    {
        ProcessStartInfo start = new(RequirePython(modules), arguments) { WorkingDirectory = folder, RedirectStandardError = true };
        start.Environment["PYTHONPATH"] = Path.Combine(Repository.Root, "clients", "python");
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        return start;
    }

    /// <summary>Runs a program that must succeed.</summary>
    /// <returns>What it printed, line by line.</returns>
    public static string[] Run(string program, params string[] arguments)
    {
        (int code, string output, string errors) = Start(program, arguments);
        Assert.True(code == 0, $"{program} failed: {errors}");
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Whether a program is there and succeeds.</summary>
    public static bool Succeeds(string program, params string[] arguments)
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

    private static (int Code, string Output, string Errors) Start(string program, string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.GetAwaiter().GetResult());
    }
}
