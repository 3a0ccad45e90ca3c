namespace VisualFeatureSearch.Search.Kernels;

/// <summary>The placements of a window on a feature map.</summary>
/// <param name="MapWidth">Cells from one row of the map to the next, W.</param>
/// <param name="Rows">Placements down, H - h + 1.</param>
/// <param name="Columns">Placements across, W - w + 1.</param>
internal readonly record struct WindowGrid(int MapWidth, int Rows, int Columns);
