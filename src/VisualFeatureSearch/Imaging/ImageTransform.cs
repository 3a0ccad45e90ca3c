using System.Text.Json.Serialization;

namespace VisualFeatureSearch.Imaging;

/// <summary>How an image is brought to the resized size before the crop.</summary>
public enum ResizeMode
{
    /// <summary>The shorter side becomes the given size, the longer one follows (torchvision's <c>Resize(size)</c>).</summary>
    ShorterSide,

    /// <summary>Both sides become the given size, whatever the proportions.</summary>
    Stretch,
}

/// <summary>Which channels a network takes, in which order.</summary>
public enum ChannelOrder
{
    /// <summary>Red, green, blue.</summary>
    Rgb,

    /// <summary>Blue, green, red, as OpenCV reads images.</summary>
    Bgr,

    /// <summary>One channel, the luma of ITU-R 601-2 as Pillow's <c>convert("L")</c>.</summary>
    Grey,
}

/// <summary>
/// From a photograph to the numbers that a network takes: resize, centre crop, then for every channel
/// <c>(pixel * scale + offset - mean) / std</c> with pixel 0 to 255. Plain data, written to a feature store as JSON.
/// </summary>
public sealed partial record ImageTransform
{
    /// <summary>How the image is resized.</summary>
    public ResizeMode Resize { get; init; } = ResizeMode.ShorterSide;

    /// <summary>The resized shorter side, or both sides when stretching, in pixels.</summary>
    public required int Size { get; init; }

    /// <summary>The interpolation filter.</summary>
    public ResizeFilter Filter { get; init; } = ResizeFilter.Bilinear;

    /// <summary>
    /// Height of what is cut from the centre, in pixels, at most <see cref="Size"/>; 0 takes <see cref="Size"/>.
    /// </summary>
    public int Crop { get; init; }

    /// <summary>
    /// Width of what the network sees, in pixels; 0 for a square. <see cref="Size"/> then speaks of the height: the image is
    /// scaled until it covers that height and the width in proportion.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Width { get; init; }

    /// <summary>Channels and their order.</summary>
    public ChannelOrder Channels { get; init; } = ChannelOrder.Rgb;

    /// <summary>Factor on pixels of 0 to 255.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>Added after <see cref="Scale"/>.</summary>
    public double Offset { get; init; }

    /// <summary>Subtracted, one value a channel in the network's order; empty for none.</summary>
    public IReadOnlyList<double> Mean { get; init; } = [];

    /// <summary>Divides, one value a channel in the network's order; empty for none.</summary>
    public IReadOnlyList<double> Std { get; init; } = [];

    /// <summary>Height of what the network sees, in pixels.</summary>
    [JsonIgnore]
    public int InputHeight => Crop == 0 ? Size : Crop;

    /// <summary>Width of what the network sees, in pixels.</summary>
    [JsonIgnore]
    public int InputWidth => Width == 0 ? InputHeight : Width;

    /// <summary>Channels of what the network sees: 3 or 1.</summary>
    [JsonIgnore]
    public int ChannelCount => Channels == ChannelOrder.Grey ? 1 : 3;

    /// <summary>Two transforms are equal when every number is.</summary>
    public bool Equals(ImageTransform? other) =>
        other is not null
        && (Resize, Size, Filter, InputHeight, InputWidth, Channels, Scale, Offset) == (other.Resize, other.Size, other.Filter, other.InputHeight, other.InputWidth, other.Channels, other.Scale, other.Offset)
        && Mean.SequenceEqual(other.Mean)
        && Std.SequenceEqual(other.Std);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Resize, Size, Filter, InputHeight, InputWidth, Channels, Scale, Offset);
}
