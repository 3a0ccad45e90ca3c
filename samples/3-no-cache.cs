#:project ../src/VisualFeatureSearch.Server/VisualFeatureSearch.Server.csproj
#:property PublishAot=false

// 3. No cache: for a look at a few hundred photographs their features are computed into memory, at an early and at a late layer.
// Run it with: dotnet run samples/3-no-cache.cs (with --headless nobody is asked to paint)
using VisualFeatureSearch.Analysis;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Figures;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Server.Widgets;

string assets = Path.Combine((string)AppContext.GetData("EntryPointFileDirectoryPath")!, "..", "assets");

// Your own: a folder of a few hundred photographs.
string images = Path.Combine(assets, "gallery");

// Your own: a model as ONNX, an early and a late layer of it.
(string name, string early, string late) = (Path.Combine(assets, "models", "ssd-mobilenet-v2-oid.onnx"), "expanded_conv_5/add", "expanded_conv_15/add");
NetworkModel model = NetworkModel.Load(name);
FeatureStore store = await FeaturePrecomputer.RunInMemoryAsync(new PrecomputeJob
{
    Images = ImageList.Open(images),
    Model = model,
    Layers = [early, late],
    Transform = model.DefaultTransform(),
    StorePath = "live",
    Created = TimeProvider.System.GetUtcNow(),
});
using PhotographSearch search = new(store, name);

PixelImage crop = search.Transform.Cut(ImageDecoder.DecodeFile(Path.Combine(images, "primate", "mountain-gorilla.jpg")));
PixelImage mask = args.Contains("--headless") ? Ellipse(crop.Width, crop.Height) : await new HighlightWidget(crop, crop.Width).ShowAsync();
IReadOnlyList<float[]> maps = search.Extract(crop);
string[] furry = ["primate", "small-mammal", "hoofed-animal", "cat", "dog-or-bear", "marsupial"];
List<long[]> rankings = [];
foreach ((string title, string layer) in (ValueTuple<string, string>[])[("early", early), ("late", late)])
{
    var (array, region, answer) = search.Search(maps, mask, null, layer, new SearchRequestOptions { Top = 24 });
    SearchReport report = SearchReport.Create(store, array, region, answer);
    rankings.Add([.. report.Results.Select(result => result.Index)]);
    SearchReport best = report with { Results = [.. report.Results.Take(8)] };
    File.WriteAllText($"{title}.svg", ResultFigure.ToSvg(crop, mask, best, result => search.Transform.Cut(ImageDecoder.DecodeFile(Path.Combine(images, result.Path!))), columns: 8));
    Console.WriteLine($"{layer,-22} {array.Height} x {array.Width} cells, furry animals among the first ten: {report.Results.Take(10).Count(result => furry.Contains(result.Label))}, {title}.svg");
}

// How much they agree: the share of photographs that both have, and the same with the first ranks counting most.
Console.WriteLine($"of 24: shared {RankOverlap.AtDepth(rankings[0], rankings[1], 24):0%}, rank-biased overlap {RankOverlap.RankBiased(rankings[0], rankings[1]):0.00}");

static PixelImage Ellipse(int width, int height) => new(
    width, height, 1, [.. Enumerable.Range(0, width * height).Select(i => Math.Pow((((i % width) / (double)width) - 0.48) / 0.14, 2) + Math.Pow((((i / width) / (double)height) - 0.4) / 0.18, 2) <= 1 ? byte.MaxValue : (byte)0)]);
