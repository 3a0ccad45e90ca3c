using System.Security.Cryptography;
using VisualFeatureSearch.Imaging;

namespace VisualFeatureSearch.Server.Images;

/// <summary>An uploaded photograph.</summary>
internal sealed record Upload(string Id, int Width, int Height, byte[] Bytes);

/// <summary>The photographs uploaded last, in memory, by the hash of their content.</summary>
internal sealed class UploadCache
{
    /// <summary>Bytes of one upload.</summary>
    public const int MaximumBytes = 20 * 1024 * 1024;

    /// <summary>Pixels of one upload.</summary>
    public const long MaximumPixels = 50_000_000;

    private readonly RecentItems<Upload> _recent = new(upload => upload.Id, upload => upload.Bytes.Length);

    /// <summary>Takes a photograph in; the same content gets the same identifier.</summary>
    /// <exception cref="ImageException">The bytes are not an image, or too many pixels.</exception>
    public Upload Add(byte[] bytes)
    {
        string id = Convert.ToHexStringLower(SHA256.HashData(bytes));
        if (_recent.TryFind(id) is { } known)
        {
            return known;
        }

        PixelImage image = ImageDecoder.Decode(bytes, MaximumPixels);
        Upload upload = new(id, image.Width, image.Height, bytes);
        _recent.Add(upload);
        return upload;
    }

    /// <exception cref="KeyNotFoundException">There is no such upload, or it is too long ago.</exception>
    public Upload Find(string id) =>
        _recent.TryFind(id) ?? throw new KeyNotFoundException($"there is no upload '{id}': upload the photograph again");
}
