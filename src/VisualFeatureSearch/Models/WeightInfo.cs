namespace VisualFeatureSearch.Models;

/// <summary>A weight of a network: a tensor whose numbers are in its file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">Elements along each axis; of a convolution [channels out, channels in, height, width].</param>
/// <param name="ElementType">Its element type in the file, such as <c>float32</c>.</param>
/// <param name="UsedBy">The kind of the node that takes it, such as <c>Conv</c>; empty where none does.</param>
/// <param name="Output">The tensor that this node makes, the layer that the weight is of; empty where there is none.</param>
public sealed record WeightInfo(string Name, IReadOnlyList<int> Shape, string ElementType, string UsedBy, string Output)
{
    /// <summary>Numbers in it.</summary>
    public long Elements => Shape.Aggregate(1L, (product, extent) => product * extent);
}
