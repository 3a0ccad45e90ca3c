using System.Numerics.Tensors;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Zarr;

namespace VisualFeatureSearch.Analysis;

/// <summary>
/// The inner products of images' whole feature maps, flattened: K = X Xᵀ with a row of X an image, which is all that a linear
/// comparison of two layers needs, however many channels and cells they have.
/// </summary>
public sealed class GramMatrix
{
    /// <summary>Numbers of a piece of a feature map; two of them stay in the cache nearest to a core.</summary>
    private const int PieceElements = 2048;

    /// <summary>Bytes of feature maps that are held at a time; with two blocks of them in memory.</summary>
    private const long BlockBytes = 128L << 20;

    private readonly double[] _values;

    private GramMatrix(int size)
    {
        Size = size;
        _values = new double[size * size];
        IsFinite = new bool[size];
    }

    /// <summary>Images, n.</summary>
    public int Size { get; }

    /// <summary>For each image, whether its features are all finite; one that is not has no inner products.</summary>
    public bool[] IsFinite { get; }

    /// <summary>The inner product of two images' feature maps.</summary>
    public double this[int row, int column]
    {
        get => _values[(row * Size) + column];
        private set => _values[(row * Size) + column] = value;
    }

    /// <summary>Computes the inner products of rows of X.</summary>
    /// <param name="rows">For each image its numbers, all of the same length.</param>
    public static GramMatrix Create(IReadOnlyList<float[]> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        GramMatrix gram = new(rows.Count);
        gram.Mark(0, rows);
        gram.Multiply(0, rows, 0, rows, CancellationToken.None);
        return gram;
    }

    /// <summary>Computes the inner products of images of a layer, reading them block by block.</summary>
    /// <param name="features">The layer.</param>
    /// <param name="images">The rows of the images.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <exception cref="ZarrException">The features cannot be read.</exception>
    public static GramMatrix Create(FeatureArray features, IReadOnlyList<long> images, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(images);
        GramMatrix gram = new(images.Count);
        int block = (int)Math.Clamp(BlockBytes / (sizeof(float) * (long)features.MapElements), 1, Math.Max(1, images.Count));
        using ZarrRowReader reader = features.Array.OpenRows();
        for (int first = 0; first < images.Count; first += block)
        {
            float[][] own = Read(first);
            gram.Mark(first, own);
            gram.Multiply(first, own, first, own, cancellationToken);
            for (int other = 0; other < first; other += block)
            {
                gram.Multiply(first, own, other, Read(other), cancellationToken);
            }
        }

        return gram;

        float[][] Read(int from)
        {
            float[][] maps = new float[Math.Min(block, images.Count - from)][];
            for (int i = 0; i < maps.Length; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                maps[i] = features.ReadMap(reader, images[from + i]);
            }

            return maps;
        }
    }

    private void Mark(int first, IReadOnlyList<float[]> maps)
    {
        for (int i = 0; i < maps.Count; i++)
        {
            IsFinite[first + i] = !NonFinite.IsIn(maps[i]);
        }
    }

    /// <summary>The inner products of two blocks of images, and by symmetry those below the diagonal.</summary>
    private void Multiply(int firstRow, IReadOnlyList<float[]> rows, int firstColumn, IReadOnlyList<float[]> columns, CancellationToken cancellationToken)
    {
        Parallel.For(
            0,
            rows.Count,
            new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount },
            i =>
            {
                int end = firstRow == firstColumn ? i + 1 : columns.Count;
                double[] sums = new double[end];

                // Single precision inside of a piece, double precision over the pieces: the rounding stays that of one piece.
                for (int from = 0; from < rows[i].Length; from += PieceElements)
                {
                    ReadOnlySpan<float> piece = rows[i].AsSpan(from, Math.Min(PieceElements, rows[i].Length - from));
                    for (int j = 0; j < end; j++)
                    {
                        sums[j] += TensorPrimitives.Dot(piece, columns[j].AsSpan(from, piece.Length));
                    }
                }

                for (int j = 0; j < end; j++)
                {
                    this[firstRow + i, firstColumn + j] = sums[j];
                    this[firstColumn + j, firstRow + i] = sums[j];
                }
            });
    }
}
