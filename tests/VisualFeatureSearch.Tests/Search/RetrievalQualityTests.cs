using VisualFeatureSearch.Benchmarks;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Tests.Search;

/// <summary>
/// Photographs with pasted objects at known places: what is highlighted must be found again, where it is. A mistake anywhere between
/// a file's pixels and the network's input shows here, and nowhere else, as worse answers.
/// </summary>
public sealed class RetrievalQualityTests
{
    private const int PerKind = 8;
    private const int Kinds = 10;
    private const int Top = 4;
    private const string Layer = "expanded_conv_12/add";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_highlighted_object_is_found_in_other_photographs_where_it_is()
    {
        using TemporaryFolder folder = new();
        PastedObjects objects = new(Repository.Gallery);
        Random random = new(3);
        Dictionary<string, (int Kind, double X, double Y, double Size)> truth = [];
        Directory.CreateDirectory(folder["images"]);
        for (int i = 0; i < Kinds * PerKind; i++)
        {
            (PixelImage image, double x, double y, double size) = objects.Next(i % Kinds, random);
            truth[$"{i:00}.jpg"] = (i % Kinds, x, y, size);
            await File.WriteAllBytesAsync(folder[$"images/{i:00}.jpg"], ImageEncoder.ToJpeg(image), Token);
        }

        string network = Repository.Model("ssd-mobilenet-v2-oid.onnx");
        NetworkModel model = NetworkModel.Load(network);
        await FeaturePrecomputer.RunAsync(new PrecomputeJob
        {
            Images = ImageList.Open(folder["images"]),
            Model = model,
            Layers = [Layer],
            Transform = model.DefaultTransform(),
            StorePath = folder["store"],
            Created = DateTimeOffset.UnixEpoch,
        }, cancellationToken: Token);
        using PhotographSearch search = new(FeatureStore.Open(folder["store"]), network);
        int right = 0;
        List<double> onObject = [];
        for (int kind = 0; kind < Kinds; kind++)
        {
            (PixelImage image, double x, double y, double size) = objects.Next(kind, random);
            (FeatureArray array, _, SearchAnswer answer) = search.Search(search.Extract(search.Transform.Cut(image)), PastedObjects.Paint(x, y, size, PastedObjects.IsOnObject), null, Layer, new SearchRequestOptions { Top = Top }, cancellationToken: Token);
            foreach (Match match in answer.Matches)
            {
                (int found, double left, double top, double side) = truth[search.Store.Images[(int)match.Index].Path];
                if (found == kind)
                {
                    right++;
                    double middleX = (match.Window.X + (match.Window.Width / 2.0)) / array.Width;
                    double middleY = (match.Window.Y + (match.Window.Height / 2.0)) / array.Height;
                    onObject.Add(Math.Abs(middleX - left - (side / 2)) < side / 4 && Math.Abs(middleY - top - (side / 2)) < side / 4 ? 1 : 0);
                }
            }
        }

        // Chance alone would give a tenth.
        Assert.InRange((double)right / (Kinds * Top), 0.8, 1);
        Assert.InRange(onObject.Average(), 0.95, 1);
    }
}
