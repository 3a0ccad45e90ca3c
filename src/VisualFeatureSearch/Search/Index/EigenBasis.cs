using System.Numerics.Tensors;

namespace VisualFeatureSearch.Search.Index;

/// <summary>
/// The directions in which the cells of a dataset differ most: eigenvectors of the second moments of the cells' directions
/// around their mean. Any orthonormal rows would give a correct index; these give one whose first dimensions say most.
/// </summary>
internal sealed class EigenBasis
{
    /// <summary>Takes rows over.</summary>
    /// <param name="dimensions">Rows of the basis, which may exceed the channels: then the last are zero.</param>
    /// <param name="channels">C.</param>
    /// <param name="rows">The rows, and the mean direction behind them.</param>
    /// <param name="mean">The mean direction.</param>
    public EigenBasis(int dimensions, int channels, float[] rows, float[] mean)
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
