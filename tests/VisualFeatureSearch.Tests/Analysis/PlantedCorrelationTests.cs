using VisualFeatureSearch.Analysis;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Tests.Analysis;

/// <summary>
/// Datasets of which the truth is known: a marker is pasted onto photographs, more often with one label than with the other, or
/// as often with both. Everything from the image files to the p-value is the product's own.
/// </summary>
public sealed class PlantedCorrelationTests : IAsyncLifetime
{
    private const int Seeds = 20;
    private const int ImagesPerDataset = 100;
    private const double Level = 0.01;
    private const int Side = 224;
    private const int Radius = 26;

    private readonly TemporaryFolder _folder = new();

    /// <summary>The similarity of every photograph to the highlighted marker, without and with a marker of its own.</summary>
    private readonly List<(float Plain, float Marked)> _similarities = [];

    public async ValueTask InitializeAsync()
    {
        ImageTransform transform = ImageTransform.TensorFlow(Side);
        Random random = new(7);
        string images = Directory.CreateDirectory(_folder["images"]).FullName;
        PixelImage[] crops = [.. ImageList.Open(Repository.Gallery).Entries.Select(entry => transform.Cut(ImageDecoder.DecodeFile(Path.Combine(Repository.Gallery, entry.Path))))];
        for (int i = 1; i < crops.Length; i++)
        {
            await File.WriteAllBytesAsync(Path.Combine(images, $"{i:000}-plain.jpg"), ImageEncoder.ToJpeg(crops[i]));
            await File.WriteAllBytesAsync(Path.Combine(images, $"{i:000}-marked.jpg"), ImageEncoder.ToJpeg(Mark(crops[i], random.Next(Radius, Side - Radius), random.Next(Radius, Side - Radius))));
        }

        await FeaturePrecomputer.RunAsync(new PrecomputeJob
        {
            Images = ImageList.Open(images),
            Model = NetworkModel.Load(Repository.Model("ssd-mobilenet-v2-oid.onnx")),
            Layers = ["expanded_conv_12/add"],
            Transform = transform,
            StorePath = _folder["store"],
            Created = DateTimeOffset.UnixEpoch,
        });
        using PhotographSearch search = new(FeatureStore.Open(_folder["store"]), Repository.Model("ssd-mobilenet-v2-oid.onnx"));
        PixelImage query = Mark(crops[0], 90, 120);
        float[] scores = search.ScoreAll(search.Extract(query), Disc(90, 120), null, null, new SearchRequestOptions()).Similarities.Highlight;

        // In the order of the paths the marked one of a photograph is before the plain one.
        for (int row = 0; row < scores.Length; row += 2)
        {
            _similarities.Add((scores[row + 1], scores[row]));
        }
    }

    [Fact]
    public void A_planted_correlation_is_found_with_every_seed()
    {
        GroupStatistics[] found = [.. Enumerable.Range(0, Seeds).Select(seed => Study(seed, rateOfFirst: 0.8, rateOfSecond: 0.2))];
        Assert.All(found, group => Assert.InRange(group.Test!.AdjustedPValue, 0, Level));
        Assert.All(found, group => Assert.True(group.AgainstOthers!.Low > 0 && group.Test!.Superiority > 0.6));
    }

    [Fact]
    public void Where_nothing_is_planted_nothing_is_found_but_as_often_as_the_level_says()
    {
        GroupStatistics[] found = [.. Enumerable.Range(0, Seeds).Select(seed => Study(seed, rateOfFirst: 0.5, rateOfSecond: 0.5))];

        // Of 20 tests at a level of .01, three false ones have a chance of .001; of 20 at .25, five are expected and more than ten have one of .004.
        Assert.InRange(found.Count(group => group.Test!.AdjustedPValue < Level), 0, 2);
        Assert.InRange(found.Count(group => group.Test!.PValue < 0.25), 1, 10);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    private GroupStatistics Study(int seed, double rateOfFirst, double rateOfSecond)
    {
        Random random = new(seed);
        int[] photographs = [.. Enumerable.Range(0, _similarities.Count)];
        random.Shuffle(photographs);
        float[] similarities = new float[ImagesPerDataset];
        List<int> first = [], second = [];
        for (int row = 0; row < similarities.Length; row++)
        {
            bool isFirst = row % 2 == 0;
            (isFirst ? first : second).Add(row);
            (float plain, float marked) = _similarities[photographs[row]];
            similarities[row] = random.NextDouble() < (isFirst ? rateOfFirst : rateOfSecond) ? marked : plain;
        }

        return SimilarityStatistics.Create(similarities, [new ImageGroup("first", first), new ImageGroup("second", second)], seed).Groups[0];
    }

    /// <summary>Pastes rings of red and white.</summary>
    private static PixelImage Mark(PixelImage image, int middleX, int middleY)
    {
        byte[] pixels = [.. image.Pixels];
        for (int y = Math.Max(0, middleY - Radius); y < Math.Min(Side, middleY + Radius); y++)
        {
            for (int x = Math.Max(0, middleX - Radius); x < Math.Min(Side, middleX + Radius); x++)
            {
                double distance = Math.Sqrt(((x - middleX) * (x - middleX)) + ((y - middleY) * (y - middleY)));
                if (distance < Radius)
                {
                    ReadOnlySpan<byte> colour = (int)(distance / 6) % 2 == 0 ? [200, 20, 30] : [250, 250, 250];
                    colour.CopyTo(pixels.AsSpan(((y * Side) + x) * 3));
                }
            }
        }

        return new PixelImage(Side, Side, 3, pixels);
    }

    private static PixelImage Disc(int middleX, int middleY) => new(
        Side, Side, 1, [.. Enumerable.Range(0, Side * Side).Select(i => Math.Pow((i % Side) - middleX, 2) + Math.Pow((i / Side) - middleY, 2) < Radius * Radius ? byte.MaxValue : (byte)0)]);
}
