using System.Runtime.InteropServices;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Zarr;
using VisualFeatureSearch.Zarr.Codecs;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Tests.Search;

/// <summary>Small stores of very different shapes and statistics, kind and cruel ones, and random questions to them.</summary>
internal static class StoreZoo
{
    public static readonly string[] Kinds =
    [
        "low rank", "signed low rank", "independent", "signed independent", "sparse", "constant", "near-ties", "duplicates", "huge", "tiny", "mixed magnitudes",
        "spikes", "all zero", "with infinities and NaN", "one outlier", "two clusters", "sums that overflow",
    ];

    /// <summary>Writes a store of a kind.</summary>
    /// <returns>Its features, and the numbers in them.</returns>
    public static (FeatureArray Features, float[] Data) Create(string folder, string kind, int images, int channels, int height, int width, bool isHalf, int seed)
    {
        Random random = new(seed);
        int cells = height * width;
        int map = channels * cells;
        float[] data = new float[images * map];
        int rank = Math.Min(6, channels);
        float[] basis = [.. Enumerable.Range(0, Math.Max(rank, 2) * channels).Select(_ => random.NextSingle() - 0.5f)];
        for (int image = 0; image < images; image++)
        {
            float imageScale = kind == "mixed magnitudes" ? MathF.Pow(10, random.Next(-4, isHalf ? 3 : 12)) : 1;
            for (int cell = 0; cell < cells; cell++)
            {
                float[] mix = [.. Enumerable.Range(0, rank).Select(_ => random.NextSingle() - 0.5f)];
                int cluster = random.Next(2);
                for (int c = 0; c < channels; c++)
                {
                    float mixed = 0;
                    for (int r = 0; r < rank; r++)
                    {
                        mixed += mix[r] * basis[(r * channels) + c];
                    }

                    float noise = random.NextSingle() - 0.5f;
                    data[(image * map) + (c * cells) + cell] = kind switch
                    {
                        "low rank" => Math.Max(0, mixed + (0.05f * noise)),
                        "signed low rank" => mixed + (0.05f * noise),
                        "independent" => Math.Max(0, noise),
                        "signed independent" => noise,
                        "sparse" => random.Next(40) == 0 ? noise + 0.6f : 0,
                        "constant" => 0.5f,
                        "near-ties" => 1 + (random.Next(3) * (isHalf ? 1f / 1024 : 1e-7f)),
                        "duplicates" => image % 5 == 0 || image < 5 ? Math.Max(0, mixed) : data[(image % 5 * map) + (c * cells) + cell],
                        "huge" => (isHalf ? 6e4f : 3e37f) * (noise + 0.5f),
                        "tiny" => (isHalf ? 3e-7f : 1e-30f) * (noise + 0.5f),
                        "mixed magnitudes" => imageScale * MathF.Pow(10, random.Next(-2, 2)) * noise,
                        "spikes" => c == (image + cell) % channels ? 100 : 0.01f * noise,
                        "all zero" => 0,
                        "with infinities and NaN" => random.Next(map * 3) == 0 ? (random.Next(2) == 0 ? float.NaN : float.PositiveInfinity) : noise,
                        "one outlier" => image == images / 2 ? 1000 * noise * (c + 1) : mixed + (0.01f * noise),
                        "sums that overflow" => (isHalf ? 6e4f : MathF.Sqrt(3e38f / channels)) * (noise + 0.5f),
                        _ => basis[(cluster * channels) + c] + (0.02f * noise),
                    };
                }
            }
        }

        return (Write(folder, data, images, channels, height, width, isHalf), data);
    }

    public static FeatureArray Write(string folder, float[] data, int images, int channels, int height, int width, bool isHalf, ZarrCodec? codec = null)
    {
        int chunkRows = Math.Min(4, images);
        int rowElements = channels * height * width;
        ZarrArray array = ZarrGroup.OpenOrCreate(new DirectoryStore(folder)).CreateArray("a", new ZarrArrayMetadata
        {
            Shape = [images, channels, height, width],
            ChunkShape = [chunkRows, channels, height, width],
            DataType = isHalf ? ZarrDataType.Float16 : ZarrDataType.Float32,
            Codecs = codec is null ? [] : [codec],
        });
        for (int first = 0; first < images; first += chunkRows)
        {
            float[] chunk = new float[chunkRows * rowElements];
            data.AsSpan(first * rowElements, Math.Min(chunkRows, images - first) * rowElements).CopyTo(chunk);
            byte[] bytes = isHalf
                ? MemoryMarshal.AsBytes(chunk.Select(value => (Half)value).ToArray().AsSpan()).ToArray()
                : MemoryMarshal.AsBytes(chunk.AsSpan()).ToArray();
            array.WriteChunk([first / chunkRows, 0, 0, 0], bytes);
        }

        return new FeatureArray(array);
    }

    /// <summary>A region of an image of the store or of noise, under a mask of any shape; null where it cannot be searched for.</summary>
    public static RegionKernel? Region(FeatureArray features, float[] data, Random random)
    {
        float[] weights = new float[features.Height * features.Width];
        int style = random.Next(4);
        int y = random.Next(features.Height), x = random.Next(features.Width);
        for (int i = 0; i < weights.Length; i++)
        {
            bool isNear = Math.Abs((i / features.Width) - y) <= 1 && Math.Abs((i % features.Width) - x) <= 1;
            weights[i] = style switch { 0 => 1, 1 => isNear ? 1 : 0, 2 => isNear ? random.NextSingle() : 0, _ => random.Next(4) == 0 ? random.NextSingle() : 0 };
        }

        weights[(y * features.Width) + x] = 1;
        if (random.Next(8) == 0)
        {
            // No mask is like that, but arrays of masks may be.
            float scale = MathF.Pow(10, random.Next(-17, 7));
            weights = [.. weights.Select(weight => weight * scale)];
        }

        float[] query = random.Next(4) == 0
            ? [.. Enumerable.Range(0, features.MapElements).Select(_ => random.NextSingle() - 0.3f)]
            : data.AsSpan(random.Next((int)features.Count) * features.MapElements, features.MapElements).ToArray();
        try
        {
            return RegionKernel.Create(query, features.Channels, new RegionMask(features.Height, features.Width, weights));
        }
        catch (RegionException)
        {
            return null;
        }
    }

    /// <summary>Anything that can be asked of a search which ends by itself.</summary>
    public static SearchOptions Options(FeatureArray features, float[] data, Random random)
    {
        int images = (int)features.Count;
        float[] own = data.AsSpan(random.Next(images) * features.MapElements, features.MapElements).ToArray();
        return new SearchOptions
        {
            Top = random.Next(3) switch { 0 => 1, 1 => 10, _ => random.Next(1, images + 5) },
            MinimumSimilarity = random.Next(4) == 0 ? random.NextSingle() : null,
            WindowsPerImage = random.Next(3) == 0 ? random.Next(1, 5) : 1,
            Negative = random.Next(4) == 0 ? Region(features, data, random) : null,
            Included = random.Next(3) == 0 ? [.. Enumerable.Range(0, images).Select(_ => random.Next(3) > 0)] : null,
            Groups = random.Next(4) == 0 ? [.. Enumerable.Range(0, images).Select(_ => random.Next(1 + (images / 4)))] : null,
            NearDuplicates = random.Next(5) == 0 ? new NearDuplicateRule(own, 0.9f) : null,
            Seeds = random.Next(3) == 0 ? [.. Enumerable.Range(0, 8).Select(_ => (long)random.Next(-1, images + 1))] : [],
        };
    }
}
