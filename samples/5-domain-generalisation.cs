#:project ../src/VisualFeatureSearch.Server/VisualFeatureSearch.Server.csproj
#:property PublishAot=false

// 5. Domain generalisation: camera traps take many frames of the same place. With at most one result for each camera, an answer shows
// whether an animal is found elsewhere, at the cameras of training (in domain) and at others (out of domain).
// Run it with: dotnet run samples/5-domain-generalisation.cs (with --headless nobody is asked to paint)
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Figures;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Server.Widgets;

const int Side = 320;
string gallery = Path.Combine((string)AppContext.GetData("EntryPointFileDirectoryPath")!, "..", "assets", "gallery");

// Your own: a model as ONNX and one of its layers.
(string name, string layer) = (Path.Combine(gallery, "..", "models", "ssd-mobilenet-v2-oid.onnx"), "expanded_conv_12/add");

// The frames: 12 sites, 8 frames of each with one of three animals pasted in. For iWildCam of WILDS its metadata.csv is the manifest.
string[] animals = ["hoofed-animal/alpaca.jpg", "cat/kitten.jpg", "small-mammal/red-panda.jpg"];
string[] scenes = [.. ((string[])["landscape", "dam", "ancient-ruin", "windmill"]).SelectMany(label => Directory.EnumerateFiles(Path.Combine(gallery, label), "*.jpg").Order(StringComparer.Ordinal)).Take(12)];
Random random = new(5);
Directory.CreateDirectory("frames");
List<string> manifest = ["path,label,site,split"];
for (int site = 0; site < scenes.Length; site++)
{
    for (int number = 0; number < 8; number++)
    {
        int animal = random.Next(animals.Length);
        await File.WriteAllBytesAsync($"frames/{site:00}-{number}.jpg", ImageEncoder.ToJpeg(Frame(site, animal).Image));
        manifest.Add($"{site:00}-{number}.jpg,{Path.GetFileNameWithoutExtension(animals[animal])},{site},{(site < 8 ? "in" : "out")}");
    }
}

await File.WriteAllLinesAsync("frames/manifest.csv", manifest);
NetworkModel model = NetworkModel.Load(name);
await FeaturePrecomputer.RunAsync(new PrecomputeJob
{
    Images = ImageList.Open("frames/manifest.csv"),
    Model = model,
    Layers = [layer],
    Transform = model.DefaultTransform(),
    StorePath = "frames.zarr",
    Overwrite = true,
    Created = TimeProvider.System.GetUtcNow(),
});
FeatureStore store = FeatureStore.Open("frames.zarr");
using PhotographSearch search = new(store, name);

// The highlight: a red panda in a further frame of site 0, with some of the place around it, as a quick hand takes it.
(PixelImage query, int left, int top, int size) = Frame(0, 2);
PixelImage mask = args.Contains("--headless") ? Box(left - 20, top - 20, size + 40) : await new HighlightWidget(query, Side).ShowAsync();
IReadOnlyList<float[]> maps = search.Extract(query);
Ask("all domains", new SearchRequestOptions { Top = 8 });
Ask("one of each domain", new SearchRequestOptions { Top = 8, Unique = "site" });
Ask("out of domain", new SearchRequestOptions { Top = 8, Where = "split = 'out'" });

void Ask(string title, SearchRequestOptions request)
{
    var (array, region, answer) = search.Search(maps, mask, null, layer, request);
    SearchReport report = SearchReport.Create(store, array, region, answer, ["site", "split"]);
    int sites = report.Results.Select(result => result.Columns!["site"]).Distinct().Count();
    Console.WriteLine($"{title,-20} {sites} sites, {report.Results.Count(result => result.Label == "red-panda")} of {report.Results.Count} with the animal: {title}.svg");
    File.WriteAllText($"{title}.svg", ResultFigure.ToSvg(query, mask, report, result => search.Transform.Cut(ImageDecoder.DecodeFile(Path.Combine("frames", result.Path!))), columns: 8));
}

// A frame of a site with an animal, in the light of its hour, and the animal's box.
(PixelImage Image, int Left, int Top, int Size) Frame(int site, int animal)
{
    PixelImage scene = ImageTransform.TensorFlow(Side).Cut(ImageDecoder.DecodeFile(scenes[site]));
    int size = random.Next(100, 140);
    PixelImage cutOut = ImageTransform.TensorFlow(size).Cut(ImageDecoder.DecodeFile(Path.Combine(gallery, animals[animal])));
    (int left, int top) = (random.Next(Side - size), random.Next(Side - size));
    double light = 0.6 + (0.6 * random.NextDouble());
    byte[] pixels = [.. scene.Pixels];
    for (int i = 0; i < size * size; i++)
    {
        (int x, int y) = (i % size, i / size);
        double alpha = Math.Clamp(8 * (1 - Math.Sqrt(Math.Pow(((x + 0.5) / size * 2) - 1, 2) + Math.Pow(((y + 0.5) / size * 2) - 1, 2))), 0, 1);
        for (int channel = 0; channel < 3; channel++)
        {
            int at = ((((top + y) * Side) + left + x) * 3) + channel;
            pixels[at] = (byte)((alpha * cutOut.Pixels[(3 * i) + channel]) + ((1 - alpha) * pixels[at]));
        }
    }

    return (new PixelImage(Side, Side, 3, [.. pixels.Select(value => (byte)Math.Min(255, light * value))]), left, top, size);
}

static PixelImage Box(int left, int top, int size) => new(
    Side, Side, 1, [.. Enumerable.Range(0, Side * Side).Select(i => i % Side >= left && i % Side < left + size && i / Side >= top && i / Side < top + size ? byte.MaxValue : (byte)0)]);
