using System.Diagnostics;

namespace VisualFeatureSearch.Tests;

/// <summary>Everything that is computed in vectors, again on the processors that this one can pretend to be.</summary>
public sealed class InstructionSetTests
{
    [Theory]
    [InlineData("DOTNET_EnableAVXVNNI")]
    [InlineData("DOTNET_EnableAVX512")]
    [InlineData("DOTNET_EnableAVX2")]
    [InlineData("DOTNET_EnableHWIntrinsic")]
    public async Task Kernels_searches_and_resizing_agree_with_an_instruction_set_switched_off(string variable)
    {
        string[] classes = [typeof(Search.KernelTests).FullName!, typeof(Search.CodeKernelTests).FullName!, typeof(Search.StagedSearchTests).FullName!, typeof(Search.GoldenQueryTests).FullName!, typeof(Imaging.ImageTransformTests).FullName!, typeof(Regions.RegionMaskTests).FullName!];
        ProcessStartInfo start = new(
            "dotnet",
            [typeof(InstructionSetTests).Assembly.Location, "--results-directory", Path.GetTempPath(), .. classes.SelectMany(name => (string[])["--filter-class", name])])
        {
            RedirectStandardOutput = true,
        };
        start.Environment[variable] = "0";
        foreach (string inherited in start.Environment.Keys.Where(key => key.StartsWith("TESTINGPLATFORM", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(inherited);
        }

        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, output);
    }
}
