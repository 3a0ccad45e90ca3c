#:project ../src/VisualFeatureSearch.Server/VisualFeatureSearch.Server.csproj
#:property PublishAot=false

// 1. Basic demo: cache the features of a dataset once, paint on a photograph, and see the regions of all other photographs
// that look most alike to the network. Run it with: dotnet run samples/1-basic-demo.cs (with --headless nobody is asked to paint)
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Figures;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Server.Widgets;

string here = (string)AppContext.GetData("EntryPointFileDirectoryPath")!;

// Your own: a folder with a folder of photographs for each label, or a manifest as CSV.
string images = Path.Combine(here, "..", "assets", "gallery");

// Your own: a model as ONNX and one of its layers ("vissearch layers resnet50.onnx" lists them).
(string name, string layer) = (Path.Combine(here, "..", "assets", "models", "ssd-mobilenet-v2-oid.onnx"), "expanded_conv_15/add");

// The cache: one pass over the photographs. It can be interrupted; run again, it goes on where it was.
NetworkModel model = NetworkModel.Load(name);
await FeaturePrecomputer.RunAsync(new PrecomputeJob
{
    Images = ImageList.Open(images),
    Model = model,
    Layers = [layer],
    Transform = model.DefaultTransform(),
    StorePath = "basic-demo.zarr",
    Created = TimeProvider.System.GetUtcNow(),
});
FeatureStore store = FeatureStore.Open("basic-demo.zarr");
using PhotographSearch search = new(store, name);

// Paint on the part of the photograph that the network sees.
PixelImage crop = search.Transform.Cut(ImageDecoder.DecodeFile(Path.Combine(images, "primate", "mountain-gorilla.jpg")));
PixelImage mask = args.Contains("--headless")
    ? Ellipse(crop.Width, crop.Height, x: 0.48, y: 0.38, radiusX: 0.2, radiusY: 0.22)
    : await new HighlightWidget(crop, size: crop.Width).ShowAsync();

// Search: the window of every photograph that is most similar. The number is a cosine similarity, 1 for the same pattern.
var (array, region, answer) = search.Search(search.Extract(crop), mask, null, layer, new SearchRequestOptions { Top = 12 });
SearchReport report = SearchReport.Create(store, array, region, answer);
foreach (ResultReport result in report.Results)
{
    Console.WriteLine($"{result.Rank,3}  {result.Similarity:0.000}  {result.Path}");
}

// The figure for a paper.
File.WriteAllText("basic-demo.svg", ResultFigure.ToSvg(crop, mask, report, result => search.Transform.Cut(ImageDecoder.DecodeFile(Path.Combine(images, result.Path!)))));
Console.WriteLine($"{report.Stats.Images} photographs in {report.Stats.Milliseconds:0.0} ms; the figure is basic-demo.svg");

static PixelImage Ellipse(int width, int height, double x, double y, double radiusX, double radiusY)
{
    byte[] alpha = new byte[width * height];
    for (int i = 0; i < alpha.Length; i++)
    {
        (double dx, double dy) = ((((i % width) / (double)width) - x) / radiusX, (((i / width) / (double)height) - y) / radiusY);
        alpha[i] = (dx * dx) + (dy * dy) <= 1 ? byte.MaxValue : (byte)0;
    }

    return new PixelImage(width, height, 1, alpha);
}
