using System.Diagnostics;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Cli.Tests;

/// <summary>The Python client's own tests, against the command as it was built.</summary>
public sealed class PythonClientTests(GalleryStore gallery) : IClassFixture<GalleryStore>
{
    [Fact]
    public async Task The_Python_client_searches_shows_and_explains()
    {
        ProcessStartInfo start = new(Peer.RequirePython(), ["-m", "unittest", "discover", "tests"])
        {
            WorkingDirectory = Path.Combine(Repository.Root, "clients", "python"),
            RedirectStandardError = true,
        };
        start.Environment["VISSEARCH"] = $"dotnet '{Path.Combine(AppContext.BaseDirectory, "vissearch.dll")}'";
        start.Environment["VISSEARCH_STORE"] = gallery.Store;
        start.Environment["VISSEARCH_GALLERY"] = Repository.Gallery;
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using Process python = Process.Start(start)!;
        string output = await python.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await python.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(python.ExitCode == 0, output);
        Assert.DoesNotContain("Ran 0 tests", output, StringComparison.Ordinal);
    }
}
