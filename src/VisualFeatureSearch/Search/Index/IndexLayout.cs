namespace VisualFeatureSearch.Search.Index;

/// <summary>Where things are in the records of an index. A stage's file has one record of equal length an image.</summary>
/// <remarks>
/// A record of the first stage begins with the norms of the cells, float32. Then, in every stage: the longest quantisation
/// error of any cell (float32), the tails (a byte a cell, filled up to a multiple of 4), and the codes, <c>[dimensions / 4,
/// cells, 4]</c>, each biased by 128.
/// </remarks>
internal sealed class IndexLayout
{
    /// <summary>Images whose records are checked together.</summary>
    public const int UnitImages = 64;

    /// <summary>Cumulative dimensions after each stage, as far as the index may grow.</summary>
    private static readonly int[] Milestones = [32, 128, 384, 1024, 4096];

    public IndexLayout(int cells, IReadOnlyList<int> dimensions)
    {
        Cells = cells;
        Dimensions = [.. dimensions];
        TailBytes = (cells + 3) / 4 * 4;
        RecordBytes = [.. Dimensions.Select((count, stage) => CodesOffset(stage) + (count * cells))];
    }

    public int Cells { get; }

    /// <summary>Dimensions of each stage.</summary>
    public int[] Dimensions { get; }

    public int Stages => Dimensions.Length;

    /// <summary>Bytes of an image in each stage.</summary>
    public int[] RecordBytes { get; }

    /// <summary>Bytes of an image in all stages.</summary>
    public long ImageBytes => RecordBytes.Sum(bytes => (long)bytes);

    private int TailBytes { get; }

    /// <summary>Units of an index of some images.</summary>
    public static long UnitsOf(long images) => (images + UnitImages - 1) / UnitImages;

    /// <summary>
    /// Where among all checksums that of a unit's records in a stage is; that of the unit's features is behind its last stage's.
    /// </summary>
    public long ChecksumOf(long unit, int stage) => (unit * (Stages + 1)) + stage;

    public int ErrorOffset(int stage) => stage == 0 ? Cells * sizeof(float) : 0;

    public int TailsOffset(int stage) => ErrorOffset(stage) + sizeof(float);

    public int CodesOffset(int stage) => TailsOffset(stage) + TailBytes;

    /// <summary>
    /// Chooses the stages: each three or four times as wide as what came before, so that a candidate which is not ruled out
    /// costs little more than the last stage alone.
    /// </summary>
    /// <param name="channels">C.</param>
    /// <param name="cells">H * W.</param>
    /// <param name="elementBytes">Bytes of a stored feature.</param>
    /// <param name="maximumShare">Bytes of the index for each byte of the store, at most.</param>
    /// <returns>Dimensions a stage; none where not even a first stage would fit.</returns>
    public static int[] ChooseDimensions(int channels, int cells, int elementBytes, double maximumShare)
    {
        // What every cell has besides codes: a norm, and a tail and its part of the error in each stage.
        int stages = Milestones.Length;
        double overhead = sizeof(float) + (stages * (1 + (7.0 / cells)));
        int most = (int)Math.Min((channels * elementBytes * maximumShare) - overhead, (channels + 3) / 4 * 4);
        most = most / 4 * 4;
        List<int> dimensions = [];
        int before = 0;
        foreach (int milestone in Milestones)
        {
            int end = Math.Min(milestone, most);

            // A last stage of a few dimensions is not worth its own reading.
            end = most - end < end / 4 ? most : end;
            if (end - before < 4)
            {
                break;
            }

            dimensions.Add(end - before);
            before = end;
        }

        return [.. dimensions];
    }
}
