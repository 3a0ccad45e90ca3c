using System.Numerics.Tensors;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Search.Kernels;
using VisualFeatureSearch.Zarr;

namespace VisualFeatureSearch.Search.Index;

/// <summary>
/// The second moments of the directions of a dataset's cells around their mean, as eigenvectors: which directions cells
/// differ in, and how much.
/// </summary>
internal sealed class Spectrum
{
    private const int MaximumImages = 1024;
    private const int MaximumSamples = 16 * 1024;

    private readonly int _channels;
    private readonly float[] _mean;
    private readonly float[] _eigenvectors;

    private Spectrum(int channels, float[] mean, float[] eigenvectors, double[] energies)
    {
        _channels = channels;
        _mean = mean;
        _eigenvectors = eigenvectors;
        Energies = energies;
    }

    /// <summary>The share of the energy in each dimension, largest first.</summary>
    public double[] Energies { get; }

    /// <summary>Learns from cells all over the array.</summary>
    public static Spectrum Learn(FeatureArray features, CancellationToken cancellationToken)
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
        (float[] rows, double[] values) = Decompose(directions, mean, channels);
        double total = Math.Max(values.Sum(), double.Epsilon);
        return new Spectrum(channels, mean, rows, [.. values.Select(value => value / total)]);
    }

    /// <summary>The basis of the first dimensions.</summary>
    public EigenBasis Take(int dimensions)
    {
        float[] rows = new float[(dimensions + 1) * _channels];
        _eigenvectors.AsSpan(0, Math.Min(dimensions, _channels) * _channels).CopyTo(rows);
        _mean.CopyTo(rows.AsSpan(dimensions * _channels));
        return new EigenBasis(dimensions, _channels, rows, _mean);
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

    /// <summary>Rows of eigenvectors and the eigenvalues, largest first.</summary>
    private static (float[] Rows, double[] Values) Decompose(List<float[]> directions, float[] mean, int channels)
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
                rowsOf[(d * channels) + c] = (float)factors.EigenVectors[c, channels - 1 - d];
            }
        }

        return (rowsOf, [.. factors.EigenValues.Select(value => Math.Max(value.Real, 0)).Reverse()]);
    }
}
