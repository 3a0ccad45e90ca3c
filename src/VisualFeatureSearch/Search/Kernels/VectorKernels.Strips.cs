using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VisualFeatureSearch.Search.Kernels;

/// <content>
/// Strips. A processor multiplies faster than it loads, all the more where loads lie across two lines of its cache: so what is
/// loaded serves several mask cells. The tiles are as large as leaves their sums, the loaded vectors and a weight in registers;
/// six to nine sums are under way at a time, which hides how long a multiplication takes.
/// </content>
internal sealed partial class VectorKernels<TVector, TLanes>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void AddStrip(
        ReadOnlySpan<float> block, int channels, int cells, ReadOnlySpan<float> kernel, int count, int cell, Span<float> sums, int stride, int length)
    {
        if (count == 1)
        {
            AddShifted(block, channels, cells, kernel, [cell], sums, length);
            return;
        }

        ref float source = ref Unsafe.Add(ref MemoryMarshal.GetReference(block), cell);
        ref float weight = ref MemoryMarshal.GetReference(kernel);
        ref float target = ref MemoryMarshal.GetReference(sums);
        int vectors = (length + TLanes.Count - 1) / TLanes.Count;
        for (int done = 0, tile; done < vectors; done += tile)
        {
            ref float from = ref Unsafe.Add(ref source, done * TLanes.Count);
            ref float to = ref Unsafe.Add(ref target, done * TLanes.Count);
            switch (count)
            {
                case 2 when vectors - done >= 4:
                    tile = 4;
                    AddStrip2x4(ref from, channels, cells, ref weight, ref to, stride);
                    break;
                case 2:
                    tile = 3;
                    AddStrip2x3(ref from, channels, cells, ref weight, ref to, stride);
                    break;
                case 3:
                    tile = 3;
                    AddStrip3x3(ref from, channels, cells, ref weight, ref to, stride);
                    break;
                default:
                    tile = 2;
                    AddStrip4x2(ref from, channels, cells, ref weight, ref to, stride);
                    break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddStrip2x4(ref float source, nint channels, nint cells, ref float weight, ref float target, nint stride)
    {
        nint width = TLanes.Count;
        TVector a0 = TLanes.Load(ref target, 0), a1 = TLanes.Load(ref target, width), a2 = TLanes.Load(ref target, 2 * width), a3 = TLanes.Load(ref target, 3 * width);
        TVector b0 = TLanes.Load(ref target, stride), b1 = TLanes.Load(ref target, stride + width), b2 = TLanes.Load(ref target, stride + (2 * width)), b3 = TLanes.Load(ref target, stride + (3 * width));
        for (nint c = 0; c < channels; c++, source = ref Unsafe.Add(ref source, cells), weight = ref Unsafe.Add(ref weight, 2))
        {
            TVector value0 = TLanes.Load(ref source, 0);
            TVector value1 = TLanes.Load(ref source, width);
            TVector value2 = TLanes.Load(ref source, 2 * width);
            TVector value3 = TLanes.Load(ref source, 3 * width);
            TVector k = TLanes.Broadcast(weight);
            a0 = TLanes.MultiplyAdd(k, value0, a0);
            a1 = TLanes.MultiplyAdd(k, value1, a1);
            a2 = TLanes.MultiplyAdd(k, value2, a2);
            a3 = TLanes.MultiplyAdd(k, value3, a3);
            k = TLanes.Broadcast(Unsafe.Add(ref weight, 1));
            b0 = TLanes.MultiplyAdd(k, value0, b0);
            b1 = TLanes.MultiplyAdd(k, value1, b1);
            b2 = TLanes.MultiplyAdd(k, value2, b2);
            b3 = TLanes.MultiplyAdd(k, value3, b3);
        }

        TLanes.Store(a0, ref target, 0);
        TLanes.Store(a1, ref target, width);
        TLanes.Store(a2, ref target, 2 * width);
        TLanes.Store(a3, ref target, 3 * width);
        TLanes.Store(b0, ref target, stride);
        TLanes.Store(b1, ref target, stride + width);
        TLanes.Store(b2, ref target, stride + (2 * width));
        TLanes.Store(b3, ref target, stride + (3 * width));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddStrip2x3(ref float source, nint channels, nint cells, ref float weight, ref float target, nint stride)
    {
        nint width = TLanes.Count;
        TVector a0 = TLanes.Load(ref target, 0), a1 = TLanes.Load(ref target, width), a2 = TLanes.Load(ref target, 2 * width);
        TVector b0 = TLanes.Load(ref target, stride), b1 = TLanes.Load(ref target, stride + width), b2 = TLanes.Load(ref target, stride + (2 * width));
        for (nint c = 0; c < channels; c++, source = ref Unsafe.Add(ref source, cells), weight = ref Unsafe.Add(ref weight, 2))
        {
            TVector value0 = TLanes.Load(ref source, 0);
            TVector value1 = TLanes.Load(ref source, width);
            TVector value2 = TLanes.Load(ref source, 2 * width);
            TVector k = TLanes.Broadcast(weight);
            a0 = TLanes.MultiplyAdd(k, value0, a0);
            a1 = TLanes.MultiplyAdd(k, value1, a1);
            a2 = TLanes.MultiplyAdd(k, value2, a2);
            k = TLanes.Broadcast(Unsafe.Add(ref weight, 1));
            b0 = TLanes.MultiplyAdd(k, value0, b0);
            b1 = TLanes.MultiplyAdd(k, value1, b1);
            b2 = TLanes.MultiplyAdd(k, value2, b2);
        }

        TLanes.Store(a0, ref target, 0);
        TLanes.Store(a1, ref target, width);
        TLanes.Store(a2, ref target, 2 * width);
        TLanes.Store(b0, ref target, stride);
        TLanes.Store(b1, ref target, stride + width);
        TLanes.Store(b2, ref target, stride + (2 * width));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddStrip3x3(ref float source, nint channels, nint cells, ref float weight, ref float target, nint stride)
    {
        nint width = TLanes.Count;
        TVector a0 = TLanes.Load(ref target, 0), a1 = TLanes.Load(ref target, width), a2 = TLanes.Load(ref target, 2 * width);
        TVector b0 = TLanes.Load(ref target, stride), b1 = TLanes.Load(ref target, stride + width), b2 = TLanes.Load(ref target, stride + (2 * width));
        TVector c0 = TLanes.Load(ref target, 2 * stride), c1 = TLanes.Load(ref target, (2 * stride) + width), c2 = TLanes.Load(ref target, (2 * stride) + (2 * width));
        for (nint c = 0; c < channels; c++, source = ref Unsafe.Add(ref source, cells), weight = ref Unsafe.Add(ref weight, 3))
        {
            TVector value0 = TLanes.Load(ref source, 0);
            TVector value1 = TLanes.Load(ref source, width);
            TVector value2 = TLanes.Load(ref source, 2 * width);
            TVector k = TLanes.Broadcast(weight);
            a0 = TLanes.MultiplyAdd(k, value0, a0);
            a1 = TLanes.MultiplyAdd(k, value1, a1);
            a2 = TLanes.MultiplyAdd(k, value2, a2);
            k = TLanes.Broadcast(Unsafe.Add(ref weight, 1));
            b0 = TLanes.MultiplyAdd(k, value0, b0);
            b1 = TLanes.MultiplyAdd(k, value1, b1);
            b2 = TLanes.MultiplyAdd(k, value2, b2);
            k = TLanes.Broadcast(Unsafe.Add(ref weight, 2));
            c0 = TLanes.MultiplyAdd(k, value0, c0);
            c1 = TLanes.MultiplyAdd(k, value1, c1);
            c2 = TLanes.MultiplyAdd(k, value2, c2);
        }

        TLanes.Store(a0, ref target, 0);
        TLanes.Store(a1, ref target, width);
        TLanes.Store(a2, ref target, 2 * width);
        TLanes.Store(b0, ref target, stride);
        TLanes.Store(b1, ref target, stride + width);
        TLanes.Store(b2, ref target, stride + (2 * width));
        TLanes.Store(c0, ref target, 2 * stride);
        TLanes.Store(c1, ref target, (2 * stride) + width);
        TLanes.Store(c2, ref target, (2 * stride) + (2 * width));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddStrip4x2(ref float source, nint channels, nint cells, ref float weight, ref float target, nint stride)
    {
        nint width = TLanes.Count;
        TVector a0 = TLanes.Load(ref target, 0), a1 = TLanes.Load(ref target, width);
        TVector b0 = TLanes.Load(ref target, stride), b1 = TLanes.Load(ref target, stride + width);
        TVector c0 = TLanes.Load(ref target, 2 * stride), c1 = TLanes.Load(ref target, (2 * stride) + width);
        TVector d0 = TLanes.Load(ref target, 3 * stride), d1 = TLanes.Load(ref target, (3 * stride) + width);
        for (nint c = 0; c < channels; c++, source = ref Unsafe.Add(ref source, cells), weight = ref Unsafe.Add(ref weight, 4))
        {
            TVector value0 = TLanes.Load(ref source, 0);
            TVector value1 = TLanes.Load(ref source, width);
            TVector k = TLanes.Broadcast(weight);
            a0 = TLanes.MultiplyAdd(k, value0, a0);
            a1 = TLanes.MultiplyAdd(k, value1, a1);
            k = TLanes.Broadcast(Unsafe.Add(ref weight, 1));
            b0 = TLanes.MultiplyAdd(k, value0, b0);
            b1 = TLanes.MultiplyAdd(k, value1, b1);
            k = TLanes.Broadcast(Unsafe.Add(ref weight, 2));
            c0 = TLanes.MultiplyAdd(k, value0, c0);
            c1 = TLanes.MultiplyAdd(k, value1, c1);
            k = TLanes.Broadcast(Unsafe.Add(ref weight, 3));
            d0 = TLanes.MultiplyAdd(k, value0, d0);
            d1 = TLanes.MultiplyAdd(k, value1, d1);
        }

        TLanes.Store(a0, ref target, 0);
        TLanes.Store(a1, ref target, width);
        TLanes.Store(b0, ref target, stride);
        TLanes.Store(b1, ref target, stride + width);
        TLanes.Store(c0, ref target, 2 * stride);
        TLanes.Store(c1, ref target, (2 * stride) + width);
        TLanes.Store(d0, ref target, 3 * stride);
        TLanes.Store(d1, ref target, (3 * stride) + width);
    }
}
