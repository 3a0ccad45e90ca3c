using VisualFeatureSearch.Features;

namespace VisualFeatureSearch.Analysis;

/// <summary>How alike the representations of several layers are, each with each, over the same images.</summary>
/// <param name="Images">Images that were compared.</param>
/// <param name="NonFiniteImages">Images left out because their features contain an infinity or NaN in one of the layers.</param>
/// <param name="LinearCka">A row and a column a layer: unbiased linear CKA; null where it is not defined.</param>
/// <param name="BiasedLinearCka">The same as first published, which depends on the number of images.</param>
public sealed record RepresentationTable(
    int Images, int NonFiniteImages, IReadOnlyList<IReadOnlyList<double?>> LinearCka, IReadOnlyList<IReadOnlyList<double?>> BiasedLinearCka)
{
    /// <summary>Images that are compared where nobody says how many: CKA then is within about a hundredth.</summary>
    public const int DefaultImages = 1000;

    /// <summary>More images than this give nothing new and take long.</summary>
    public const int MaximumImages = 2000;

    /// <summary>More layers than this no table shows.</summary>
    public const int MaximumLayers = 32;

    /// <summary>Compares layers of one or more stores over the images that all of the stores have.</summary>
    /// <param name="layers">For each representation its store and layer, at most <see cref="MaximumLayers"/>.</param>
    /// <param name="images">Images to compare at most, from <see cref="Analysis.LinearCka.FewestImages"/> to <see cref="MaximumImages"/>; of more, an even sample.</param>
    /// <param name="imagesRoot">The folder that the manifests' paths are relative to now; null for where it was.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <exception cref="FeatureStoreException">The stores have too few images in common.</exception>
    /// <exception cref="Zarr.ZarrException">The features cannot be read.</exception>
    public static RepresentationTable Create(
        IReadOnlyList<(FeatureStore Store, FeatureArray Layer)> layers, int images = DefaultImages, string? imagesRoot = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentOutOfRangeException.ThrowIfZero(layers.Count, nameof(layers));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(layers.Count, MaximumLayers, nameof(layers));
        ArgumentOutOfRangeException.ThrowIfLessThan(images, Analysis.LinearCka.FewestImages);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(images, MaximumImages);
        IReadOnlyList<long[]> rows = SharedImages.Find([.. layers.Select(layer => layer.Store)], images, imagesRoot);
        GramMatrix[] grams = [.. layers.Select((layer, i) => GramMatrix.Create(layer.Layer, rows[i], cancellationToken))];
        int[] finite = [.. Enumerable.Range(0, rows[0].Length).Where(image => grams.All(gram => gram.IsFinite[image]))];
        return finite.Length >= Analysis.LinearCka.FewestImages
            ? new RepresentationTable(finite.Length, rows[0].Length - finite.Length, Tabulate(Analysis.LinearCka.Unbiased), Tabulate(Analysis.LinearCka.Biased))
            : throw new FeatureStoreException($"{finite.Length} images with finite features are in all stores: comparing representations needs at least {Analysis.LinearCka.FewestImages}");

        double?[][] Tabulate(Func<GramMatrix, GramMatrix, IReadOnlyList<int>, double> measure)
        {
            double?[][] table = [.. grams.Select(_ => new double?[grams.Length])];
            for (int i = 0; i < grams.Length; i++)
            {
                for (int j = 0; j <= i; j++)
                {
                    double value = measure(grams[i], grams[j], finite);
                    table[i][j] = table[j][i] = double.IsFinite(value) ? value : null;
                }
            }

            return table;
        }
    }
}
