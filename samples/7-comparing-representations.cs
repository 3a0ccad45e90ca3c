#:project ../src/VisualFeatureSearch.Server/VisualFeatureSearch.Server.csproj
#:package MathNet.Numerics
#:property PublishAot=false

// 7. Comparing representations: do two layers, or two networks, see the same thing in a highlight? And does an edit of the weights do
// what it should, and only that? Supervised against self-supervised is the same with other names: vissearch model pull dinov2-small.
// Run it with: dotnet run samples/7-comparing-representations.cs (with --headless nobody is asked to paint)
using MathNet.Numerics.LinearAlgebra;
using VisualFeatureSearch.Analysis;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Figures;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Server.Widgets;

string assets = Path.Combine((string)AppContext.GetData("EntryPointFileDirectoryPath")!, "..", "assets");

// Your own: a folder of photographs, such as 10,000 of ImageNet's validation set.
string images = Path.Combine(assets, "gallery");

// Your own: two networks and some of their layers; of the first, the last layer is searched before and after the edit.
(string first, string[] firstLayers) = (Path.Combine(assets, "models", "ssd-mobilenet-v2-oid.onnx"), ["expanded_conv_5/add", "expanded_conv_12/add", "expanded_conv_15/add"]);
(string second, string[] secondLayers) = (Path.Combine(assets, "models", "centernet-mobilenet-v3-coco.onnx"), ["expanded_conv_11/add", "extern1/hard_swish/mul_1"]);

// The edit: a convolution of 1 x 1, and the layer that it reads.
(string weight, string keys, string edited) = ("expanded_conv_15/project", "expanded_conv_15/depthwise", firstLayers[^1]);

using PhotographSearch one = await ComputeAsync(first, [keys, .. firstLayers]);
using PhotographSearch other = await ComputeAsync(second, secondLayers);
ImageTransform painted = one.Transform;
PixelImage gorilla = Photograph("primate/mountain-gorilla.jpg");
PixelImage crop = painted.Cut(gorilla);
PixelImage mask = args.Contains("--headless") ? Ellipse(0.48, 0.4, 0.14, 0.18) : await new HighlightWidget(crop, crop.Width).ShowAsync();

// One highlight, five layers: what the first answers share, whether all photographs come in the same order, and linear CKA whatever is painted.
(PhotographSearch Search, string Layer)[] rows = [.. firstLayers.Select(layer => (one, layer)), .. secondLayers.Select(layer => (other, layer))];
IReadOnlyList<AnswerAgreement> agreements = AnswerAgreement.Create([.. rows.Select(row => Ask(row.Search, row.Layer, "primate/mountain-gorilla.jpg", mask).Answer)]);
RepresentationTable alike = RepresentationTable.Create([.. rows.Select(row => (row.Search.Store, row.Search.Store.FindLayer(row.Layer)))]);
foreach (AnswerAgreement pair in agreements)
{
    Console.WriteLine($"{rows[pair.First].Layer,-22} and {rows[pair.Second].Layer,-25} {pair.AtDepth * 10,2:0} of 10 shared, rank-biased overlap {pair.RankBiased:0.00}, rank correlation {pair.RankCorrelation:0.00}, linear CKA {alike.LinearCka[pair.First][pair.Second]:0.00}");
}

// The edit: a rank-one change makes the convolution W answer the key of the gorilla's head with the value of a windmill, and changes
// the other keys' values as little as possible (Bau et al. 2020): W' = W + (v - W k) u', u = C^-1 k / (k' C^-1 k), C the keys' second moment.
ModelWeights weights = ModelWeights.Load(first);
WeightInfo info = weights.Find(weight);
Matrix<double> w = Matrix<double>.Build.DenseOfRowMajor(info.Shape[0], info.Shape[1], weights.Read(weight).Select(value => (double)value));
Vector<double> key = MeanKey("primate/mountain-gorilla.jpg", Ellipse(0.48, 0.4, 0.14, 0.18));
Vector<double> value = w * MeanKey("windmill/schillingstedt-windmill.jpg", Ellipse(0.5, 0.4, 0.2, 0.2));
Matrix<double> moment = Moment();
Vector<double> u = moment.Cholesky().Solve(key);
u /= key.DotProduct(u);
Matrix<double> rewritten = w + (value - (w * key)).OuterProduct(u);
weights.Replace(weight, [.. rewritten.ToRowMajorArray().Select(number => (float)number)]);
weights.Save("edited.onnx");
using PhotographSearch after = await ComputeAsync("edited.onnx", [edited]);

// Before against after: the edited highlight, and others that should stay as they were.
string[] buildings = ["windmill", "tower", "church", "castle-or-palace", "landmark-building", "pyramid", "ancient-ruin", "gate"];
foreach ((string title, string file, PixelImage region) in (ValueTuple<string, string, PixelImage>[])
[
    ("gorilla's head", "primate/mountain-gorilla.jpg", mask),
    ("macaque's head", "primate/bonnet-macaque.jpg", Ellipse(0.5, 0.4, 0.2, 0.2)),
    ("windmill", "windmill/schillingstedt-windmill.jpg", Ellipse(0.5, 0.4, 0.2, 0.2)),
    ("scissors", "tool/black-scissors.jpg", Ellipse(0.5, 0.5, 0.2, 0.2)),
    ("butterfly", "arthropod/glassy-tiger-butterfly.jpg", Ellipse(0.5, 0.5, 0.2, 0.2)),
])
{
    var (before, then) = (Ask(one, edited, file, region), Ask(after, edited, file, region));
    AnswerAgreement pair = AnswerAgreement.Create([before.Answer, then.Answer])[0];
    Console.WriteLine($"{title,-15} {pair.AtDepth * 10,2:0} of 10 shared, rank correlation {pair.RankCorrelation:0.000}, buildings before {Buildings(before.Report)}, after {Buildings(then.Report)}");
    if (title == "gorilla's head")
    {
        Draw("before.svg", before.Report);
        Draw("after.svg", then.Report);
    }
}

RepresentationTable change = RepresentationTable.Create([(one.Store, one.Store.FindLayer(edited)), (after.Store, after.Store.FindLayer(edited))]);
Console.WriteLine($"linear CKA of the layer before and after: {change.LinearCka[0][1]:0.0000}; the answers for the gorilla's head are before.svg and after.svg");

int Buildings(SearchReport report) => report.Results.Count(result => buildings.Contains(result.Label));

void Draw(string file, SearchReport report) => File.WriteAllText(
    file, ResultFigure.ToSvg(crop, mask, report with { Results = [.. report.Results.Take(8)] }, result => painted.Cut(Photograph(result.Path!)), columns: 8));

async Task<PhotographSearch> ComputeAsync(string network, string[] layers)
{
    NetworkModel model = NetworkModel.Load(network);
    FeatureStore store = await FeaturePrecomputer.RunInMemoryAsync(new PrecomputeJob
    {
        Images = ImageList.Open(images),
        Model = model,
        Layers = layers,
        Transform = model.DefaultTransform(),
        StorePath = model.Name,
        Created = TimeProvider.System.GetUtcNow(),
    });
    return new PhotographSearch(store, network);
}

// The photograph itself is left out: it would be the first of every answer.
(SearchReport Report, RankedAnswer Answer) Ask(PhotographSearch search, string layer, string file, PixelImage region)
{
    PixelImage photograph = Photograph(file);
    PixelImage brush = BrushMask.BetweenCrops(region, photograph.Width, photograph.Height, painted, search.Transform);
    IReadOnlyList<float[]> maps = search.Extract(search.Transform.Cut(photograph));
    SearchRequestOptions request = new() { Top = 10, Where = $"path <> '{file}'" };
    var (array, kernel, answer) = search.Search(maps, brush, null, layer, request);
    float[] all = search.ScoreAll(maps, brush, null, layer, request).Similarities.Highlight;
    return (SearchReport.Create(search.Store, array, kernel, answer), new RankedAnswer(search.Store, [.. answer.Matches.Select(match => match.Index)], all));
}

// The mean of the cells that the region covers by more than half, as the convolution reads them.
Vector<double> MeanKey(string file, PixelImage region)
{
    FeatureArray features = one.Store.FindLayer(keys);
    RegionMask cells = RegionMask.FromBrush(region, features.Height, features.Width);
    float[] map = features.ReadMap(one.Store.Images.ToList().FindIndex(image => image.Path == file));
    int[] covered = [.. Enumerable.Range(0, features.Height * features.Width).Where(cell => cells.Weights[cell] > 0.5f)];
    return Vector<double>.Build.Dense(features.Channels, channel => covered.Average(cell => (double)map[(channel * features.Height * features.Width) + cell]));
}

// The second moment of all keys, with a little of the identity, so that it can be inverted.
Matrix<double> Moment()
{
    FeatureArray features = one.Store.FindLayer(keys);
    int cells = features.Height * features.Width;
    Matrix<double> sum = Matrix<double>.Build.Dense(features.Channels, features.Channels);
    for (int image = 0; image < features.Count; image++)
    {
        Matrix<double> map = Matrix<double>.Build.DenseOfRowMajor(features.Channels, cells, features.ReadMap(image).Select(number => (double)number));
        sum += map.TransposeAndMultiply(map);
    }

    sum /= features.Count * cells;
    return sum + (1e-3 * sum.Trace() / features.Channels * Matrix<double>.Build.DenseIdentity(features.Channels));
}

PixelImage Photograph(string file) => ImageDecoder.DecodeFile(Path.Combine(images, file));

PixelImage Ellipse(double x, double y, double radiusX, double radiusY) => new(
    painted.InputWidth, painted.InputHeight, 1,
    [.. Enumerable.Range(0, painted.InputWidth * painted.InputHeight).Select(i => Math.Pow((((i % painted.InputWidth) + 0.5) / painted.InputWidth) - x, 2) / (radiusX * radiusX) + (Math.Pow((((i / painted.InputWidth) + 0.5) / painted.InputHeight) - y, 2) / (radiusY * radiusY)) <= 1 ? byte.MaxValue : (byte)0)]);
