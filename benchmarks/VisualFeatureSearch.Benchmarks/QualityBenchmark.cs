using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search;

namespace VisualFeatureSearch.Benchmarks;

/// <summary>
/// How good retrieval is, for layers, networks and shapes of the mask, on photographs with pasted objects: how many of the ten most
/// similar photographs have the highlighted object, and how well their windows lie on it.
/// </summary>
internal static class QualityBenchmark
{
    private const int PerKind = 20;
    private const int QueriesPerKind = 2;
    private const int Top = 10;

    private static readonly (string Model, string[] Layers)[] Networks =
    [
        ("ssd-mobilenet-v2-oid", ["expanded_conv_5/add", "expanded_conv_9/add", "expanded_conv_12/add", "expanded_conv_15/add", "Conv_1"]),
        ("centernet-mobilenet-v3-coco", ["expanded_conv_9/add", "expanded_conv_11/add", "expanded_conv_14/add"]),
    ];

    /// <summary>The shapes of masks, over a box with sides of 1: whether a place is painted.</summary>
    private static readonly (string Name, Func<double, double, bool> IsPainted)[] Shapes =
    [
        ("box", (_, _) => true),
        ("outline", PastedObjects.IsOnObject),
        ("stroke", (x, y) => Math.Abs(y - 0.5) < 0.12 && Math.Abs(x - 0.5) < 0.35),
        ("dot", (x, y) => Math.Pow(x - 0.5, 2) + Math.Pow(y - 0.5, 2) < 0.15 * 0.15),
    ];

    public static async Task<int> RunAsync()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("vissearch-quality-");
        try
        {
            PastedObjects objects = new(GalleryCrops.Gallery);
            Dictionary<string, (int Kind, double X, double Y, double Size)> truth = Write(objects, folder.CreateSubdirectory("images").FullName);
            Random random = new(2);
            (int Kind, PixelImage Image, double X, double Y, double Size)[] queries =
            [
                .. from kind in Enumerable.Range(0, objects.Objects.Length)
                   from _ in Enumerable.Range(0, QueriesPerKind)
                   let pasted = objects.Next(kind, random)
                   select (kind, pasted.Image, pasted.X, pasted.Y, pasted.Size),
            ];
            double chance = (double)PerKind / truth.Count;
            Console.WriteLine($"{truth.Count} photographs, {objects.Objects.Length} objects, {queries.Length} queries; by chance {chance:0.000} of the photographs have the object\n");
            Console.WriteLine("| network | layer | grid | mask | precision at 10 | window on the object | overlap (IoU) |\n|---|---|---|---|---|---|---|");
            foreach ((string name, string[] layers) in Networks)
            {
                string store = Path.Combine(folder.FullName, name);
                NetworkModel model = ModelLocator.Load(name);
                await FeaturePrecomputer.RunAsync(new PrecomputeJob
                {
                    Images = ImageList.Open(Path.Combine(folder.FullName, "images")),
                    Model = model,
                    Layers = layers,
                    Transform = model.DefaultTransform(),
                    StorePath = store,
                    Created = DateTimeOffset.UnixEpoch,
                }).ConfigureAwait(false);
                using PhotographSearch search = new(FeatureStore.Open(store));
                IReadOnlyList<float[]>[] maps = [.. queries.Select(query => search.Extract(search.Transform.Cut(query.Image)))];
                foreach (string layer in layers)
                {
                    foreach ((string shape, Func<double, double, bool> isPainted) in Shapes)
                    {
                        Report(search, layer, shape, queries.Select((query, i) => (query.Kind, maps[i], PastedObjects.Paint(query.X, query.Y, query.Size, isPainted))), truth);
                    }
                }
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        return 0;
    }

    private static Dictionary<string, (int Kind, double X, double Y, double Size)> Write(PastedObjects objects, string folder)
    {
        Random random = new(1);
        Dictionary<string, (int, double, double, double)> truth = [];
        for (int kind = 0; kind < objects.Objects.Length; kind++)
        {
            for (int i = 0; i < PerKind; i++)
            {
                (PixelImage image, double x, double y, double size) = objects.Next(kind, random);
                string name = $"{kind:00}-{i:00}.jpg";
                File.WriteAllBytes(Path.Combine(folder, name), ImageEncoder.ToJpeg(image));
                truth[name] = (kind, x, y, size);
            }
        }

        return truth;
    }

    private static void Report(
        PhotographSearch search, string layer, string shape, IEnumerable<(int Kind, IReadOnlyList<float[]> Maps, PixelImage Mask)> queries, Dictionary<string, (int Kind, double X, double Y, double Size)> truth)
    {
        List<double> precision = [], inside = [], overlap = [];
        FeatureArray array = search.OpenLayer(layer).Features;
        foreach ((int kind, IReadOnlyList<float[]> maps, PixelImage mask) in queries)
        {
            PixelImage onCrop = BrushMask.OnCrop(mask, PastedObjects.Side, PastedObjects.Side, search.Transform);
            SearchAnswer answer = search.Search(maps, onCrop, null, layer, new SearchRequestOptions { Top = Top }).Answer;
            int right = 0;
            foreach (Match match in answer.Matches)
            {
                (int found, double x, double y, double size) = truth[search.Store.Images[(int)match.Index].Path];
                if (found != kind)
                {
                    continue;
                }

                right++;
                (double shared, double own) = Intersect(match.Window, array, x, y, size);
                inside.Add(shared / own);
                overlap.Add(shared / (own + (size * size) - shared));
            }

            precision.Add((double)right / Top);
        }

        Console.WriteLine($"| {search.Store.Header!.Model.Name} | {layer} | {array.Height} x {array.Width} | {shape} | {precision.Average():0.00} | {(inside.Count > 0 ? inside.Average() : 0):0.00} | {(overlap.Count > 0 ? overlap.Average() : 0):0.00} |");
    }

    /// <summary>The areas of what a window shares with the object's box, and of the window, as parts of the photograph.</summary>
    private static (double Shared, double Own) Intersect(Window window, FeatureArray array, double x, double y, double size)
    {
        (double left, double right) = ((double)window.X / array.Width, (double)(window.X + window.Width) / array.Width);
        (double top, double bottom) = ((double)window.Y / array.Height, (double)(window.Y + window.Height) / array.Height);
        double across = Math.Max(0, Math.Min(right, x + size) - Math.Max(left, x));
        double down = Math.Max(0, Math.Min(bottom, y + size) - Math.Max(top, y));
        return (across * down, (right - left) * (bottom - top));
    }
}
