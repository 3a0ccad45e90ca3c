using System.Diagnostics;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;

namespace VisualFeatureSearch.Benchmarks;

/// <summary>
/// Precompute against the bare network: one session with the runtime's own choice of threads, fed the same numbers in a
/// loop, at the batch size that is fastest for it. Photographs are repeated to 2,000 images.
/// </summary>
internal static class PrecomputeBenchmark
{
    private const int Images = 2000;

    public static async Task<int> RunAsync(string photographs, int runs)
    {
        string[] files = [.. Directory.EnumerateFiles(photographs, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        DirectoryInfo folder = Directory.CreateTempSubdirectory("vissearch-benchmark-");
        try
        {
            // Only photographs of the size that the measurement is about.
            string[] large = [.. files.Where(file => Math.Max(Decode(file).Width, Decode(file).Height) >= 480)];
            string images = folder.CreateSubdirectory("images").FullName;
            for (int i = 0; i < Images; i++)
            {
                File.Copy(large[i % large.Length], Path.Combine(images, $"{i:0000}.jpg"));
            }

            Console.WriteLine($"{Images} images from {large.Length} photographs of 480 to 512 px, {Environment.ProcessorCount} cores, median of {runs}");
            foreach ((string model, string layer, string transform) in ((string, string, string)[])[
                ("ssd-mobilenet-v2-oid", "Conv_1", "tensorflow:224"),
                ("ssd-mobilenet-v2-oid", "Conv_1", "tensorflow:320"),
                ("centernet-mobilenet-v3-coco", "extern1/hard_swish/mul_1", "raw:256"),
                ("centernet-mobilenet-v3-coco", "extern1/hard_swish/mul_1", "raw:512")])
            {
                await CompareAsync(model, layer, transform, images, Path.Combine(folder.FullName, "store"), runs).ConfigureAwait(false);
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        return 0;
    }

    private static async Task CompareAsync(string modelName, string layer, string transformText, string images, string store, int runs)
    {
        NetworkModel model = ModelLocator.Load(modelName);
        ImageTransform transform = ImageTransform.Parse(transformText);
        PrecomputeJob job = new()
        {
            Images = ImageList.Open(images),
            Model = model,
            Layers = [layer],
            Transform = transform,
            StorePath = store,
            Overwrite = true,
            Created = DateTimeOffset.UnixEpoch,
        };
        int[] batches = [1, 8, 16];
        Dictionary<int, List<double>> bare = batches.ToDictionary(batch => batch, _ => new List<double>());
        List<double> sideBySide = [];
        List<double> whole = [];
        for (int run = -1; run < runs; run++)
        {
            foreach (int batch in batches)
            {
                double rate = BareRate(model, layer, transform, batch);
                if (run >= 0)
                {
                    bare[batch].Add(rate);
                }
            }

            double both = SideBySideRate(model, layer, transform);
            PrecomputeSummary summary = await FeaturePrecomputer.RunAsync(job).ConfigureAwait(false);
            if (run >= 0)
            {
                sideBySide.Add(both);
                whole.Add(summary.Images / summary.Elapsed.TotalSeconds);
            }
        }

        double best = batches.Max(batch => Measure.Median(bare[batch]));
        double precompute = Measure.Median(whole);
        Console.WriteLine(
            $"{modelName} {transformText}: network alone {string.Join(", ", batches.Select(batch => $"batch {batch}: {Measure.Median(bare[batch]):0}"))}; one run a core {Measure.Median(sideBySide):0}; "
            + $"precompute {precompute:0} images/s = {precompute / best:0.00} of the network alone at its best batch, {precompute / Measure.Median(bare[8]):0.00} at batch 8, {precompute / Measure.Median(sideBySide):0.00} of one run a core");
    }

    private static double BareRate(NetworkModel model, string layer, ImageTransform transform, int batch)
    {
        using FeatureExtractor extractor = model.OpenExtractor([layer], transform, threads: 0, batch);
        float[] input = new float[batch * extractor.ImageElements];
        const int Count = 200;
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Count; i += batch)
        {
            extractor.Run(input, static (_, _) => { });
        }

        return (Count + batch - 1) / batch * batch / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double SideBySideRate(NetworkModel model, string layer, ImageTransform transform)
    {
        using FeatureExtractor extractor = model.OpenExtractor([layer], transform, threads: 1);
        const int Count = 200;
        long start = Stopwatch.GetTimestamp();
        Parallel.For(0, Environment.ProcessorCount, _ =>
        {
            float[] input = new float[extractor.ImageElements];
            for (int i = 0; i < Count / Environment.ProcessorCount; i++)
            {
                extractor.Run(input, static (_, _) => { });
            }
        });
        return Count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static PixelImage Decode(string file) => ImageDecoder.DecodeFile(file);
}
