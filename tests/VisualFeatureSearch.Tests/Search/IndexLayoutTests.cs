using VisualFeatureSearch.Search.Index;

namespace VisualFeatureSearch.Tests.Search;

public sealed class IndexLayoutTests
{
    /// <summary>Channels, cells and bytes of a feature, and how fast energies fall.</summary>
    public static TheoryData<int, int, int, double> Shapes => new()
    {
        { 512, 49, 2, 0.99 },
        { 1280, 49, 2, 0.998 },
        { 256, 196, 2, 0.99 },
        { 128, 49, 2, 0.95 },
        { 64, 9, 4, 0.9 },
        { 33, 1, 4, 1 },
        { 2048, 49, 4, 0.9999 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Every_dimension_behind_the_prefix_is_in_exactly_one_block_and_no_block_reaches_over_a_refinement(int channels, int cells, int elementBytes, double decay)
    {
        IndexLayout layout = Choose(channels, cells, elementBytes, 1, decay)!;
        int next = layout.PrefixDimensions;
        for (int refinement = 0; refinement < layout.Refinements.Length; refinement++)
        {
            (int firstPack, int packs) = layout.Refinements[refinement].GetOffsetAndLength(layout.Packs.Length);
            (int first, int count) = layout.BlocksOfPacks[firstPack].GetOffsetAndLength(IndexLayout.TailBlocks);
            Assert.InRange(count, 1, IndexLayout.PackTails);
            for (int block = first; block < first + count; block++)
            {
                Assert.Equal(next, layout.Blocks[block].Start.Value);
                next = layout.Blocks[block].End.Value;
            }

            Assert.Equal(layout.FirstDimensions[firstPack + packs], next);
            for (int pack = firstPack + 1; pack < firstPack + packs; pack++)
            {
                Assert.Equal(0, layout.BlocksOfPacks[pack].GetOffsetAndLength(IndexLayout.TailBlocks).Length);
            }
        }

        Assert.Equal(layout.Dimensions, next);
        Assert.Equal(layout.Dimensions < channels, layout.HasRest);

        // The rest outside of the index has the last tail for itself.
        Assert.True(!layout.HasRest || layout.Blocks[^1].GetOffsetAndLength(layout.Dimensions).Length == 0);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void An_image_takes_no_more_than_its_share_of_the_stores_bytes(int channels, int cells, int elementBytes, double decay)
    {
        foreach (double share in (double[])[0.34, 0.5, 1])
        {
            if (Choose(channels, cells, elementBytes, share, decay) is { } layout)
            {
                Assert.InRange(layout.ImageBytes, 1, (long)(channels * cells * elementBytes * share) + 1);
            }
        }
    }

    [Fact]
    public void Energies_that_fall_fast_need_a_shorter_prefix_and_fewer_packs_than_those_that_do_not()
    {
        IndexLayout fast = Choose(1280, 49, 2, 0.34, 0.9)!;
        IndexLayout slow = Choose(1280, 49, 2, 0.34, 0.9999)!;
        Assert.True(fast.PrefixDimensions < slow.PrefixDimensions);
        Assert.True(fast.Packs.Length < slow.Packs.Length);
        Assert.Equal(3, slow.Refinements.Length);
    }

    [Fact]
    public void Features_of_a_few_bytes_have_no_index() => Assert.Null(Choose(3, 4, 2, 0.34, 1));

    private static IndexLayout? Choose(int channels, int cells, int elementBytes, double share, double decay)
    {
        double[] energies = [.. Enumerable.Range(0, channels).Select(d => Math.Pow(decay, d))];
        double total = energies.Sum();
        return IndexLayout.Choose(channels, cells, elementBytes, share, [.. energies.Select(energy => energy / total)]);
    }
}
