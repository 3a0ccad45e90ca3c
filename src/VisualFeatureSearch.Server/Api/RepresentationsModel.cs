using System.Text.Json.Serialization;
using VisualFeatureSearch.Analysis;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Server.Problems;
using VisualFeatureSearch.Server.Stores;

namespace VisualFeatureSearch.Server.Api;

/// <summary>Layers whose representations are compared.</summary>
/// <param name="Rows">The layers, at most 32.</param>
/// <param name="Images">Images to compare at most, 4 to 2000; absent for 1000.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RepresentationsRequest(IReadOnlyList<RepresentationRowModel>? Rows, int? Images = null);

/// <summary>A layer of a store.</summary>
/// <param name="Store">The store.</param>
/// <param name="Layer">The layer; absent in a request for the store's last one.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RepresentationRowModel(string? Store, string? Layer = null);

/// <summary>How alike layers are, each with each.</summary>
/// <param name="Rows">The layers, in the order asked for.</param>
/// <param name="Images">Images that were compared.</param>
/// <param name="NonFiniteImages">Images left out because their features contain an infinity or NaN in one of the layers.</param>
/// <param name="LinearCka">A row and a column a layer: unbiased linear CKA; null where it is not defined, as for constant features.</param>
/// <param name="BiasedLinearCka">The same as first published, which is high even for unrelated layers where there are few images.</param>
public sealed record RepresentationsModel(
    IReadOnlyList<RepresentationRowModel> Rows,
    int Images,
    int NonFiniteImages,
    IReadOnlyList<IReadOnlyList<double?>> LinearCka,
    IReadOnlyList<IReadOnlyList<double?>> BiasedLinearCka)
{
    /// <summary>Compares what a request names.</summary>
    internal static RepresentationsModel Create(RepresentationsRequest request, StoreCatalogue catalogue, CancellationToken cancellationToken)
    {
        if (request.Rows is not { Count: > 0 and <= RepresentationTable.MaximumLayers } wanted)
        {
            throw new RequestException($"'rows' has {request.Rows?.Count ?? 0}: it must have from 1 to {RepresentationTable.MaximumLayers}");
        }

        int images = request.Images ?? RepresentationTable.DefaultImages;
        if (images is < Analysis.LinearCka.FewestImages or > RepresentationTable.MaximumImages)
        {
            throw new RequestException($"'images' is {images}: it must be from {Analysis.LinearCka.FewestImages} to {RepresentationTable.MaximumImages}");
        }

        (ServedStore Served, FeatureArray Layer)[] rows = [.. wanted.Select(row =>
        {
            ServedStore served = catalogue.Find(row?.Store ?? throw new RequestException("'store' is missing in a row: the store that the layer is of"));
            return (served, served.Store.FindLayer(row!.Layer));
        })];
        RepresentationTable table = RepresentationTable.Create([.. rows.Select(row => (row.Served.Store, row.Layer))], images, catalogue.ImagesRoot, cancellationToken);
        return new RepresentationsModel(
            [.. rows.Select(row => new RepresentationRowModel(row.Served.Id, row.Layer.Layer))], table.Images, table.NonFiniteImages, table.LinearCka, table.BiasedLinearCka);
    }
}
