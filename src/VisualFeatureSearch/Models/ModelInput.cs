namespace VisualFeatureSearch.Models;

/// <summary>An input of a network.</summary>
/// <param name="Name">The input's name.</param>
/// <param name="Shape">Its extents; -1 where any extent is taken.</param>
/// <param name="ElementType">The type of its elements, such as float32.</param>
public sealed record ModelInput(string Name, IReadOnlyList<int> Shape, string ElementType)
{
    /// <summary>Whether it takes images as <c>[batch, height, width, channels]</c>: a last axis of 1, 3 or 4 that the second is not.</summary>
    public bool IsChannelsLast => Shape.Count == 4 && IsChannels(Shape[3]) && !IsChannels(Shape[1]);

    /// <summary>Whether it can take images: four axes, one of them of channels or of any extent.</summary>
    internal bool TakesImages => Shape.Count == 4 && (IsChannels(Shape[1]) || IsChannels(Shape[3]) || Shape[1] < 0);

    /// <summary>The height of images that it takes; -1 for any.</summary>
    internal int Height => Shape[IsChannelsLast ? 1 : 2];

    /// <summary>The width of images that it takes; -1 for any.</summary>
    internal int Width => Shape[IsChannelsLast ? 2 : 3];

    /// <summary>The channels of images that it takes; -1 for any.</summary>
    internal int Channels => Shape[IsChannelsLast ? 3 : 1];

    private static bool IsChannels(int extent) => extent is 1 or 3 or 4;
}
