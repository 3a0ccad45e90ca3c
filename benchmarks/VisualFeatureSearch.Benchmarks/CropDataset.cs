using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Search.Index;

namespace VisualFeatureSearch.Benchmarks;

/// <summary>A store with its photographs on disk and its index, as a user has it, in any size.</summary>
internal static class CropDataset
{
    public const string Layer = "Conv_1";

    /// <summary>Opens the store, or makes it from the gallery (0 images) or from so many crops of it.</summary>
    public static async Task<FeatureStore> OpenAsync(string path, int images)
    {
        if (Directory.Exists(path))
        {
            return FeatureStore.Open(path);
        }

        NetworkModel model = ModelLocator.Load("ssd-mobilenet-v2-oid");
        string making = path + ".making";
        await FeaturePrecomputer.RunAsync(new PrecomputeJob
        {
            Images = ImageList.Open(images == 0 ? GalleryCrops.Gallery : WriteCrops(path + "-images", images)),
            Model = model,
            Layers = [Layer],
            Transform = ImageTransform.Parse($"tensorflow:{GalleryCrops.Size}"),
            StorePath = making,
            Created = DateTimeOffset.UnixEpoch,
        }).ConfigureAwait(false);
        FeatureStore store = FeatureStore.Open(making);
        foreach (FeatureArray layer in store.Arrays.Where(IndexBuilder.IsWorthwhile))
        {
            IndexBuilder.Build(store, layer, DateTimeOffset.UnixEpoch);
        }

        Directory.Move(making, path);
        return FeatureStore.Open(path);
    }

    private static string WriteCrops(string folder, int images)
    {
        const int FolderSize = 1000;
        Parallel.For(0, (images + FolderSize - 1) / FolderSize, part =>
        {
            Random random = new(part);
            string target = Directory.CreateDirectory(Path.Combine(folder, $"{part:000}")).FullName;
            for (int i = part * FolderSize; i < Math.Min((part + 1) * FolderSize, images); i++)
            {
                File.WriteAllBytes(Path.Combine(target, $"{i:000000}.jpg"), ImageEncoder.ToJpeg(GalleryCrops.Next(random)));
            }
        });
        return folder;
    }
}
