using System.Diagnostics;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Search.Index;
using VisualFeatureSearch.Search.Kernels;
using VisualFeatureSearch.Tests.Search;

namespace VisualFeatureSearch.Benchmarks;

/// <summary>
/// Many random questions to stores of every kind and many shapes, through the index and by the plain scan: every match, window
/// and similarity must be equal to the last bit. The tests ask fewer of the same.
/// </summary>
internal static class EquivalenceCheck
{
    private static readonly (int Images, int Channels, int Height, int Width)[] Shapes =
        [(600, 64, 7, 7), (500, 40, 5, 9), (400, 130, 4, 4), (2000, 33, 1, 1), (300, 96, 3, 14), (300, 200, 2, 2), (250, 16, 14, 14), (200, 512, 3, 3), (4500, 40, 1, 2), (1500, 480, 3, 3)];

    public static int Run(int queries)
    {
        int stores = StoreZoo.Kinds.Length * 2;
        int asked = 0, differing = 0, pruned = 0;
        for (int i = 0; i < stores; i++)
        {
            string kind = StoreZoo.Kinds[i % StoreZoo.Kinds.Length];
            (int images, int channels, int height, int width) = Shapes[((i * 5) + (i / StoreZoo.Kinds.Length)) % Shapes.Length];
            DirectoryInfo folder = Directory.CreateTempSubdirectory("vissearch-equivalence-");
            try
            {
                Random random = new(i + 1000);
                (FeatureArray features, float[] data) = StoreZoo.Create(folder.FullName, kind, images, channels, height, width, isHalf: i % 3 != 1, random.Next());
                IndexBuilder.Build(folder.FullName, features, DateTimeOffset.UnixEpoch, i % 2 == 0 ? 6 : 2, null, CancellationToken.None);
                using FeatureIndex index = FeatureIndex.TryOpen(folder.FullName, features, out string? problem) ?? throw new InvalidOperationException(problem);
                int before = differing;
                int own = 0;
                for (int query = 0; own < (queries + stores - 1) / stores && query < queries; query++)
                {
                    if (StoreZoo.Region(features, data, random) is not { } region)
                    {
                        continue;
                    }

                    SearchOptions options = query % 2 == 0 ? new SearchOptions() : StoreZoo.Options(features, data, random);
                    SearchAnswer expected = RegionSearch.Search(features, region, options);
                    SearchAnswer actual = StagedSearch.Search(features, index, region, options, ScanKernels.Best, CodeKernels.Best, null, Stopwatch.GetTimestamp(), CancellationToken.None);
                    differing += expected.Matches.SequenceEqual(actual.Matches) ? 0 : 1;
                    pruned += actual.Stats.Stages is [.., SearchStage last] && last.Images < expected.Stats.Images / 2 ? 1 : 0;
                    own++;
                }

                asked += own;
                Console.WriteLine($"{kind,-24} {images,5} x {channels} x {height} x {width}: {own} queries, {differing - before} differ");
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }

        Console.WriteLine($"{asked:N0} queries over {stores} stores: {differing} differ; in {pruned:N0} more than half of the images were ruled out by the index");
        return differing == 0 ? 0 : 1;
    }
}
