using System.Numerics.Tensors;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Search.Kernels;
using VisualFeatureSearch.Zarr;

namespace VisualFeatureSearch.Search.Index;

/// <summary>
/// The directions in which the cells of a dataset differ most: eigenvectors of the second moments of the cells' directions
/// around their mean. Any orthonormal rows would give a correct index; these give one whose first dimensions say most.
/// </summary>
internal sealed class EigenBasis
{
    private const int MaximumImages = 1024;
    private const int MaximumSamples = 16 * 1024;

    private EigenBasis(int dimensions, int channels, float[] rows, float[] mean)
    {
        Dimensions = dimensions;
        Channels = channels;
        Rows = rows;
        Mean = mean;
        Skew = MeasureSkew();
        double squares = 0;
        foreach (float value in mean)
        {
            squares += (double)value * value;
        }

        MeanLength = Math.Sqrt(squares);
    }

    public int Dimensions { get; }

    public int Channels { get; }

    /// <summary><c>[dimensions + 1, channels]</c>: the basis, and the mean direction as its last row.</summary>
    public float[] Rows { get; }

    public float[] Mean { get; }

    public double MeanLength { get; }

    /// <summary>The Frobenius norm of V·Vᵀ - 1, rounded up.</summary>
    public double Skew { get; }

    /// <summary>Learns a basis from cells all over the array.</summary>
    public static EigenBasis Learn(FeatureArray features, int dimensions, CancellationToken cancellationToken)
    {
        int channels = features.Channels;
        List<float[]> directions = Sample(features, cancellationToken);
        double[] sums = new double[channels];
        foreach (float[] direction in directions)
        {
            for (int c = 0; c < channels; c++)
            {
                sums[c] += direction[c];
            }
        }

        float[] mean = [.. sums.Select(sum => (float)(sum / Math.Max(directions.Count, 1)))];
        float[] rows = new float[(dimensions + 1) * channels];
        float[] eigenvectors = Eigenvectors(directions, mean, channels);
        int usable = Math.Min(dimensions, channels);
        for (int d = 0; d < usable; d++)
        {
            eigenvectors.AsSpan((channels - 1 - d) * channels, channels).CopyTo(rows.AsSpan(d * channels));
        }

        mean.CopyTo(rows.AsSpan(dimensions * channels));
        return new EigenBasis(dimensions, channels, rows, mean);
    }

    /// <summary>The directions of a few cells of many images, each of length 1.</summary>
    private static List<float[]> Sample(FeatureArray features, CancellationToken cancellationToken)
    {
        int cells = features.Height * features.Width;
        int images = (int)Math.Min(features.Count, MaximumImages);
        int cellsAnImage = Math.Min(cells, Math.Max(1, MaximumSamples / Math.Max(images, 1)));
        Random random = new(17);
        using ZarrRowReader rows = features.Array.OpenRows();
        List<float[]> directions = [];
        for (int i = 0; i < images; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            float[] map = features.ReadMap(rows, features.Count * i / images);
            int start = random.Next(cells);
            for (int k = 0; k < cellsAnImage; k++)
            {
                int cell = (int)((start + ((long)k * cells / cellsAnImage)) % cells);
                float[] direction = new float[features.Channels];
                for (int c = 0; c < direction.Length; c++)
                {
                    direction[c] = map[(c * cells) + cell];
                }

                float norm = TensorPrimitives.Norm(direction);
                if (float.IsFinite(norm) && norm > 0)
                {
                    TensorPrimitives.Divide(direction, norm, direction);
                    directions.Add(direction);
                }
            }
        }

        return directions;
    }

    /// <summary>Rows of eigenvectors, smallest eigenvalue first.</summary>
    private static float[] Eigenvectors(List<float[]> directions, float[] mean, int channels)
    {
        int count = Math.Max(directions.Count, 1);
        float[] samples = new float[(count * channels) + ScanKernels.Padding];
        float[] transposed = new float[channels * count];
        for (int i = 0; i < directions.Count; i++)
        {
            for (int c = 0; c < channels; c++)
            {
                float centred = directions[i][c] - mean[c];
                samples[(i * channels) + c] = centred;
                transposed[(c * count) + i] = centred;
            }
        }

        int stride = channels + (2 * ScanKernels.Padding);
        float[] moments = new float[channels * stride];
        const int RowsAtATime = 32;
        Parallel.For(0, (channels + RowsAtATime - 1) / RowsAtATime, part =>
        {
            int first = part * RowsAtATime;
            int rows = Math.Min(RowsAtATime, channels - first);
            float[] products = new float[rows * stride];
            ScanKernels.Best.Project(transposed.AsSpan(first * count), rows, samples, count, channels, products, stride);
            products.CopyTo(moments.AsSpan(first * stride));
        });

        Matrix<double> matrix = Matrix<double>.Build.Dense(
            channels, channels, (row, column) => ((double)moments[(row * stride) + column] + moments[(column * stride) + row]) / (2 * count));
        Evd<double> factors = matrix.Evd(Symmetricity.Symmetric);
        float[] rowsOf = new float[channels * channels];
        for (int d = 0; d < channels; d++)
        {
            for (int c = 0; c < channels; c++)
            {
                rowsOf[(d * channels) + c] = (float)factors.EigenVectors[c, d];
            }
        }

        return rowsOf;
    }

    private double MeasureSkew()
    {
        double[] rows = [.. Rows.AsSpan(0, Dimensions * Channels).ToArray().Select(value => (double)value)];
        int usable = Math.Min(Dimensions, Channels);
        double[] squares = new double[usable];
        Parallel.For(0, usable, i =>
        {
            for (int j = 0; j < usable; j++)
            {
                double product = TensorPrimitives.Dot<double>(rows.AsSpan(i * Channels, Channels), rows.AsSpan(j * Channels, Channels)) - (i == j ? 1 : 0);
                squares[i] += product * product;
            }
        });
        return (Math.Sqrt(squares.Sum()) * 1.001) + 1e-12;
    }
}
