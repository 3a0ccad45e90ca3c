using VisualFeatureSearch.Imaging;

namespace VisualFeatureSearch.Server.Widgets;

/// <summary>What is painted on a widget at a moment.</summary>
/// <param name="Version">How often it has changed.</param>
/// <param name="Selected">The chosen picture, 0 for the first.</param>
/// <param name="Mask">What is painted as wanted, alpha 0 to 255; null for nothing.</param>
/// <param name="NegativeMask">What is painted as counting against; null for nothing.</param>
/// <param name="IsDone">Whether the person has said that the mask is finished.</param>
internal sealed record WidgetState(long Version, int Selected, PixelImage? Mask, PixelImage? NegativeMask, bool IsDone);
