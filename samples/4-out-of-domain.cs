#:project ../src/VisualFeatureSearch.Server/VisualFeatureSearch.Server.csproj
#:package ScottPlot
#:property PublishAot=false

// 4. In domain against out of domain: the network was trained on photographs. Does it see the same thing in a stylised picture and
// in a drawing? One highlight on three versions of a photograph, each searched for in the same store of photographs.
// Run it with: dotnet run samples/4-out-of-domain.cs (with --headless nobody is asked to paint)
using ScottPlot;
using VisualFeatureSearch.Analysis;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Figures;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Server.Widgets;

string assets = Path.Combine((string)AppContext.GetData("EntryPointFileDirectoryPath")!, "..", "assets");

// Your own: a folder with a folder of photographs for each label, or a manifest as CSV.
string images = Path.Combine(assets, "gallery");

// Your own: a model as ONNX and one of its layers.
(string name, string layer) = (Path.Combine(assets, "models", "ssd-mobilenet-v2-oid.onnx"), "expanded_conv_15/add");
NetworkModel model = NetworkModel.Load(name);
await FeaturePrecomputer.RunAsync(new PrecomputeJob
{
    Images = ImageList.Open(images),
    Model = model,
    Layers = [layer],
    Transform = model.DefaultTransform(),
    StorePath = "out-of-domain.zarr",
    Created = TimeProvider.System.GetUtcNow(),
});
FeatureStore store = FeatureStore.Open("out-of-domain.zarr");
using PhotographSearch search = new(store, name);

PixelImage photograph = search.Transform.Cut(ImageDecoder.DecodeFile(Path.Combine(images, "hoofed-animal", "calf.jpg")));
(string Name, PixelImage Image)[] versions = [("photograph", photograph), ("stylised", Stylise(photograph)), ("drawing", Draw(photograph))];
PixelImage mask = args.Contains("--headless")
    ? Ellipse(photograph.Width, photograph.Height)
    : await new MultiHighlightWidget(versions.Select(version => version.Image), photograph.Width).ShowAsync();

// The photograph itself is left out of the answers.
SearchRequestOptions request = new() { Top = 10, Where = "path <> 'hoofed-animal/calf.jpg'" };
HashSet<long> first = [];
List<Box> boxes = [];
using Plot plot = new();
foreach ((string version, PixelImage image) in versions)
{
    IReadOnlyList<float[]> maps = search.Extract(image);
    var (array, region, answer) = search.Search(maps, mask, null, layer, request);
    SearchReport report = SearchReport.Create(store, array, region, answer);
    File.WriteAllText($"{version}.svg", ResultFigure.ToSvg(image, mask, report, result => search.Transform.Cut(ImageDecoder.DecodeFile(Path.Combine(images, result.Path!)))));

    // The similarities of all photographs: each version has some of its own size.
    float[] similarities = search.ScoreAll(maps, mask, null, layer, request).Similarities.Highlight;
    Distribution all = Distribution.Create([.. similarities.Where(similarity => !float.IsNaN(similarity)).Select(similarity => (double)similarity).Order()]);
    boxes.Add(new Box { Position = boxes.Count, WhiskerMin = all.LowerWhisker, BoxMin = all.LowerQuartile, BoxMiddle = all.Median, BoxMax = all.UpperQuartile, WhiskerMax = all.UpperWhisker });
    plot.Add.Text(version, boxes.Count - 1, 0).Alignment = Alignment.UpperCenter;
    first = first.Count == 0 ? [.. report.Results.Select(result => result.Index)] : first;
    Console.WriteLine($"{version,-10} best {report.Results[0].Similarity:0.000} ({report.Results[0].Label}), median of all {all.Median:0.000}, {report.Results.Count(result => first.Contains(result.Index))} of 10 shared with the photograph: {version}.svg");
}

plot.Add.Boxes(boxes);
plot.YLabel("similarity of the best window");
plot.Axes.Bottom.IsVisible = false;
plot.SaveSvg("out-of-domain.svg", 600, 400);

// Few colours and no fine detail: squares of 6 pixels, in 8 steps a channel.
static PixelImage Stylise(PixelImage image)
{
    PixelImage coarse = Resampler.Resize(Resampler.Resize(image, image.Width / 6, image.Height / 6), image.Width, image.Height);
    return new PixelImage(image.Width, image.Height, 3, [.. coarse.Pixels.Select(value => (byte)(value / 32 * 32))]);
}

// Edges, dark on white.
static PixelImage Draw(PixelImage image)
{
    byte[] pixels = [.. Enumerable.Repeat(byte.MaxValue, image.Pixels.Length)];
    for (int y = 1; y < image.Height - 1; y++)
    {
        for (int x = 1; x < image.Width - 1; x++)
        {
            double across = Grey(x + 1, y) - Grey(x - 1, y);
            double down = Grey(x, y + 1) - Grey(x, y - 1);
            pixels.AsSpan(((y * image.Width) + x) * 3, 3).Fill((byte)(255 - Math.Min(255, 3 * Math.Sqrt((across * across) + (down * down)))));
        }
    }

    return new PixelImage(image.Width, image.Height, 3, pixels);

    double Grey(int x, int y)
    {
        ReadOnlySpan<byte> colour = image.Pixels.AsSpan(((y * image.Width) + x) * 3, 3);
        return (0.299 * colour[0]) + (0.587 * colour[1]) + (0.114 * colour[2]);
    }
}

static PixelImage Ellipse(int width, int height) => new(
    width, height, 1, [.. Enumerable.Range(0, width * height).Select(i => Math.Pow((((i % width) / (double)width) - 0.48) / 0.2, 2) + Math.Pow((((i / width) / (double)height) - 0.48) / 0.3, 2) <= 1 ? byte.MaxValue : (byte)0)]);
