using Markdig.Syntax.Inlines;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Server.Api;
using VisualFeatureSearch.Server.Stores;

namespace VisualFeatureSearch.Server.Articles.Rendering;

/// <summary>Pictures inside of the page, so that it is one file that needs nothing else.</summary>
/// <param name="folder">The article's folder.</param>
internal sealed class EmbeddedPictures(string folder) : IPictureSource
{
    /// <summary>Pixels across of a result: twice as many as it is shown with.</summary>
    private const int ResultWidth = 256;

    private const int Quality = 80;

    public string ResultCrop(ServedStore store, long index)
    {
        PixelImage crop = Crop(store, store.ReadImage(index));
        return Jpeg(crop.Width > ResultWidth ? Resampler.Resize(crop, ResultWidth, crop.Height * ResultWidth / crop.Width) : crop);
    }

    public string QueryCrop(ServedStore store, QueryImageModel image, Func<byte[]> read) => Jpeg(Crop(store, read()));

    public string Beside(LinkInline link, int place)
    {
        byte[] bytes = ArticlePictures.Read(folder, link.Url!);
        return $"data:{ArticlePictures.MediaType(bytes)};base64,{Convert.ToBase64String(bytes)}";
    }

    private static PixelImage Crop(ServedStore store, byte[] file) => store.RequirePhotographs().Transform.Cut(ImageDecoder.Decode(file));

    private static string Jpeg(PixelImage image) => $"data:image/jpeg;base64,{Convert.ToBase64String(ImageEncoder.ToJpeg(image, Quality))}";
}
