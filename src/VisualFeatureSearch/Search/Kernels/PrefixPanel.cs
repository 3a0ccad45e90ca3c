namespace VisualFeatureSearch.Search.Kernels;

/// <summary>
/// How the prefixes of images that are bounded together lie in memory: side by side, a lane of a vector an image, so that
/// every vector of every processor is full, whatever the shape of the map and the mask.
/// </summary>
/// <remarks>
/// A panel is made of lines of <see cref="Images"/> times four bytes. The first has each
/// image's quantisation error (float32). Then come the cells, one after the other, each with a line of norms (float32), one for
/// each group of four dimensions in 8 bits, biased by <see cref="CodeKernels.Bias"/>, one for each group of eight in 4 bits,
/// biased by <see cref="CodeKernels.PackBias"/> (the first four in the lower halves of the bytes), and
/// <see cref="CodeKernels.TailGroups"/> of tails, four bytes each.
/// </remarks>
internal static class PrefixPanel
{
    /// <summary>Images of a panel. The last panel of an index may have empty places, which are all zero.</summary>
    public const int Images = 64;

    /// <summary>Bytes of a line.</summary>
    public const int LineBytes = Images * 4;

    /// <summary>
    /// How far ahead of what is computed memory is asked for at the start of a panel. It is asked for at
    /// the pace at which the panel is computed on average (<see cref="PanelPace"/>): cells at the edge of a map, which fewer mask cells may
    /// lie on, are done faster than that, and this has to last them.
    /// </summary>
    public const int AheadBytes = 32 * 1024;

    /// <summary>
    /// How far ahead it is asked for at least, at the start of each cell: the edge of a large map takes longer than <see cref="AheadBytes"/> last.
    /// </summary>
    public const int LeastAheadBytes = 16 * 1024;

    /// <summary>Lines of a cell.</summary>
    public static int CellLines(int fineGroups, int coarseGroups) => 1 + fineGroups + coarseGroups + CodeKernels.TailGroups;

    /// <summary>Bytes of a panel.</summary>
    public static int Bytes(int cells, int fineGroups, int coarseGroups) => LineBytes * (1 + (cells * CellLines(fineGroups, coarseGroups)));

    /// <summary>Where a line of a cell begins.</summary>
    public static int LineOf(int cell, int line, int cellLines) => LineBytes * (1 + (cell * cellLines) + line);

    /// <summary>How many panels there are of some images.</summary>
    public static long Count(long images) => (images + Images - 1) / Images;
}
