using Microsoft.Extensions.Caching.Memory;
using VisualFeatureSearch.Imaging;

namespace VisualFeatureSearch.Server.Images;

/// <summary>Keeps what is costly to make of images: encoded crops and thumbnails, query crops, their feature maps.</summary>
internal sealed class ImageCache : IDisposable
{
    private const long MaximumBytes = 256L * 1024 * 1024;

    private readonly MemoryCache _cache = new(new MemoryCacheOptions { SizeLimit = MaximumBytes });

    /// <summary>An encoded image, made once.</summary>
    public byte[] Encoded(string key, Func<byte[]> make) => Get("encoded:" + key, make, bytes => bytes.Length);

    /// <summary>A query's crop, made once.</summary>
    public PixelImage Crop(string key, Func<PixelImage> make) => Get("crop:" + key, make, image => image.Pixels.Length);

    /// <summary>A query's feature maps, made once, so that a growing stroke costs only the search.</summary>
    public IReadOnlyList<float[]> Maps(string key, Func<IReadOnlyList<float[]>> make) => Get("maps:" + key, make, maps => maps.Sum(map => (long)map.Length * sizeof(float)));

    /// <summary>The rows that meet a condition, found once, so that their pages are at hand.</summary>
    public int[] Rows(string key, Func<int[]> make) => Get("rows:" + key, make, rows => rows.Length * sizeof(int));

    /// <summary>The rows that the last search with a photograph and layer found; none where there was none.</summary>
    public IReadOnlyList<long> LastAnswer(string key) => _cache.TryGetValue("answer:" + key, out long[]? rows) ? rows! : [];

    /// <summary>Keeps the rows that a search found.</summary>
    public void KeepAnswer(string key, long[] rows) =>
        _cache.Set("answer:" + key, rows, new MemoryCacheEntryOptions { Size = Math.Max(rows.Length * sizeof(long), 1) });

    public void Dispose() => _cache.Dispose();

    private T Get<T>(string key, Func<T> make, Func<T, long> size)
        where T : class
    {
        if (_cache.TryGetValue(key, out T? cached))
        {
            return cached!;
        }

        T made = make();
        return _cache.Set(key, made, new MemoryCacheEntryOptions { Size = Math.Max(size(made), 1) });
    }
}
