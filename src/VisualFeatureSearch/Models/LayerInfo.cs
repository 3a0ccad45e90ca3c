namespace VisualFeatureSearch.Models;

/// <summary>A tensor of a network that can be a layer: a feature map at the chosen input size.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="NodeKind">The operator that makes it, such as Conv or Relu.</param>
/// <param name="Channels">C.</param>
/// <param name="Height">H, cells down.</param>
/// <param name="Width">W, cells across.</param>
/// <param name="IsSuggested">Whether it is a good first choice.</param>
public sealed record LayerInfo(string Name, string NodeKind, int Channels, int Height, int Width, bool IsSuggested);

/// <summary>An input of a network.</summary>
/// <param name="Name">The input's name.</param>
/// <param name="Shape">Its extents; -1 where any extent is taken.</param>
/// <param name="ElementType">The type of its elements, such as Float.</param>
public sealed record ModelInput(string Name, IReadOnlyList<int> Shape, string ElementType);
