using System.Text.Json.Serialization;

namespace VisualFeatureSearch.Models;

/// <summary>A grid of cells.</summary>
/// <param name="Height">Cells down.</param>
/// <param name="Width">Cells across.</param>
public readonly record struct GridSize(int Height, int Width);

/// <summary>What a person says of a network that cannot be read from its file. Written into stores, so that queries are computed alike.</summary>
public sealed record ModelOptions
{
    /// <summary>Nothing said: all is found from the file.</summary>
    public static ModelOptions Default { get; } = new();

    /// <summary>The layout of the layers; null to find it from their shapes.</summary>
    public FeatureLayout? Layout { get; init; }

    /// <summary>The grid that a layer's tokens fold to; null to find it.</summary>
    public GridSize? Grid { get; init; }

    /// <summary>The value of each further input of the network, by name: every element of it gets that value.</summary>
    public IReadOnlyDictionary<string, double> Inputs { get; init; } = new Dictionary<string, double>();

    /// <summary>What computes. It changes results by rounding only, so that it is not written into stores.</summary>
    [JsonIgnore]
    public ExecutionProvider Provider { get; init; }

    /// <summary>Whether everything that decides results is found from the file.</summary>
    [JsonIgnore]
    public bool IsDefault => Equals(Default with { Provider = Provider });

    /// <summary>Options are equal when every value is.</summary>
    public bool Equals(ModelOptions? other) =>
        other is not null
        && (Layout, Grid, Provider) == (other.Layout, other.Grid, other.Provider)
        && Inputs.Count == other.Inputs.Count
        && Inputs.All(input => other.Inputs.TryGetValue(input.Key, out double value) && value.Equals(input.Value));

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(Layout, Grid, Provider, Inputs.Count);
}
