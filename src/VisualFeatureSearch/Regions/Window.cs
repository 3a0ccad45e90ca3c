namespace VisualFeatureSearch.Regions;

/// <summary>A placement of the cropped mask in a feature map, in cells.</summary>
/// <param name="Y">The uppermost row.</param>
/// <param name="X">The leftmost column.</param>
/// <param name="Height">Cells down, h.</param>
/// <param name="Width">Cells across, w.</param>
public readonly record struct Window(int Y, int X, int Height, int Width);
