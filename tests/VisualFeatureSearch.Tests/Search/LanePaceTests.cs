using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Tests.Search;

public sealed class LanePaceTests
{
    [Theory]
    [InlineData(8, 4, 0, 9)]
    [InlineData(49, 16, 0, 4)]
    [InlineData(49, 16, 16, 16)]
    [InlineData(49, 16, 25, 9)]
    [InlineData(49, 8, 25, 1)]
    [InlineData(64, 16, 16, 0)]
    [InlineData(196, 16, 25, 100)]
    [InlineData(153 * 153, 16, 25, 149 * 149)]
    public void All_bytes_of_a_group_are_asked_for_and_at_most_a_line_too_many_for_each_eight_cells(int cells, int lanes, int windows, int maskCells)
    {
        LanePace pace = LanePace.Of(cells, lanes, windows, maskCells);

        int pieces = (cells + 7) / 8;
        Assert.InRange(pace.Adding, 0, 64);
        Assert.True(pace.Widening > 0 && pace.Widening % 64 == 0, $"{pace.Widening} bytes are no whole lines");
        Assert.Equal(pace.Widening * pieces, pace.Widened);
        Assert.InRange(pace.Widened + (pace.Adding * maskCells), cells * lanes * 2, (cells * lanes * 2) + (64 * pieces) - 1);
    }

    [Fact]
    public void Masks_of_more_cells_ask_for_more_while_they_are_added() =>
        Assert.True(Asked(16) > Asked(9) && Asked(9) > Asked(2) && Asked(2) > 0);

    private static int Asked(int maskCells) => LanePace.Of(49, 16, 25, maskCells).Adding * maskCells;
}
