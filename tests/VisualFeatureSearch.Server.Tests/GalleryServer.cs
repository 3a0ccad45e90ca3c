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

    public IReadOnlyList<string> Warnings => VisualFeatureSearchServer.Warnings(_app!);

    public async ValueTask InitializeAsync()
    {
        await PrecomputeAsync("gallery", "ssd-mobilenet-v2-oid", ["expanded_conv_5/add", "expanded_conv_15/add"], ImageTransform.TensorFlow(224), null);

        // Another network with another crop, over some of the same photographs.
        await PrecomputeAsync("animals", "centernet-mobilenet-v3-coco", null, ImageTransform.TensorFlow(256), "label in ('cat', 'bird', 'fish', 'primate')");
        _app = VisualFeatureSearchServer.Create(new ServerOptions { Stores = [_folder["gallery"], Repository.Golden("zarr/g7"), _folder["animals"]] });
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

    private async Task PrecomputeAsync(string name, string network, string[]? layers, ImageTransform transform, string? where)
    {
        NetworkModel model = NetworkModel.Load(Repository.Model(network + ".onnx"));
        await FeaturePrecomputer.RunAsync(new PrecomputeJob
        {
            Images = ImageList.Open(Repository.Gallery, DatasetOptions.Default with { Where = where }),
            Model = model,
            Layers = layers ?? [model.ListLayers(transform)[^1].Name],
            Transform = transform,
            StorePath = _folder[name],
            Created = DateTimeOffset.UnixEpoch,
        });
    }
}
