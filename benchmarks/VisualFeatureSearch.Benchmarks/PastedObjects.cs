using VisualFeatureSearch.Imaging;

namespace VisualFeatureSearch.Benchmarks;

/// <summary>
/// Photographs of which it is known what is where: an ellipse with soft edges, cut out of the middle of one of the gallery's
/// photographs of an animal or a thing, pasted onto one of a landscape or a building; of any size, mirrored or not, lighter or darker.
/// </summary>
/// <param name="gallery">The folder of the gallery, with a folder for each label.</param>
internal sealed class PastedObjects(string gallery)
{
    public const int Side = 320;
    private static readonly string[] ObjectLabels = ["bird", "cat", "dog-or-bear", "fish", "hoofed-animal", "household-item", "primate", "reptile", "small-mammal", "tool"];
    private static readonly string[] SceneLabels = ["ancient-ruin", "castle-or-palace", "church", "dam", "landmark-building", "landscape", "solar-power", "tower", "windmill"];

    private readonly PixelImage[] _scenes = Load(gallery, SceneLabels, int.MaxValue);

    /// <summary>What is pasted; the place in this list is the class.</summary>
    public PixelImage[] Objects { get; } = Load(gallery, ObjectLabels, 3);

    /// <summary>Pastes an object of a class.</summary>
    /// <returns>The photograph, and the object's box as parts of its side.</returns>
    public (PixelImage Image, double X, double Y, double Size) Next(int kind, Random random)
    {
        PixelImage scene = ImageTransform.TensorFlow(Side).Cut(_scenes[random.Next(_scenes.Length)]);
        int size = (int)(Side * (0.3 + (0.25 * random.NextDouble())));
        (int left, int top) = (random.Next(Side - size), random.Next(Side - size));
        PixelImage cutOut = ImageTransform.TensorFlow(size).Cut(Objects[kind]);
        bool isMirrored = random.Next(2) == 1;
        double light = 0.8 + (0.4 * random.NextDouble());
        byte[] pixels = [.. scene.Pixels];
        for (int y = 0; y < size; y++)
        {
            for (int x = 0; x < size; x++)
            {
                double alpha = Alpha((x + 0.5) / size, (y + 0.5) / size);
                int from = ((y * size) + (isMirrored ? size - 1 - x : x)) * 3;
                int to = (((top + y) * Side) + left + x) * 3;
                for (int channel = 0; channel < 3; channel++)
                {
                    pixels[to + channel] = (byte)Math.Clamp((alpha * light * cutOut.Pixels[from + channel]) + ((1 - alpha) * pixels[to + channel]), 0, 255);
                }
            }
        }

        return (new PixelImage(Side, Side, 3, pixels), (double)left / Side, (double)top / Side, (double)size / Side);
    }

    /// <summary>A mask over a box of a photograph.</summary>
    /// <param name="left">Left side of the box, as a part of the photograph's side, like the next two.</param>
    /// <param name="top">Top of the box.</param>
    /// <param name="size">Side of the box.</param>
    /// <param name="isPainted">Whether a place of the box, with sides of 1, is painted.</param>
    public static PixelImage Paint(double left, double top, double size, Func<double, double, bool> isPainted)
    {
        byte[] alpha = new byte[Side * Side];
        for (int i = 0; i < alpha.Length; i++)
        {
            double x = ((((i % Side) + 0.5) / Side) - left) / size;
            double y = ((((i / Side) + 0.5) / Side) - top) / size;
            alpha[i] = x is >= 0 and <= 1 && y is >= 0 and <= 1 && isPainted(x, y) ? byte.MaxValue : (byte)0;
        }

        return new PixelImage(Side, Side, 1, alpha);
    }

    /// <summary>Whether a place of its box is on the object.</summary>
    public static bool IsOnObject(double x, double y) => Alpha(x, y) > 0.5;

    /// <summary>How much of the object is at a place of its box, 0 to 1.</summary>
    private static double Alpha(double x, double y) => Math.Clamp(8 * (1 - Math.Sqrt(Math.Pow((x - 0.5) / 0.5, 2) + Math.Pow((y - 0.5) / 0.5, 2))), 0, 1);

    private static PixelImage[] Load(string gallery, string[] labels, int perLabel) =>
        [.. labels.SelectMany(label => Directory.EnumerateFiles(Path.Combine(gallery, label), "*.jpg").Order(StringComparer.Ordinal).Take(perLabel)).Select(file => ImageDecoder.DecodeFile(file))];
}
