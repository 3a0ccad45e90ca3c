using VisualFeatureSearch.Search.Index;

namespace VisualFeatureSearch.Tests.Search;

public sealed class CellCoordinatesTests
{
    private const int Channels = 40;

    [Theory]
    [InlineData(1)]
    [InlineData(49)]
    [InlineData(196)]
    [InlineData(500)]
    public void Coordinates_are_those_of_the_directions_less_their_mean_for_every_image_that_is_projected_together(int cells)
    {
        EigenBasis basis = Basis(dimensions: 70);
        CellCoordinates coordinates = new(basis, cells);
        float[][] maps = [.. Enumerable.Range(0, coordinates.Images).Select(image => Map(cells, image))];
        for (int image = 0; image < maps.Length; image++)
        {
            coordinates.Put(image, maps[image]);
        }

        coordinates.Project();

        for (int image = 0; image < maps.Length; image++)
        {
            Assert.True(coordinates.IsUsual(image));
            for (int cell = 0; cell < cells; cell++)
            {
                double[] own = [.. Enumerable.Range(0, Channels).Select(c => (double)maps[image][(c * cells) + cell])];
                double norm = Math.Sqrt(own.Sum(value => value * value));
                Assert.Equal(norm, coordinates.Norms(image)[cell], 1e-5);
                Assert.Equal(Enumerable.Range(0, Channels).Sum(c => own[c] / norm * basis.Mean[c]), coordinates.MeanProducts(image)[cell], 1e-5);
                for (int d = 0; d < basis.Dimensions; d++)
                {
                    double expected = Enumerable.Range(0, Channels).Sum(c => basis.Rows[(d * Channels) + c] * ((own[c] / norm) - basis.Mean[c]));
                    Assert.Equal(expected, coordinates.Of(image)[(cell * basis.Dimensions) + d], 1e-5);
                }
            }
        }
    }

    [Fact]
    public void An_image_of_unusual_numbers_is_told_apart_and_changes_no_other()
    {
        const int Cells = 9;
        EigenBasis basis = Basis(dimensions: 8);
        CellCoordinates alone = new(basis, Cells), together = new(basis, Cells);
        alone.Put(2, Map(Cells, 2));
        alone.Project();
        float[] huge = Map(Cells, 0), tiny = Map(Cells, 1), empty = new float[Channels * Cells];
        huge[3] = 1e30f;
        for (int c = 0; c < Channels; c++)
        {
            tiny[(c * Cells) + 4] = 1e-20f;
        }

        together.Put(0, huge);
        together.Put(1, tiny);
        together.Put(2, Map(Cells, 2));
        together.Put(3, empty);
        together.Project();

        Assert.Equal([false, false, true, true], Enumerable.Range(0, 4).Select(together.IsUsual));
        Assert.Equal(alone.Of(2), together.Of(2));
        Assert.Equal(new float[Cells], together.Norms(3));
    }

    [Fact]
    public void Nothing_is_left_of_the_images_that_were_projected_before()
    {
        const int Cells = 9;
        EigenBasis basis = Basis(dimensions: 8);
        CellCoordinates fresh = new(basis, Cells), used = new(basis, Cells);
        for (int image = 0; image < used.Images; image++)
        {
            used.Put(image, Map(Cells, image + 10));
        }

        used.Project();
        used.Put(1, Map(Cells, 1));
        used.Project();
        fresh.Put(1, Map(Cells, 1));
        fresh.Project();

        Assert.Equal(fresh.Of(1), used.Of(1));
        Assert.Equal(fresh.Norms(1), used.Norms(1));
        Assert.Equal(fresh.MeanProducts(1), used.MeanProducts(1));
    }

    /// <summary>Rows that differ from each other; more of them than channels, so that they are projected in several parts.</summary>
    private static EigenBasis Basis(int dimensions)
    {
        Random random = new(5);
        float[] rows = [.. Enumerable.Range(0, (dimensions + 1) * Channels).Select(_ => (random.NextSingle() - 0.5f) / 4)];
        return new EigenBasis(dimensions, Channels, rows, rows[(dimensions * Channels)..]);
    }

    private static float[] Map(int cells, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, Channels * cells).Select(_ => random.NextSingle() * (seed + 1))];
    }
}
