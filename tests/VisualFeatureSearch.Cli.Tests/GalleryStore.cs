using NetVips;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Cli.Tests;

/// <summary>A store over the bundled gallery, made by the command itself.</summary>
public sealed class GalleryStore : IAsyncLifetime
{
    public const int Side = 320;

    private readonly TemporaryFolder _folder = new();
    private int _masks;

    public string Store => _folder["gallery"];

    public async ValueTask InitializeAsync()
    {
        Outcome outcome = await Vissearch.RunAsync(
            "precompute", Repository.Gallery, "--model", "ssd-mobilenet-v2-oid", "--layer", "expanded_conv_5/add", "--layer", "expanded_conv_15/add",
            "--transform", $"tensorflow:{Side}", "--out", Store);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
    }

    /// <summary>A painted ellipse on the crop, as a PNG file; places and radii are parts of its side.</summary>
    public string Head(double x, double y, double radiusX, double radiusY)
    {
        byte[] pixels = new byte[Side * Side * 4];
        for (int i = 0; i < Side * Side; i++)
        {
            double dx = ((i % Side) - (x * Side)) / Math.Max(radiusX * Side, 1e-9);
            double dy = ((i / Side) - (y * Side)) / Math.Max(radiusY * Side, 1e-9);
            pixels[(4 * i) + 3] = radiusX > 0 && (dx * dx) + (dy * dy) <= 1 ? (byte)255 : (byte)0;
        }

        using Image mask = Image.NewFromMemory(pixels, Side, Side, 4, Enums.BandFormat.Uchar).Copy(interpretation: Enums.Interpretation.Srgb);
        string path = _folder[$"mask-{Interlocked.Increment(ref _masks)}.png"];
        File.WriteAllBytes(path, mask.PngsaveBuffer());
        return path;
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
