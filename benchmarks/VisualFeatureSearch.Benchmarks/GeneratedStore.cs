using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Zarr;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Benchmarks;

/// <summary>Makes float16 stores for the search's benchmarks, in any size.</summary>
internal static class GeneratedStore
{
    public const string ArrayName = "features";

    public static FeatureStore Open(string path, StoreKind kind, int images, int channels, int grid)
    {
        string done = Path.Combine(path, "generated");
        if (!File.Exists(done))
        {
            Generate(path, kind, images, channels, grid);
            File.WriteAllText(done, "");
        }

        return FeatureStore.Open(path);
    }

    private static void Generate(string path, StoreKind kind, int images, int channels, int grid)
    {
        int cells = grid * grid;
        int elements = channels * cells;
        int rows = Math.Max(1, 16 * 1024 * 1024 / (elements * 2));
        ZarrArray array = ZarrGroup.OpenOrCreate(new DirectoryStore(path)).CreateArray(ArrayName, new ZarrArrayMetadata
        {
            Shape = [images, channels, grid, grid],
            ChunkShape = [rows, channels, grid, grid],
            DataType = ZarrDataType.Float16,
        });
        IMapSource[] sources = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => Source(kind, channels, grid))];
        int chunks = (images + rows - 1) / rows;
        int next = -1;
        Parallel.ForEach(sources, new ParallelOptions { MaxDegreeOfParallelism = sources.Length }, source =>
        {
            Half[] data = new Half[rows * elements];
            float[] map = new float[elements];
            for (int chunk = Interlocked.Increment(ref next); chunk < chunks; chunk = Interlocked.Increment(ref next))
            {
                Random random = new(chunk);
                for (int row = 0; row < rows; row++)
                {
                    source.Fill(random, map);
                    TensorPrimitives.ConvertToHalf(map, data.AsSpan(row * elements, elements));
                }

                array.WriteChunk([chunk, 0, 0, 0], MemoryMarshal.AsBytes(data.AsSpan()));
            }
        });
        Array.ForEach(sources, source => source.Dispose());
    }

    private static IMapSource Source(StoreKind kind, int channels, int grid) => kind switch
    {
        StoreKind.Photographs => new PhotographCrops(channels, grid),
        _ => new MixedDirections(kind, channels, grid),
    };
}
