using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;

namespace VisualFeatureSearch.Features;

/// <summary>What to precompute, and how.</summary>
public sealed record PrecomputeJob
{
    /// <summary>The images.</summary>
    public required ImageList Images { get; init; }

    /// <summary>The network.</summary>
    public required NetworkModel Model { get; init; }

    /// <summary>The layers: names of tensors of the network, all computed in one pass.</summary>
    public required IReadOnlyList<string> Layers { get; init; }

    /// <summary>The image transform.</summary>
    public required ImageTransform Transform { get; init; }

    /// <summary>The directory of the store.</summary>
    public required string StorePath { get; init; }

    /// <summary>Whether features are stored as float16; else float32.</summary>
    public bool IsHalf { get; init; } = true;

    /// <summary>Whether an existing store is deleted first.</summary>
    public bool Overwrite { get; init; }

    /// <summary>
    /// Images a run of the network. One is fastest on a CPU, where several runs go on side by side; a network with a fixed
    /// batch decides itself.
    /// </summary>
    public int Batch { get; init; } = 1;

    /// <summary>Runs of the network, and decoders, side by side.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Bytes of the largest layer's chunk, at most (a chunk holds at least one image).</summary>
    public int MaximumChunkBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>The time to write into the store.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Images a chunk: the same in all layers, so that a chunk of rows becomes complete in one step.</summary>
    internal int ChunkRows { get; init; }
}

/// <summary>How far a precompute is.</summary>
/// <param name="Total">Images asked for.</param>
/// <param name="Done">Images dealt with, those of an earlier run included.</param>
/// <param name="Resumed">Images that an earlier run had done.</param>
/// <param name="Skipped">Images left out.</param>
public readonly record struct PrecomputeProgress(long Total, long Done, long Resumed, long Skipped);

/// <summary>What a precompute did.</summary>
/// <param name="Images">Images in the store.</param>
/// <param name="Resumed">How many of the asked-for images an earlier run had dealt with.</param>
/// <param name="OutOfRange">Images of this run with features beyond float16's range, which a search leaves out.</param>
/// <param name="Elapsed">Time of this run.</param>
public sealed record PrecomputeSummary(long Images, long Resumed, long OutOfRange, TimeSpan Elapsed);
