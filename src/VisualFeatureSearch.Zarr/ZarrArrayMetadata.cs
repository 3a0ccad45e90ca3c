using VisualFeatureSearch.Zarr.Codecs;

namespace VisualFeatureSearch.Zarr;

/// <summary>What <c>.zarray</c> says of a Zarr v2 array.</summary>
public sealed partial record ZarrArrayMetadata
{
    /// <summary>Elements along each axis; at least one axis.</summary>
    public required IReadOnlyList<long> Shape { get; init; }

    /// <summary>Elements of a chunk along each axis, each at least 1. Chunks at the far edges are stored at full size.</summary>
    public required IReadOnlyList<int> ChunkShape { get; init; }

    /// <summary>The type of the elements.</summary>
    public required ZarrDataType DataType { get; init; }

    /// <summary>How chunks are compressed.</summary>
    public ZarrCodec Codec { get; init; } = RawCodec.Instance;

    /// <summary>One element in stored byte order, what a missing chunk is filled with; null where it is undefined.</summary>
    public ReadOnlyMemory<byte>? FillValue { get; init; }

    /// <summary>Whether the first axis varies fastest inside a chunk (<c>"order": "F"</c>).</summary>
    public bool IsColumnMajor { get; init; }

    /// <summary>Between the chunk indices in a key: <c>.</c> or <c>/</c>.</summary>
    public char DimensionSeparator { get; init; } = '.';

    /// <summary>Number of chunks along an axis.</summary>
    public long ChunkCount(int axis) => (Shape[axis] + ChunkShape[axis] - 1) / ChunkShape[axis];

    /// <summary>Bytes of a decoded chunk.</summary>
    public long ChunkLength => ChunkShape.Aggregate((long)DataType.Size, (bytes, extent) => bytes * extent);

    /// <summary>Bytes of one row: one index of the first axis, all of the others.</summary>
    public long RowLength => Shape.Skip(1).Aggregate((long)DataType.Size, (bytes, extent) => bytes * extent);

    /// <summary>Whether a chunk holds whole rows one after the other, so that rows can be read straight from it.</summary>
    public bool HasWholeRowChunks =>
        (!IsColumnMajor || Shape.Count == 1) && Enumerable.Range(1, Shape.Count - 1).All(axis => ChunkShape[axis] == Shape[axis]);

    /// <summary>Whether any row is read as cheaply as the next one: chunks of whole rows that are not compressed.</summary>
    public bool HasRandomRows => Codec is RawCodec && HasWholeRowChunks;

    /// <summary>The name of a chunk below the array's key, such as <c>3.0.0.0</c>.</summary>
    public string ChunkKey(ReadOnlySpan<long> index)
    {
        string[] parts = new string[index.Length];
        for (int axis = 0; axis < parts.Length; axis++)
        {
            parts[axis] = index[axis].ToString();
        }

        return string.Join(DimensionSeparator, parts);
    }
}
