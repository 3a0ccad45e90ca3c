using System.Text.Json.Nodes;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Server.Stores;

namespace VisualFeatureSearch.Server.Api;

/// <summary>A feature store.</summary>
/// <param name="Id">Its identifier in addresses.</param>
/// <param name="Images">Images whose features are complete.</param>
/// <param name="IsFinished">Whether nothing is left to compute.</param>
/// <param name="Layers">Its layers.</param>
/// <param name="Model">The network's name; absent for a store of another tool.</param>
/// <param name="ModelSha256">SHA-256 of the network's file; absent for a store of another tool.</param>
/// <param name="InputWidth">Width of the crop that the network sees, in pixels; 0 for a store of another tool.</param>
/// <param name="InputHeight">Its height.</param>
/// <param name="Transform">The image transform; absent for a store of another tool.</param>
/// <param name="Labels">How many images have each label, most frequent first. An image may have several.</param>
/// <param name="Columns">The manifest's columns besides path and label.</param>
public sealed record StoreModel(
    string Id,
    long Images,
    bool IsFinished,
    IReadOnlyList<StoreLayerModel> Layers,
    string? Model,
    string? ModelSha256,
    int InputWidth,
    int InputHeight,
    JsonNode? Transform,
    IReadOnlyList<LabelModel> Labels,
    IReadOnlyList<string> Columns)
{
    internal static StoreModel Create(ServedStore served)
    {
        FeatureStore store = served.Store;
        return new StoreModel(
            served.Id,
            store.Count,
            store.IsFinished,
            [.. store.Arrays.Select(array => new StoreLayerModel(array.Layer, array.Name, new GridReport(array.Channels, array.Height, array.Width), array.IsHalf ? "float16" : "float32"))],
            store.Header?.Model.Name,
            store.Header?.Model.Sha256,
            served.Photographs?.Transform.InputWidth ?? 0,
            served.Photographs?.Transform.InputHeight ?? 0,
            store.Header?.Transform.DeepClone(),
            [.. store.Images.SelectMany(image => image.Labels).CountBy(label => label)
                .OrderByDescending(label => label.Value).ThenBy(label => label.Key, StringComparer.Ordinal)
                .Select(label => new LabelModel(label.Key, label.Value))],
            store.ColumnNames);
    }
}

/// <summary>A layer of a store.</summary>
/// <param name="Name">The tensor's name in the network.</param>
/// <param name="Array">The Zarr array's name.</param>
/// <param name="Grid">The shape of its feature maps.</param>
/// <param name="Type">float16 or float32.</param>
public sealed record StoreLayerModel(string Name, string Array, GridReport Grid, string Type);

/// <summary>A label and how many images have it.</summary>
/// <param name="Label">The label.</param>
/// <param name="Images">Images with it.</param>
public sealed record LabelModel(string Label, int Images);
