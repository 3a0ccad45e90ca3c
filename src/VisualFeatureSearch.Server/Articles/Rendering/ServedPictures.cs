using Markdig.Syntax.Inlines;
using VisualFeatureSearch.Server.Api;
using VisualFeatureSearch.Server.Stores;

namespace VisualFeatureSearch.Server.Articles.Rendering;

/// <summary>Pictures by addresses of the running server, relative to the article's page.</summary>
internal sealed class ServedPictures : IPictureSource
{
    public string ResultCrop(ServedStore store, long index) => $"{Under(store)}/images/{index}/crop";

    public string QueryCrop(ServedStore store, QueryImageModel image, Func<byte[]> read) =>
        $"{Under(store)}/{(image.Index is { } index ? $"images/{index}" : $"uploads/{image.Upload}")}/crop?scale=2";

    public string Beside(LinkInline link, int place) => $"article/pictures/{place}";

    private static string Under(ServedStore store) => $"api/stores/{Uri.EscapeDataString(store.Id)}";
}
