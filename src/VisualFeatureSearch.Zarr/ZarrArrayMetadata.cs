using VisualFeatureSearch.Zarr.Codecs;
using VisualFeatureSearch.Zarr.Sharding;

namespace VisualFeatureSearch.Zarr;

/// <summary>What a Zarr v2 <c>.zarray</c> or a v3 <c>zarr.json</c> says of an array.</summary>
public sealed partial record ZarrArrayMetadata
{
    /// <summary>The version of the Zarr format: 2 or 3.</summary>
    public int Format { get; init; } = 2;

    /// <summary>Elements along each axis; none for a single number.</summary>
    public required IReadOnlyList<long> Shape { get; init; }

    /// <summary>
    /// Elements of a chunk along each axis, each at least 1: the smallest part that is decoded by itself. Chunks at the far
    /// edges are stored at full size.
    /// </summary>
    public required IReadOnlyList<int> ChunkShape { get; init; }

    /// <summary>The type of the elements.</summary>
    public required ZarrDataType DataType { get; init; }

    /// <summary>How the bytes of a chunk are compressed or checked, in the order of writing; none for chunks stored as they are.</summary>
    public IReadOnlyList<ZarrCodec> Codecs { get; init; } = [];

    /// <summary>How chunks are put together into shards, the objects of the store; null where every chunk is one itself.</summary>
    public ZarrSharding? Sharding { get; init; }

    /// <summary>One element in stored byte order, what a missing chunk is filled with; null where it is undefined.</summary>
    public ReadOnlyMemory<byte>? FillValue { get; init; }

    /// <summary>
    /// The array's axes in the order in which a chunk stores them, the slowest first; empty for their own order (C order).
    /// </summary>
    public IReadOnlyList<int> AxisOrder { get; init; } = [];

    /// <summary>Between the chunk indices in a key: <c>.</c> or <c>/</c>.</summary>
    public char DimensionSeparator { get; init; } = '.';

    /// <summary>Whether keys of chunks begin with <c>c</c>, v3's default; else they are as in v2.</summary>
    public bool HasChunkKeyPrefix { get; init; }

    /// <summary>The names of the axes, which only v3 stores; empty where there are none.</summary>
    public IReadOnlyList<string?> AxisNames { get; init; } = [];

    /// <summary>Whether the first axis varies fastest inside a chunk (v2's <c>"order": "F"</c>).</summary>
    public bool IsColumnMajor => Shape.Count > 1 && AxisOrder.SequenceEqual(ColumnMajor(Shape.Count));

    /// <summary>Number of chunks along an axis.</summary>
    public long ChunkCount(int axis) => ((Shape[axis] - 1) / ChunkShape[axis]) + (Shape[axis] == 0 ? 0 : 1);

    /// <summary>Bytes of a decoded chunk.</summary>
    public long ChunkLength => ChunkShape.Aggregate((long)DataType.Size, (bytes, extent) => bytes * extent);

    /// <summary>Elements of a stored object along each axis: of a shard, or of a chunk where there are no shards.</summary>
    public IReadOnlyList<int> StoredShape => Sharding?.ShardShape ?? ChunkShape;

    /// <summary>Bytes of a stored object when decoded.</summary>
    public long StoredLength => StoredShape.Aggregate((long)DataType.Size, (bytes, extent) => bytes * extent);

    /// <summary>Bytes of one row: one index of the first axis, all of the others.</summary>
    public long RowLength => Shape.Skip(1).Aggregate((long)DataType.Size, (bytes, extent) => bytes * extent);

    /// <summary>Whether chunks store their elements in the array's own order, the last axis fastest.</summary>
    public bool IsRowMajor => AxisOrder.Count == 0;

    /// <summary>Whether a chunk holds whole rows one after the other, so that rows can be read straight from it.</summary>
    public bool HasWholeRowChunks =>
        (IsRowMajor || Shape.Count == 1) && Enumerable.Range(1, Shape.Count - 1).All(axis => ChunkShape[axis] == Shape[axis]);

    /// <summary>Whether any row is read as cheaply as the next one: chunks of whole rows that are stored as they are.</summary>
    public bool HasRandomRows => Codecs.Count == 0 && Sharding is null && HasWholeRowChunks;

    /// <summary>The name of a stored object below the array's key, such as <c>3.0.0.0</c> or <c>c/3/0/0/0</c>.</summary>
    /// <param name="index">The place of the shard, or of the chunk where there are no shards, along each axis.</param>
    public string ChunkKey(ReadOnlySpan<long> index)
    {
        string[] parts = new string[index.Length];
        for (int axis = 0; axis < parts.Length; axis++)
        {
            parts[axis] = index[axis].ToString();
        }

        string key = string.Join(DimensionSeparator, parts);
        return !HasChunkKeyPrefix ? parts.Length == 0 ? "0" : key
            : parts.Length == 0 ? "c"
            : $"c{DimensionSeparator}{key}";
    }

    internal static IReadOnlyList<int> ColumnMajor(int rank) => [.. Enumerable.Range(0, rank).Reverse()];
}
