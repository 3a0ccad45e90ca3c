#:project ../src/VisualFeatureSearch.Server/VisualFeatureSearch.Server.csproj
#:property PublishAot=false

// 2. Building a cache: the features of a data set like COCO, computed once, at two layers.
// Run it with: dotnet run samples/2-building-a-cache.cs
using System.Text.Json;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Models;

string assets = Path.Combine((string)AppContext.GetData("EntryPointFileDirectoryPath")!, "..", "assets");

// Your own: the folder of the photographs (val2017), and instead of "annotations.json" COCO's instances_val2017.json.
string images = Path.Combine(assets, "gallery");

// Your own: a model as ONNX and its layers.
(string name, string[] layers) = (Path.Combine(assets, "models", "ssd-mobilenet-v2-oid.onnx"), ["expanded_conv_12/add", "expanded_conv_15/add"]);

// The bundled photographs, described as COCO describes its own.
string[] photographs = [.. ImageList.Open(images).Entries.Select(entry => entry.Path)];
string[] categories = [.. photographs.Select(path => path.Split('/')[0]).Distinct()];
File.WriteAllText("annotations.json", JsonSerializer.Serialize(new
{
    images = photographs.Select((path, id) => new { id, file_name = path }),
    categories = categories.Select((category, id) => new { id, name = category }),
    annotations = photographs.Select((path, id) => new { id, image_id = id, category_id = Array.IndexOf(categories, path.Split('/')[0]) }),
}));

// One pass for both layers. It can be stopped at any time: run again, it goes on where it was.
NetworkModel model = NetworkModel.Load(name);
PrecomputeJob job = new()
{
    Images = ImageList.Open("annotations.json", new DatasetOptions { ImagesRoot = images }),
    Model = model,
    Layers = layers,
    Transform = model.DefaultTransform(),
    StorePath = "coco-like.zarr",
    Created = TimeProvider.System.GetUtcNow(),
};
PrecomputeSummary first = await FeaturePrecomputer.RunAsync(job);
Console.WriteLine($"{first.Images} photographs in {first.Elapsed.TotalSeconds:0.0} s");
PrecomputeSummary second = await FeaturePrecomputer.RunAsync(job);
Console.WriteLine($"again: {second.Resumed} were there already");

// What is in it: an array [images, channels, height, width] for each layer, and the manifest.
FeatureStore store = FeatureStore.Open("coco-like.zarr");
foreach (FeatureArray array in store.Arrays)
{
    Console.WriteLine($"{array.Name} [{array.Count}, {array.Channels}, {array.Height}, {array.Width}], the first image is {store.Images[0].Path} ({store.Images[0].Label})");
}

// The strength of the features over the grid, on average.
FeatureArray last = store.Arrays[^1];
double[] strength = new double[last.Height * last.Width];
for (long image = 0; image < last.Count; image++)
{
    float[] map = last.ReadMap(image);
    for (int cell = 0; cell < strength.Length; cell++)
    {
        double sum = 0;
        for (int channel = 0; channel < last.Channels; channel++)
        {
            sum += map[(channel * strength.Length) + cell] * map[(channel * strength.Length) + cell];
        }

        strength[cell] += Math.Sqrt(sum) / last.Count;
    }
}

Console.WriteLine("mean norm of the features of a cell:");
for (int y = 0; y < last.Height; y++)
{
    Console.WriteLine(string.Concat(strength.Skip(y * last.Width).Take(last.Width).Select(norm => $"{norm,6:0.0}")));
}
