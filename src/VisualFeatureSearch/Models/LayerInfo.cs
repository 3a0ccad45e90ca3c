namespace VisualFeatureSearch.Models;

/// <summary>A tensor of a network that can be a layer: a feature map at the chosen input size.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="NodeKind">The operator that makes it, such as Conv or Relu.</param>
/// <param name="Channels">C.</param>
/// <param name="Height">H, cells down.</param>
/// <param name="Width">W, cells across.</param>
/// <param name="IsSuggested">Whether it is a good first choice.</param>
/// <param name="Layout">The order in which the network keeps its numbers.</param>
public sealed record LayerInfo(string Name, string NodeKind, int Channels, int Height, int Width, bool IsSuggested, FeatureLayout Layout = FeatureLayout.Nchw);
