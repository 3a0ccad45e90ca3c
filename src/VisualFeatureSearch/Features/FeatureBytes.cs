using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace VisualFeatureSearch.Features;

/// <summary>Feature maps as the bytes that are stored.</summary>
internal static class FeatureBytes
{
    /// <summary>Writes a feature map as it is stored.</summary>
    /// <param name="map">C x H x W.</param>
    /// <param name="stored">Room for it.</param>
    /// <param name="isHalf">Whether as float16; else float32.</param>
    /// <returns>Whether float16 cannot hold it.</returns>
    public static bool Store(ReadOnlySpan<float> map, Span<byte> stored, bool isHalf)
    {
        if (!isHalf)
        {
            MemoryMarshal.AsBytes(map).CopyTo(stored);
            return false;
        }

        TensorPrimitives.ConvertToHalf(map, MemoryMarshal.Cast<byte, Half>(stored));
        return TensorPrimitives.MaxMagnitude(map) > (float)Half.MaxValue;
    }

    /// <summary>Gives what lies behind the last row of a chunk the fill value NaN.</summary>
    public static void FillRest(Span<byte> chunk, int from, bool isHalf)
    {
        if (isHalf)
        {
            MemoryMarshal.Cast<byte, Half>(chunk[from..]).Fill(Half.NaN);
        }
        else
        {
            MemoryMarshal.Cast<byte, float>(chunk[from..]).Fill(float.NaN);
        }
    }
}
