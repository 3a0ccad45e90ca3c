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
