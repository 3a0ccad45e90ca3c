using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Search.Index;

/// <summary>Where things are in the files of an index, one a stage.</summary>
/// <remarks>
/// <para>
/// The first stage, the prefix, has the dimensions that say most: a few in 8 bits, which hold most of the energy, and more in 4
/// bits, where rounding does less harm. Several images lie together in a panel: see <see cref="PrefixPanel"/>. Behind the codes
/// of a cell are its tails: first how long the quantisation error of its coarse codes is, then, for each of the other blocks of
/// <see cref="TailBlocks"/>, how long the cell is in these dimensions behind the prefix.
/// </para>
/// <para>
/// The later stages, the refinements, have further dimensions in 4 bits each, image by image and cell by cell, so that a few
/// windows can be looked at by themselves: <c>[cells, packs]</c>. A pack is one line of a processor's cache. It begins with the
/// scale and the quantisation error of this cell in this pack (bfloat16), has the cell's norm once more and, where it is a
/// refinement's first, the tails of the blocks that the refinement takes the place of. Then come the codes, biased by 7.5: the
/// lower halves of the bytes hold the first dimensions, the upper halves the others.
/// </para>
/// </remarks>
internal sealed class IndexLayout
{
    /// <summary>Images whose records are checked together: those of a panel.</summary>
    public const int UnitImages = PrefixPanel.Images;

    /// <summary>Lengths that are known of every cell: of the error of its coarse codes, and of blocks of dimensions behind the prefix.</summary>
    public const int TailBlocks = 4 * CodeKernels.TailGroups;

    /// <summary>Dimensions of a pack, at most.</summary>
    public const int PackDimensions = 104;

    /// <summary>Blocks of tails that a pack takes the place of, at most.</summary>
    public const int PackTails = 4;

    /// <summary>Bytes of a pack in front of its codes.</summary>
    public const int PackHeader = 4 + PackTails + sizeof(float);

    /// <summary>
    /// Packs are added until they hold this share of the energy, or are so many: building takes time in proportion to them.
    /// </summary>
    private const double PackedEnergy = 0.997;
    private const int MaximumPacks = 8;

    /// <summary>A prefix is made so long that it has this share of the energy, within its limits.</summary>
    private const double PrefixEnergy = 0.85;
    private const int ShortestPrefix = 32;
    private const int LongestPrefix = 72;

    /// <summary>Dimensions of a prefix in 8 bits, at most.</summary>
    private const int MostFineDimensions = 24;

    /// <summary>Lays out an index.</summary>
    /// <param name="cells">H * W.</param>
    /// <param name="channels">C.</param>
    /// <param name="fineDimensions">Dimensions of the prefix in 8 bits, a multiple of 4.</param>
    /// <param name="coarseDimensions">Dimensions of the prefix in 4 bits, a multiple of 8.</param>
    /// <param name="packs">Dimensions of each pack.</param>
    public IndexLayout(int cells, int channels, int fineDimensions, int coarseDimensions, IReadOnlyList<int> packs)
    {
        Cells = cells;
        FineDimensions = fineDimensions;
        CoarseDimensions = coarseDimensions;
        int prefixDimensions = PrefixDimensions;
        Packs = [.. packs];
        Dimensions = prefixDimensions + Packs.Sum();
        HasRest = Dimensions < channels;

        // Each as wide as all before it or wider: what it does not rule out has cost little more than the last alone.
        Refinements = Packs.Length switch
        {
            0 => [],
            1 => [new Range(0, 1)],
            <= 4 => [new Range(0, 1), new Range(1, Packs.Length)],
            _ => [new Range(0, 1), new Range(1, 4), new Range(4, Packs.Length)],
        };
        FirstDimensions = [.. Enumerable.Range(0, Packs.Length + 1).Select(pack => prefixDimensions + Packs[..pack].Sum())];
        CellBytes = [.. Refinements.Select(packsOf => Packs[packsOf].Sum(PackBytes))];
        PackOffsets = [.. Refinements.SelectMany(packsOf => Enumerable.Range(0, Packs[packsOf].Length).Select(pack => Packs[packsOf][..pack].Sum(PackBytes)))];
        (Blocks, BlocksOfPacks) = ChooseBlocks();
        PanelBytes = PrefixPanel.Bytes(cells, FineGroups, CoarseGroups);
        RecordBytes = [.. CellBytes.Select(bytes => cells * bytes)];
    }

    public int Cells { get; }

    /// <summary>Dimensions of the prefix in 8 bits, a multiple of 4: the first.</summary>
    public int FineDimensions { get; }

    /// <summary>Dimensions of the prefix in 4 bits, a multiple of 8.</summary>
    public int CoarseDimensions { get; }

    /// <summary>Dimensions of the prefix.</summary>
    public int PrefixDimensions => FineDimensions + CoarseDimensions;

    /// <summary>Groups of four dimensions in 8 bits.</summary>
    public int FineGroups => FineDimensions / 4;

    /// <summary>Groups of eight dimensions in 4 bits.</summary>
    public int CoarseGroups => CoarseDimensions / 8;

    /// <summary>Dimensions of each pack.</summary>
    public int[] Packs { get; }

    /// <summary>The packs of each refinement.</summary>
    public Range[] Refinements { get; }

    /// <summary>Dimensions of the whole index.</summary>
    public int Dimensions { get; }

    /// <summary>Whether cells have a part outside of the index's dimensions; its length is the last tail.</summary>
    public bool HasRest { get; }

    /// <summary>The first dimension of each pack, and behind them the number of all dimensions.</summary>
    public int[] FirstDimensions { get; }

    /// <summary>Bytes of a cell in each refinement.</summary>
    public int[] CellBytes { get; }

    /// <summary>How far into a cell's bytes of its refinement each pack is.</summary>
    public int[] PackOffsets { get; }

    /// <summary>
    /// The dimensions of each block of tails, the prefix' coarse dimensions first; empty for blocks that are not used, and for
    /// the rest.
    /// </summary>
    public Range[] Blocks { get; }

    /// <summary>The blocks that each pack takes the place of: those of a whole refinement for its first pack, none for others.</summary>
    public Range[] BlocksOfPacks { get; }

    public int Stages => 1 + Refinements.Length;

    /// <summary>Bytes of a panel of the prefix.</summary>
    public int PanelBytes { get; }

    /// <summary>Bytes of an image in each refinement.</summary>
    public int[] RecordBytes { get; }

    /// <summary>Bytes of an image in all stages.</summary>
    public double ImageBytes => ((double)PanelBytes / PrefixPanel.Images) + RecordBytes.Sum(bytes => (long)bytes);

    /// <summary>Lines of a cell in a panel.</summary>
    public int CellLines => PrefixPanel.CellLines(FineGroups, CoarseGroups);

    /// <summary>Units of an index of some images.</summary>
    public static long UnitsOf(long images) => PrefixPanel.Count(images);

    /// <summary>Bytes of the first images of a stage, whole panels in the first.</summary>
    public long StageBytes(int stage, long images) => stage == 0 ? PrefixPanel.Count(images) * PanelBytes : images * RecordBytes[stage - 1];

    /// <summary>Bytes of a pack.</summary>
    public static int PackBytes(int dimensions) => PackHeader + ((dimensions + 7) / 8 * 4);

    /// <summary>
    /// Where among all checksums that of a unit's records in a stage is; that of the unit's features is behind its last stage's.
    /// </summary>
    public long ChecksumOf(long unit, int stage) => (unit * (Stages + 1)) + stage;

    /// <summary>Chooses the dimensions of an index, as many as a share of the store's bytes has room for.</summary>
    /// <param name="channels">C.</param>
    /// <param name="cells">H * W.</param>
    /// <param name="elementBytes">Bytes of a stored feature.</param>
    /// <param name="maximumShare">Bytes of the index for each byte of the store, at most.</param>
    /// <param name="energies">The share of the energy in each dimension, largest first.</param>
    /// <returns>The layout; null where not even a prefix would fit.</returns>
    public static IndexLayout? Choose(int channels, int cells, int elementBytes, double maximumShare, ReadOnlySpan<double> energies)
    {
        double room = (channels * elementBytes * maximumShare) - sizeof(float) - TailBlocks - ((double)sizeof(float) / cells);
        int wanted = Math.Min(WantedPrefix(energies), channels);
        int fine = Math.Min(Math.Min(MostFineDimensions, (wanted + 3) / 4 * 4), (int)room / 4 * 4);
        if (fine < 4)
        {
            return null;
        }

        room -= fine;
        int coarse = Math.Max(0, Math.Min((wanted - fine + 7) / 8 * 8, (int)room / 4 * 8));
        room -= coarse / 2;
        int prefix = fine + coarse;
        int left = channels - prefix;
        List<int> packs = [];
        while (left > 0 && packs.Count < MaximumPacks && Share(energies, prefix + packs.Sum()) < PackedEnergy)
        {
            int fitting = ((int)room - PackHeader) / 4 * 8;
            int dimensions = Math.Min(Math.Min(PackDimensions, left), fitting);
            if (dimensions < Math.Min(left, 16))
            {
                break;
            }

            packs.Add(dimensions);
            left -= dimensions;
            room -= PackBytes(dimensions);
        }

        return new IndexLayout(cells, channels, fine, coarse, packs);
    }

    private static int WantedPrefix(ReadOnlySpan<double> energies)
    {
        double energy = 0;
        int dimensions = 0;
        while (dimensions < Math.Min(energies.Length, LongestPrefix) && (dimensions < ShortestPrefix || energy < PrefixEnergy))
        {
            energy += energies[dimensions++];
        }

        return Math.Clamp((dimensions + 15) / 16 * 16, ShortestPrefix, LongestPrefix);
    }

    /// <summary>The share of the energy in the first dimensions; none of it is known before the spectrum is.</summary>
    private static double Share(ReadOnlySpan<double> energies, int dimensions)
    {
        double share = 0;
        foreach (double energy in energies[..Math.Min(dimensions, energies.Length)])
        {
            share += energy;
        }

        return share;
    }

    /// <summary>
    /// The first block is the prefix' own coarse dimensions. Those behind the prefix are cut into blocks that get longer as the
    /// energy gets thinner. No block reaches over the end of a refinement, so that a refinement takes the place of whole blocks.
    /// </summary>
    private (Range[] Blocks, Range[] OfPacks) ChooseBlocks()
    {
        Range[] blocks = new Range[TailBlocks];
        Array.Fill(blocks, new Range(Dimensions, Dimensions));
        blocks[0] = new Range(FineDimensions, PrefixDimensions);
        Range[] ofPacks = new Range[Packs.Length];
        int next = 1;
        for (int i = 0; i < Refinements.Length; i++)
        {
            int refinementsLeft = Refinements.Length - i;
            int available = TailBlocks - (HasRest ? 1 : 0) - next;
            int count = i == 0 ? PackTails : Math.Min(PackTails, (available + refinementsLeft - 1) / refinementsLeft);
            (int firstPack, int packs) = Refinements[i].GetOffsetAndLength(Packs.Length);
            int first = FirstDimensions[firstPack];
            int end = FirstDimensions[firstPack + packs];
            ofPacks.AsSpan(firstPack, packs).Fill(new Range(next, next));
            ofPacks[firstPack] = new Range(next, next + count);
            for (int k = 0, from = first; k < count; k++)
            {
                int to = k == count - 1 ? end : Math.Clamp((int)Math.Round(first * Math.Pow((double)end / first, (k + 1.0) / count)), from, end);
                blocks[next++] = new Range(from, to);
                from = to;
            }
        }

        return (blocks, ofPacks);
    }
}
