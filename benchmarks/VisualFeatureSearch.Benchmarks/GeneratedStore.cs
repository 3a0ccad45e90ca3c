using System.Runtime.InteropServices;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Search.Kernels;
using VisualFeatureSearch.Zarr;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Benchmarks;

/// <summary>What the numbers of a generated store are like.</summary>
internal enum StoreKind
{
    /// <summary>24 directions mixed a cell, neighbours alike, negative values cut off: as after a ReLU.</summary>
    LowRank,

    /// <summary>The same without the cut, as a convolution gives before its activation.</summary>
    Signed,

    /// <summary>Independent numbers, negative ones cut off: nothing that an index could learn.</summary>
    Random,
}

/// <summary>Makes float16 stores for the search's benchmarks, in any size.</summary>
internal static class GeneratedStore
{
    public const string ArrayName = "features";

    private const int Rank = 24;

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
        Random random = new(7);
        float[] basis = [.. Enumerable.Range(0, Rank * channels).Select(_ => random.NextSingle() - 0.5f)];
        float[] transposed = [.. Enumerable.Range(0, Rank * channels).Select(i => basis[(i % Rank * channels) + (i / Rank)])];
        int chunks = (images + rows - 1) / rows;
        Parallel.For(0, chunks, chunk =>
        {
            Random own = new(chunk);
            Half[] data = new Half[rows * elements];
            float[] mix = new float[(Rank * cells) + ScanKernels.Padding];
            int stride = cells + (2 * ScanKernels.Padding);
            float[] map = new float[channels * stride];
            for (int row = 0; row < rows; row++)
            {
                if (kind != StoreKind.Random)
                {
                    for (int r = 0; r < Rank; r++)
                    {
                        for (int cell = 0; cell < cells; cell++)
                        {
                            float fresh = own.NextSingle() - 0.5f;
                            mix[(r * cells) + cell] = cell % grid == 0 ? fresh : (0.6f * mix[(r * cells) + cell - 1]) + (0.4f * fresh);
                        }
                    }

                    ScanKernels.Best.Project(transposed, channels, mix, Rank, cells, map, stride);
                }
                else
                {
                    Array.Clear(map);
                }

                float noise = kind == StoreKind.Random ? 2 : 0.05f;
                for (int c = 0; c < channels; c++)
                {
                    for (int cell = 0; cell < cells; cell++)
                    {
                        float value = map[(c * stride) + cell] + (noise * (own.NextSingle() - 0.5f));
                        data[(row * elements) + (c * cells) + cell] = (Half)(kind == StoreKind.Signed ? value : Math.Max(value, 0));
                    }
                }
            }

            array.WriteChunk([chunk, 0, 0, 0], MemoryMarshal.AsBytes(data.AsSpan()));
        });
    }
}
