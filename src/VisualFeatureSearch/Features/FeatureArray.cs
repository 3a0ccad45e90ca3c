using System.Buffers;
using System.Runtime.InteropServices;
using VisualFeatureSearch.Zarr;

namespace VisualFeatureSearch.Features;

/// <summary>The features of a dataset at one layer: float16 or float32, <c>[N, C, H, W]</c>, on disk.</summary>
public sealed class FeatureArray
{
    /// <summary>Wraps a Zarr array.</summary>
    /// <param name="array">Four axes, float16 or float32.</param>
    /// <param name="count">Images that are complete, from the first row on; null for all rows.</param>
    /// <param name="layer">The layer's name in its network; null for the array's name.</param>
    /// <exception cref="FeatureStoreException">The array has other axes or another type.</exception>
    public FeatureArray(ZarrArray array, long? count = null, string? layer = null)
    {
        ArgumentNullException.ThrowIfNull(array);
        ZarrArrayMetadata metadata = array.Metadata;
        if (metadata.Shape.Count != 4 || metadata.Shape.Skip(1).Any(extent => extent is < 1 or > int.MaxValue) || metadata.RowLength > System.Array.MaxLength)
        {
            throw new FeatureStoreException($"the array '{array.Name}' has the shape [{string.Join(", ", metadata.Shape)}]: features need [images, channels, height, width]");
        }

        if (metadata.DataType is not { Kind: ZarrElementKind.Float, Size: 2 or 4 })
        {
            throw new FeatureStoreException($"the array '{array.Name}' holds {metadata.DataType}: features need float16 (<f2) or float32 (<f4)");
        }

        Array = array;
        Count = Math.Min(count ?? metadata.Shape[0], metadata.Shape[0]);
        Layer = layer ?? array.Name;
        Channels = (int)metadata.Shape[1];
        Height = (int)metadata.Shape[2];
        Width = (int)metadata.Shape[3];
    }

    /// <summary>The array's name in the store.</summary>
    public string Name => Array.Name;

    /// <summary>The layer's name in its network.</summary>
    public string Layer { get; }

    /// <summary>Images, N: only those that are complete.</summary>
    public long Count { get; }

    /// <summary>Channels, C.</summary>
    public int Channels { get; }

    /// <summary>Cells down, H.</summary>
    public int Height { get; }

    /// <summary>Cells across, W.</summary>
    public int Width { get; }

    /// <summary>Whether the features are float16; else float32.</summary>
    public bool IsHalf => Array.Metadata.DataType.Size == 2;

    /// <summary>Numbers of one feature map, C * H * W.</summary>
    public int MapElements => Channels * Height * Width;

    internal ZarrArray Array { get; }

    /// <summary>Whether a person who says this name means this array: its layer's name or its own.</summary>
    /// <param name="name">The name.</param>
    public bool IsCalled(string name) => Layer == name || Name == name;

    /// <summary>Reads one image's feature map, <c>[C, H, W]</c>.</summary>
    /// <param name="index">The image's row.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    /// <exception cref="ZarrException">The chunk cannot be read.</exception>
    public float[] ReadMap(long index)
    {
        using ZarrRowReader rows = Array.OpenRows();
        return ReadMap(rows, index);
    }

    /// <summary>Reads one image's feature map; for many in row order, whose chunks are then opened once.</summary>
    /// <param name="rows">A reader of <see cref="Array"/>.</param>
    /// <param name="index">The image's row.</param>
    internal float[] ReadMap(ZarrRowReader rows, long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        float[] map = new float[MapElements];
        if (!IsHalf)
        {
            rows.Read(index, 1, MemoryMarshal.AsBytes(map.AsSpan(0, MapElements)));
            return map;
        }

        Half[] halves = ArrayPool<Half>.Shared.Rent(MapElements);
        rows.Read(index, 1, MemoryMarshal.AsBytes(halves.AsSpan(0, MapElements)));
        for (int i = 0; i < MapElements; i++)
        {
            map[i] = (float)halves[i];
        }

        ArrayPool<Half>.Shared.Return(halves);
        return map;
    }
}
