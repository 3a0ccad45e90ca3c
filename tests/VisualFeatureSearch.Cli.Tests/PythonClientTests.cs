using System.Diagnostics;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Cli.Tests;

/// <summary>The Python client's own tests, against the command as it was built.</summary>
public sealed class PythonClientTests(GalleryStore gallery) : IClassFixture<GalleryStore>
{
    [Fact]
    public async Task The_Python_client_searches_shows_and_explains()
    {
        ProcessStartInfo start = Peer.PythonClient("zarr", Path.Combine(Repository.Root, "clients", "python"), "-m", "unittest", "discover", "tests");
        start.Environment["VISSEARCH_STORE"] = gallery.Store;
        string output = await Vissearch.RunPythonAsync(start);
        Assert.DoesNotContain("Ran 0 tests", output, StringComparison.Ordinal);
    }
}
