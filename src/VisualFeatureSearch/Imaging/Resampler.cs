using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace VisualFeatureSearch.Imaging;

/// <summary>
/// Antialiased resizing that gives Pillow's values to the bit: a separable filter whose support grows with the
/// reduction, weights rounded to 22 fractional bits, horizontal pass first, 8 bits between the passes. Networks and
/// brush masks were made with Pillow, and libvips' <c>reduce</c> differs from it by up to two grey levels when shrinking
/// and by far more when enlarging, so this one step is written here.
/// Method: Pillow's documentation of <c>Image.resize</c> with <c>Resampling.BILINEAR</c> and <c>BICUBIC</c>.
/// </summary>
public static class Resampler
{
    /// <summary>8 bits of pixel, 2 of headroom for weights that overshoot 1, the rest is fraction.</summary>
    private const int FractionBits = 32 - 8 - 2;

    private const int Half = 1 << (FractionBits - 1);

    /// <summary>Resizes a whole image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="width">New width, at least 1.</param>
    /// <param name="height">New height, at least 1.</param>
    /// <param name="filter">The filter.</param>
    public static PixelImage Resize(PixelImage image, int width, int height, ResizeFilter filter = ResizeFilter.Bilinear) =>
        Resize(image, width, height, new PixelBox(0, 0, width, height), filter);

    /// <summary>Resizes an image and returns only a part of the result, computing no more than that.</summary>
    /// <param name="image">The image.</param>
    /// <param name="width">Width of the whole result, at least 1.</param>
    /// <param name="height">Height of the whole result, at least 1.</param>
    /// <param name="part">The part wanted, inside the result.</param>
    /// <param name="filter">The filter.</param>
    public static PixelImage Resize(PixelImage image, int width, int height, PixelBox part, ResizeFilter filter)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (part.X < 0 || part.Y < 0 || part.Width < 1 || part.Height < 1 || part.X + part.Width > width || part.Y + part.Height > height)
        {
            throw new ArgumentOutOfRangeException(nameof(part), part, $"The part must lie inside {width} x {height}.");
        }

        Taps columns = Taps.Create(image.Width, width, part.X, part.Width, filter);
        Taps rows = Taps.Create(image.Height, height, part.Y, part.Height, filter);
        int channels = image.Channels;
        int firstRow = rows.Starts[0];
        int rowCount = rows.Starts[^1] + rows.Counts[^1] - firstRow;

        byte[] narrowed = GC.AllocateUninitializedArray<byte>(rowCount * part.Width * channels);
        for (int y = 0; y < rowCount; y++)
        {
            ReadOnlySpan<byte> source = image.Pixels.AsSpan((firstRow + y) * image.Width * channels);
            Span<byte> target = narrowed.AsSpan(y * part.Width * channels, part.Width * channels);
            if (columns.IsIdentity)
            {
                source.Slice(part.X * channels, target.Length).CopyTo(target);
            }
            else if (channels == 3)
            {
                NarrowColourRow(source, target, columns);
            }
            else
            {
                NarrowGreyRow(source, target, columns);
            }
        }

        byte[] result = GC.AllocateUninitializedArray<byte>(part.Width * part.Height * channels);
        int stride = part.Width * channels;
        if (rows.IsIdentity)
        {
            narrowed.AsSpan(0, result.Length).CopyTo(result);
        }
        else
        {
            for (int y = 0; y < part.Height; y++)
            {
                int start = (rows.Starts[y] - firstRow) * stride;
                CombineRows(narrowed.AsSpan(start), stride, rows.Weights.AsSpan(y * rows.Stride, rows.Counts[y]), result.AsSpan(y * stride, stride));
            }
        }

        return new PixelImage(part.Width, part.Height, channels, result);
    }

    private static void NarrowGreyRow(ReadOnlySpan<byte> source, Span<byte> target, Taps taps)
    {
        for (int x = 0; x < target.Length; x++)
        {
            int sum = Half;
            ReadOnlySpan<byte> pixels = source[taps.Starts[x]..];
            ReadOnlySpan<int> weights = taps.Weights.AsSpan(x * taps.Stride, taps.Counts[x]);
            for (int i = 0; i < weights.Length; i++)
            {
                sum += pixels[i] * weights[i];
            }

            target[x] = Clip(sum);
        }
    }

    /// <summary>A pixel's three channels are the lanes: each tap widens four bytes, of which the fourth is not used.</summary>
    private static void NarrowColourRow(ReadOnlySpan<byte> source, Span<byte> target, Taps taps)
    {
        ref byte first = ref MemoryMarshal.GetReference(source);
        ref byte to = ref MemoryMarshal.GetReference(target);
        ref int weight = ref MemoryMarshal.GetArrayDataReference(taps.Weights);
        int[] starts = taps.Starts;
        int[] counts = taps.Counts;
        int last = starts.Length - 1;
        for (int x = 0; x <= last; x++)
        {
            Vector128<int> sum = Vector128.Create(Half);
            nint at = starts[x] * 3;
            nint end = at + (counts[x] * 3);
            ref int tap = ref Unsafe.Add(ref weight, x * taps.Stride);

            // The very last pixel of the image has no fourth byte behind it; it is taken byte by byte below.
            nint safeEnd = Math.Min(end, source.Length - 3);
            for (; at < safeEnd; at += 3, tap = ref Unsafe.Add(ref tap, 1))
            {
                sum += WidenPixel(Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref first, at))) * Vector128.Create(tap);
            }

            if (at < end)
            {
                sum += Vector128.Create(source[(int)at], source[(int)at + 1], source[(int)at + 2], 0) * Vector128.Create(tap);
            }

            sum >>= FractionBits;
            sum = Vector128.Max(Vector128.Min(sum, Vector128.Create(255)), Vector128<int>.Zero);
            Vector128<ushort> words = Vector128.Narrow(sum.AsUInt32(), sum.AsUInt32());
            uint packed = Vector128.Narrow(words, words).AsUInt32().ToScalar();
            if (x < last)
            {
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, x * 3), packed);
            }
            else
            {
                target[x * 3] = (byte)packed;
                target[(x * 3) + 1] = (byte)(packed >> 8);
                target[(x * 3) + 2] = (byte)(packed >> 16);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> WidenPixel(uint bytes)
    {
        Vector128<byte> pixel = Vector128.CreateScalarUnsafe(bytes).AsByte();
        return Sse41.IsSupported
            ? Sse41.ConvertToVector128Int32(pixel)
            : Vector128.WidenLower(Vector128.WidenLower(pixel)).AsInt32();
    }

    private static void CombineRows(ReadOnlySpan<byte> source, int stride, ReadOnlySpan<int> weights, Span<byte> target)
    {
        int x = 0;
        if (Vector256.IsHardwareAccelerated)
        {
            ref byte first = ref MemoryMarshal.GetReference(source);
            for (; x + 8 <= target.Length; x += 8)
            {
                Vector256<int> sum = Vector256.Create(Half);
                for (int i = 0; i < weights.Length; i++)
                {
                    ulong bytes = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, (i * stride) + x));
                    sum += WidenEight(bytes) * Vector256.Create(weights[i]);
                }

                sum >>= FractionBits;
                sum = Vector256.Max(Vector256.Min(sum, Vector256.Create(255)), Vector256<int>.Zero);
                Vector128<ushort> words = Vector128.Narrow(sum.GetLower().AsUInt32(), sum.GetUpper().AsUInt32());
                Vector128.Narrow(words, words).GetLower().StoreUnsafe(ref target[x]);
            }
        }

        for (; x < target.Length; x++)
        {
            int sum = Half;
            for (int i = 0; i < weights.Length; i++)
            {
                sum += source[(i * stride) + x] * weights[i];
            }

            target[x] = Clip(sum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> WidenEight(ulong bytes)
    {
        Vector128<byte> pixels = Vector128.CreateScalarUnsafe(bytes).AsByte();
        if (Avx2.IsSupported)
        {
            return Avx2.ConvertToVector256Int32(pixels);
        }

        (Vector128<uint> lower, Vector128<uint> upper) = Vector128.Widen(Vector128.WidenLower(pixels));
        return Vector256.Create(lower, upper).AsInt32();
    }

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> FractionBits, 0, 255);

    /// <summary>For every output position along one axis: which inputs it is made of, and with which weights.</summary>
    private sealed class Taps
    {
        public required int[] Starts { get; init; }

        public required int[] Counts { get; init; }

        public required int[] Weights { get; init; }

        public required int Stride { get; init; }

        public required bool IsIdentity { get; init; }

        public static Taps Create(int inputs, int outputs, int first, int count, ResizeFilter filter)
        {
            double scale = (double)inputs / outputs;
            double filterScale = Math.Max(scale, 1);
            double support = (filter == ResizeFilter.Bilinear ? 1 : 2) * filterScale;
            int stride = ((int)Math.Ceiling(support) * 2) + 1;
            int[] starts = new int[count];
            int[] counts = new int[count];
            int[] weights = new int[count * stride];
            double[] exact = new double[stride];
            for (int i = 0; i < count; i++)
            {
                double centre = (first + i + 0.5) * scale;
                int start = Math.Max((int)(centre - support + 0.5), 0);
                int length = Math.Min((int)(centre + support + 0.5), inputs) - start;
                double sum = 0;
                for (int k = 0; k < length; k++)
                {
                    exact[k] = Weight((k + start - centre + 0.5) / filterScale, filter);
                    sum += exact[k];
                }

                for (int k = 0; k < length; k++)
                {
                    double scaled = (sum == 0 ? exact[k] : exact[k] / sum) * (1 << FractionBits);
                    weights[(i * stride) + k] = (int)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
                }

                starts[i] = start;
                counts[i] = length;
            }

            return new Taps { Starts = starts, Counts = counts, Weights = weights, Stride = stride, IsIdentity = inputs == outputs };
        }

        private static double Weight(double x, ResizeFilter filter)
        {
            x = Math.Abs(x);
            if (filter == ResizeFilter.Bilinear)
            {
                return x < 1 ? 1 - x : 0;
            }

            const double A = -0.5;
            return x < 1 ? ((((A + 2) * x) - (A + 3)) * x * x) + 1
                : x < 2 ? ((((x - 5) * x) + 8) * x - 4) * A
                : 0;
        }
    }
}
