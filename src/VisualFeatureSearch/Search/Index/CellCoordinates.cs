using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Search.Index;

/// <summary>
/// The directions of all cells of a few images, less their mean, in the basis of an index. Holds one thread's buffers. Images are
/// projected together because vectors are then full, whatever the shape of a map, and what is loaded of the basis serves them all.
/// </summary>
internal sealed class CellCoordinates
{
    /// <summary>Norms beyond these would make squares overflow, or vanish, in float32.</summary>
    public const float LargestNorm = 1e15f;
    private const float SmallestNorm = 1e-12f;

    /// <summary>
    /// Cells that are projected together, about: <see cref="ScanKernels.ProjectChain"/> channels of them (200 kB), and what is in use of the basis
    /// (32 kB) and of products (100 kB), fit into the second level of a core's cache.
    /// </summary>
    private const int CellsTogether = 400;
    private const int MostImages = 16;

    /// <summary>Dimensions that are projected before they are written down by cells, while they are in the cache.</summary>
    private const int DimensionsTogether = 64;

    private readonly EigenBasis _basis;
    private readonly int _mapCells;
    private readonly int _cells;
    private readonly AlignedArray<float> _block;
    private readonly AlignedArray<float> _products;
    private readonly float[] _squares;
    private readonly float[] _norms;
    private readonly double[] _inverses;
    private readonly double[] _meanProducts;
    private readonly double[] _meanCoordinates;
    private readonly float[] _coordinates;

    /// <summary>Prepares for images of one shape.</summary>
    /// <param name="basis">The basis.</param>
    /// <param name="mapCells">Cells of an image, H * W.</param>
    public CellCoordinates(EigenBasis basis, int mapCells)
    {
        const int Line = Prefetch.LineBytes / sizeof(float);
        _basis = basis;
        _mapCells = mapCells;
        Images = Math.Clamp(CellsTogether / mapCells, 1, MostImages);

        // Channels begin at lines of the cache, an odd number of them apart: else one cell's channels would compete for the same few places.
        int lines = ((Images * mapCells) + Line - 1) / Line;
        _cells = (lines | 1) * Line;
        _block = new AlignedArray<float>((basis.Channels * _cells) + ScanKernels.Padding);
        _products = new AlignedArray<float>(DimensionsTogether * _cells);
        _squares = new float[_cells + ScanKernels.Padding];
        _norms = new float[_cells];
        _inverses = new double[_cells];
        _meanProducts = new double[_cells];
        _meanCoordinates = new double[basis.Dimensions];
        _coordinates = new float[_cells * basis.Dimensions];
        for (int d = 0; d < basis.Dimensions; d++)
        {
            for (int c = 0; c < basis.Channels; c++)
            {
                _meanCoordinates[d] += (double)basis.Rows[(d * basis.Channels) + c] * basis.Mean[c];
            }
        }
    }

    /// <summary>Images that are projected together.</summary>
    public int Images { get; }

    /// <summary>Takes an image's feature map.</summary>
    /// <param name="image">Which of the images, from 0.</param>
    /// <param name="map">The map, <c>[C, H, W]</c>; one that is not finite changes no other image, and <see cref="IsUsual"/> tells.</param>
    public void Put(int image, ReadOnlySpan<float> map)
    {
        Span<float> block = _block.Span[(image * _mapCells)..];
        for (int from = 0, to = 0; from < map.Length; from += _mapCells, to += _cells)
        {
            map.Slice(from, _mapCells).CopyTo(block[to..]);
        }
    }

    /// <summary>Computes the coordinates of all images that were put in.</summary>
    public void Project()
    {
        ScanKernels kernels = ScanKernels.Best;
        Array.Clear(_squares);
        kernels.AddSquares(_block.Span, _basis.Channels, _cells, _squares);
        for (int cell = 0; cell < _cells; cell++)
        {
            _norms[cell] = MathF.Sqrt(_squares[cell]);
            _inverses[cell] = _norms[cell] == 0 ? 0 : 1.0 / _norms[cell];
        }

        // The mean is the basis' last row.
        int rows = _basis.Dimensions + 1;
        for (int first = 0; first < rows; first += DimensionsTogether)
        {
            int count = Math.Min(DimensionsTogether, rows - first);
            kernels.Project(
                _basis.Rows.AsSpan(first * _basis.Channels, count * _basis.Channels), count, _block.Span, _basis.Channels, _cells, _products.Span, _cells);
            WriteDown(first, Math.Min(count, _basis.Dimensions - first));
        }

        ReadOnlySpan<float> products = _products.Span.Slice(_basis.Dimensions % DimensionsTogether * _cells, _cells);
        for (int cell = 0; cell < _cells; cell++)
        {
            _meanProducts[cell] = products[cell] / (double)_norms[cell];
        }
    }

    /// <summary>Whether all of an image's norms are such as bounds can be trusted with.</summary>
    public bool IsUsual(int image)
    {
        foreach (float square in _squares.AsSpan(image * _mapCells, _mapCells))
        {
            if (!(square < LargestNorm * LargestNorm) || (square < SmallestNorm * SmallestNorm && square > 0))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The norms of an image's cells; 0 for one that has no direction.</summary>
    public ReadOnlySpan<float> Norms(int image) => _norms.AsSpan(image * _mapCells, _mapCells);

    /// <summary>The products of the directions of an image's cells and the mean direction; not to be used for a cell that has no direction.</summary>
    public ReadOnlySpan<double> MeanProducts(int image) => _meanProducts.AsSpan(image * _mapCells, _mapCells);

    /// <summary>The coordinates of an image's cells, <c>[cells, dimensions]</c>.</summary>
    public ReadOnlySpan<float> Of(int image) => _coordinates.AsSpan(image * _mapCells * _basis.Dimensions, _mapCells * _basis.Dimensions);

    /// <summary>Dimensions that were projected, by cells; what is behind the images' cells is written too, and never read.</summary>
    private void WriteDown(int first, int count)
    {
        int dimensions = _basis.Dimensions;
        ReadOnlySpan<double> means = _meanCoordinates.AsSpan(first, count);
        for (int cell = 0; cell < _cells; cell += CoordinateLoops.NormalisedTogether)
        {
            CoordinateLoops.Normalise(_products.Span[cell..], _cells, _inverses.AsSpan(cell), means, _coordinates.AsSpan((cell * dimensions) + first), dimensions);
        }
    }
}
