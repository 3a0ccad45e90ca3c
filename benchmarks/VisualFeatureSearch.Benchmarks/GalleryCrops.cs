using VisualFeatureSearch.Imaging;

namespace VisualFeatureSearch.Benchmarks;

/// <summary>
/// Random crops of the gallery's photographs: real pictures, in any number. A crop covers a fifth to all of a side, anywhere
/// in the photograph, and every second one is mirrored.
/// </summary>
internal static class GalleryCrops
{
    /// <summary>The width and height of a crop, in pixels.</summary>
    public const int Size = 224;

    /// <summary>The photographs that come with the repository, which this program was built in.</summary>
    public static string Gallery { get; } = FindGallery(new DirectoryInfo(AppContext.BaseDirectory));

    private static readonly PixelImage[] Photographs =
        [.. Directory.EnumerateFiles(Gallery, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(file => ImageDecoder.DecodeFile(file))];

    public static PixelImage Next(Random random)
    {
        PixelImage photograph = Photographs[random.Next(Photographs.Length)];
        double side = Math.Min(photograph.Width, photograph.Height) * (0.2 + (0.8 * random.NextDouble()));
        int width = (int)Math.Ceiling(photograph.Width * Size / side);
        int height = (int)Math.Ceiling(photograph.Height * Size / side);
        PixelBox part = new(random.Next(width - Size + 1), random.Next(height - Size + 1), Size, Size);
        PixelImage crop = Resampler.Resize(photograph, width, height, part, ResizeFilter.Bilinear);
        if (random.Next(2) == 1)
        {
            Mirror(crop);
        }

        return crop;
    }

    private static string FindGallery(DirectoryInfo? folder)
    {
        while (folder is not null && !Directory.Exists(Path.Combine(folder.FullName, "assets", "gallery")))
        {
            folder = folder.Parent;
        }

        return folder is not null ? Path.Combine(folder.FullName, "assets", "gallery") : throw new DirectoryNotFoundException("assets/gallery is not above this program: run it from the repository.");
    }

    private static void Mirror(PixelImage image)
    {
        for (int y = 0; y < image.Height; y++)
        {
            Span<byte> row = image.Pixels.AsSpan(y * image.Width * image.Channels, image.Width * image.Channels);
            for (int left = 0, right = image.Width - 1; left < right; left++, right--)
            {
                for (int channel = 0; channel < image.Channels; channel++)
                {
                    (row[(left * image.Channels) + channel], row[(right * image.Channels) + channel]) =
                        (row[(right * image.Channels) + channel], row[(left * image.Channels) + channel]);
                }
            }
        }
    }
}
