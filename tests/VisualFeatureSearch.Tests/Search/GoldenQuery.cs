using System.Text.Json;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Tests.Support;
using VisualFeatureSearch.Zarr;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Tests.Search;

/// <summary>One query that the original tool answered, with its answer for every image.</summary>
internal sealed record GoldenQuery(FeatureArray Features, RegionKernel Region, float[] Similarities, float[] Xs, float[] Ys, float[] Gaps)
{
    public static TheoryData<string> Names
    {
        get
        {
            TheoryData<string> names = [];
            using JsonDocument index = JsonDocument.Parse(File.ReadAllBytes(Repository.Golden("index.json")));
            foreach (JsonElement query in index.RootElement.GetProperty("queries").EnumerateArray())
            {
                names.Add(query.GetProperty("name").GetString()!);
            }

            return names;
        }
    }

    public static GoldenQuery Load(string name)
    {
        using JsonDocument index = JsonDocument.Parse(File.ReadAllBytes(Repository.Golden("index.json")));
        JsonElement query = index.RootElement.GetProperty("queries").EnumerateArray().Single(q => q.GetProperty("name").GetString() == name);
        JsonElement cache = index.RootElement.GetProperty("caches").EnumerateArray().Single(c => c.GetProperty("name").GetString() == query.GetProperty("cache").GetString());
        ZarrGroup group = ZarrGroup.Open(new DirectoryStore(Repository.Golden(cache.GetProperty("path").GetString()!)));
        FeatureArray features = new(group.OpenArray(cache.GetProperty("array").GetString()!));
        string folder = Repository.Golden(query.GetProperty("dir").GetString()!);
        NpyFile map = NpyFile.Read(Path.Combine(folder, "query.npy"));
        NpyFile mask = NpyFile.Read(Path.Combine(folder, "mask.npy"));
        RegionKernel region = RegionKernel.Create(map.Values, map.Shape[^3], new RegionMask(mask.Shape[0], mask.Shape[1], mask.Values));
        return new GoldenQuery(
            features, region, Read("sims64.npy"), Read("xs64.npy"), Read("ys64.npy"), Read("gap64.npy"));

        float[] Read(string file) => NpyFile.Read(Path.Combine(folder, file)).Values;
    }
}
