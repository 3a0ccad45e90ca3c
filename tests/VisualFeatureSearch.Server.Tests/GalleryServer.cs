using Microsoft.AspNetCore.Builder;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Server.Tests;

/// <summary>A server over the bundled gallery and one of the original's caches, on a port of its own.</summary>
public sealed class GalleryServer : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private WebApplication? _app;

    public HttpClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        NetworkModel model = NetworkModel.Load(Repository.Model("ssd-mobilenet-v2-oid.onnx"));
        await FeaturePrecomputer.RunAsync(new PrecomputeJob
        {
            Images = ImageList.Open(Repository.Gallery),
            Model = model,
            Layers = ["expanded_conv_5/add", "expanded_conv_15/add"],
            Transform = ImageTransform.TensorFlow(224),
            StorePath = _folder["gallery"],
            Created = DateTimeOffset.UnixEpoch,
        });
        _app = VisualFeatureSearchServer.Create(new ServerOptions { Stores = [_folder["gallery"], Repository.Golden("zarr/g7")] });
        await _app.StartAsync();
        Client = new HttpClient { BaseAddress = new Uri(_app.Urls.First()) };
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        _folder.Dispose();
    }
}
