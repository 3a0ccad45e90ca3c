#:project ../src/VisualFeatureSearch.Server/VisualFeatureSearch.Server.csproj
#:package ScottPlot
#:property PublishAot=false

// 6. Does a region go with a label? Data of which the answer is known: a marker is pasted onto photographs, in one dataset more
// often where the label is "marked", in the other as often with either label. The test must tell the two apart.
// Run it with: dotnet run samples/6-label-correlation.cs (with --headless nobody is asked to paint)
using ScottPlot;
using VisualFeatureSearch.Analysis;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Server.Widgets;

const int Side = 224;
const int Radius = 26;
string assets = Path.Combine((string)AppContext.GetData("EntryPointFileDirectoryPath")!, "..", "assets");
string[] gallery = [.. Directory.EnumerateFiles(Path.Combine(assets, "gallery"), "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

// Your own: a model as ONNX and one of its layers.
(string name, string layer) = (Path.Combine(assets, "models", "ssd-mobilenet-v2-oid.onnx"), "expanded_conv_12/add");
NetworkModel model = NetworkModel.Load(name);
ImageTransform transform = ImageTransform.TensorFlow(Side);

// Your own, such as NIH chest X-rays: FeatureStore.Open("xrays.zarr") of a manifest with labels, instead of these two.
FeatureStore planted = await MakeAsync("planted", rateOfMarked: 0.8, rateOfPlain: 0.2, seed: 1);
FeatureStore nothing = await MakeAsync("null", rateOfMarked: 0.5, rateOfPlain: 0.5, seed: 2);

// The highlight: the marker on a photograph that is in neither dataset. The second region, for the contrast, is beside it.
PixelImage query = Mark(transform.Cut(ImageDecoder.DecodeFile(gallery[0])), 90, 120);
PixelImage highlight = args.Contains("--headless") ? Disc(90, 120) : await new HighlightWidget(query, Side).ShowAsync();
PixelImage beside = Disc(180, 60);

using Plot plot = new();
List<Box> boxes = [];
foreach ((string title, FeatureStore store) in (ValueTuple<string, FeatureStore>[])[("planted", planted), ("null", nothing)])
{
    using PhotographSearch search = new(store, name);
    DatasetSimilarities similarities = search.ScoreAll(search.Extract(query), highlight, beside, layer, new SearchRequestOptions()).Similarities;
    IReadOnlyList<ImageGroup> labels = ImageGroups.ByColumn(store.Images, store.ColumnNames, "label");
    Tell(title, similarities.Of(SimilarityMeasure.Highlight), labels);
    Tell($"{title}, marker minus beside", similarities.Of(SimilarityMeasure.Difference), labels);
    Tell($"{title}, beside alone", similarities.Of(SimilarityMeasure.Contrast), labels);
    foreach (GroupStatistics group in SimilarityStatistics.Create(similarities.Highlight, labels).Groups)
    {
        Distribution d = group.Distribution;
        boxes.Add(new Box { Position = boxes.Count, WhiskerMin = d.LowerWhisker, BoxMin = d.LowerQuartile, BoxMiddle = d.Median, BoxMax = d.UpperQuartile, WhiskerMax = d.UpperWhisker });
        plot.Add.Text($"{title}: {group.Name}", boxes.Count - 1, 0).Alignment = Alignment.UpperCenter;
    }
}

plot.Add.Boxes(boxes);
plot.YLabel("similarity of the best window");
plot.Axes.Bottom.IsVisible = false;
plot.SaveSvg("label-correlation.svg", 700, 400);
Console.WriteLine("the box plot is label-correlation.svg");

// The difference of medians with its interval, how often a photograph of one label is more similar than one of the other, and the permutation test.
static void Tell(string title, float[] similarities, IReadOnlyList<ImageGroup> labels)
{
    GroupStatistics marked = SimilarityStatistics.Create(similarities, labels).Groups.Single(group => group.Name == "marked");
    Console.WriteLine($"{title,-30} difference {marked.AgainstOthers!.Difference:+0.000;-0.000} ({marked.AgainstOthers.Low:+0.000;-0.000} to {marked.AgainstOthers.High:+0.000;-0.000}), wins {marked.Test!.Superiority:0%}, p {marked.Test.AdjustedPValue:0.0000}");
}

async Task<FeatureStore> MakeAsync(string folder, double rateOfMarked, double rateOfPlain, int seed)
{
    Random random = new(seed);
    Directory.CreateDirectory(folder);
    string[] photographs = [.. gallery.Skip(1)];
    random.Shuffle(photographs);
    List<string> manifest = ["path,label,has_marker"];
    for (int number = 0; number < 100; number++)
    {
        string label = number % 2 == 0 ? "marked" : "plain";
        bool hasMarker = random.NextDouble() < (number % 2 == 0 ? rateOfMarked : rateOfPlain);
        PixelImage photograph = transform.Cut(ImageDecoder.DecodeFile(photographs[number]));
        photograph = hasMarker ? Mark(photograph, random.Next(Radius, Side - Radius), random.Next(Radius, Side - Radius)) : photograph;
        await File.WriteAllBytesAsync(Path.Combine(folder, $"{number:000}.jpg"), ImageEncoder.ToJpeg(photograph));
        manifest.Add($"{number:000}.jpg,{label},{(hasMarker ? "yes" : "no")}");
    }

    await File.WriteAllLinesAsync(Path.Combine(folder, "manifest.csv"), manifest);
    await FeaturePrecomputer.RunAsync(new PrecomputeJob
    {
        Images = ImageList.Open(Path.Combine(folder, "manifest.csv")),
        Model = model,
        Layers = [layer],
        Transform = transform,
        StorePath = folder + ".zarr",
        Overwrite = true,
        Created = TimeProvider.System.GetUtcNow(),
    });
    return FeatureStore.Open(folder + ".zarr");
}

static PixelImage Mark(PixelImage photograph, int middleX, int middleY)
{
    byte[] pixels = [.. photograph.Pixels];
    for (int i = 0; i < Side * Side; i++)
    {
        double distance = Math.Sqrt(Math.Pow((i % Side) - middleX, 2) + Math.Pow((i / Side) - middleY, 2));
        if (distance < Radius)
        {
            (pixels[3 * i], pixels[(3 * i) + 1], pixels[(3 * i) + 2]) = (int)(distance / 6) % 2 == 0 ? ((byte)200, (byte)20, (byte)30) : ((byte)250, (byte)250, (byte)250);
        }
    }

    return new PixelImage(Side, Side, 3, pixels);
}

static PixelImage Disc(int middleX, int middleY) => new(
    Side, Side, 1, [.. Enumerable.Range(0, Side * Side).Select(i => Math.Pow((i % Side) - middleX, 2) + Math.Pow((i / Side) - middleY, 2) < Radius * Radius ? byte.MaxValue : (byte)0)]);
