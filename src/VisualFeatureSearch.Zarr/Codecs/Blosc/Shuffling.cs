namespace VisualFeatureSearch.Zarr.Codecs.Blosc;

/// <summary>Blosc's two rearrangements of a block, and their inverses.</summary>
internal static class Shuffling
{
    /// <summary>Byte b of element i goes to b * count + i; bytes past the last whole element stay.</summary>
    public static void ShuffleBytes(ReadOnlySpan<byte> source, Span<byte> destination, int elementSize)
    {
        int count = source.Length / elementSize;
        for (int b = 0; b < elementSize; b++)
        {
            Span<byte> plane = destination.Slice(b * count, count);
            for (int i = 0, from = b; i < plane.Length; i++, from += elementSize)
            {
                plane[i] = source[from];
            }
        }

        source[(count * elementSize)..].CopyTo(destination[(count * elementSize)..]);
    }

    /// <summary>Undoes <see cref="ShuffleBytes"/>.</summary>
    public static void UnshuffleBytes(ReadOnlySpan<byte> source, Span<byte> destination, int elementSize)
    {
        int count = source.Length / elementSize;
        if (elementSize == 2)
        {
            // Float16, the usual feature store: both planes in one pass.
            ReadOnlySpan<byte> low = source[..count];
            ReadOnlySpan<byte> high = source.Slice(count, count);
            for (int i = 0; i < low.Length; i++)
            {
                destination[2 * i] = low[i];
                destination[(2 * i) + 1] = high[i];
            }
        }
        else
        {
            for (int b = 0; b < elementSize; b++)
            {
                ReadOnlySpan<byte> plane = source.Slice(b * count, count);
                for (int i = 0, to = b; i < plane.Length; i++, to += elementSize)
                {
                    destination[to] = plane[i];
                }
            }
        }

        source[(count * elementSize)..].CopyTo(destination[(count * elementSize)..]);
    }

    /// <summary>
    /// Bit k of byte b of element i goes to bit i % 8 of byte (8b + k) * count / 8 + i / 8. A block whose number of
    /// elements is not a multiple of 8 is left as it is.
    /// </summary>
    public static void ShuffleBits(ReadOnlySpan<byte> source, Span<byte> destination, int elementSize)
    {
        int count = source.Length / elementSize;
        if (count % 8 != 0)
        {
            source.CopyTo(destination);
            return;
        }

        int plane = count / 8;
        for (int b = 0; b < elementSize; b++)
        {
            for (int group = 0; group < plane; group++)
            {
                ulong eight = 0;
                for (int i = 0; i < 8; i++)
                {
                    eight |= (ulong)source[(((group * 8) + i) * elementSize) + b] << (8 * i);
                }

                eight = TransposeBits(eight);
                for (int k = 0; k < 8; k++)
                {
                    destination[(((b * 8) + k) * plane) + group] = (byte)(eight >> (8 * k));
                }
            }
        }

        source[(count * elementSize)..].CopyTo(destination[(count * elementSize)..]);
    }

    /// <summary>Undoes <see cref="ShuffleBits"/>.</summary>
    public static void UnshuffleBits(ReadOnlySpan<byte> source, Span<byte> destination, int elementSize)
    {
        int count = source.Length / elementSize;
        if (count % 8 != 0)
        {
            source.CopyTo(destination);
            return;
        }

        int plane = count / 8;
        for (int b = 0; b < elementSize; b++)
        {
            for (int group = 0; group < plane; group++)
            {
                ulong eight = 0;
                for (int k = 0; k < 8; k++)
                {
                    eight |= (ulong)source[(((b * 8) + k) * plane) + group] << (8 * k);
                }

                eight = TransposeBits(eight);
                for (int i = 0; i < 8; i++)
                {
                    destination[(((group * 8) + i) * elementSize) + b] = (byte)(eight >> (8 * i));
                }
            }
        }

        source[(count * elementSize)..].CopyTo(destination[(count * elementSize)..]);
    }

    /// <summary>Transposes an 8 x 8 bit matrix, one row a byte, by swapping ever larger off-diagonal squares (Hacker's Delight, 7-3).</summary>
    private static ulong TransposeBits(ulong x)
    {
        ulong t = (x ^ (x >> 7)) & 0x00AA00AA00AA00AA;
        x ^= t ^ (t << 7);
        t = (x ^ (x >> 14)) & 0x0000CCCC0000CCCC;
        x ^= t ^ (t << 14);
        t = (x ^ (x >> 28)) & 0x00000000F0F0F0F0;
        return x ^ t ^ (t << 28);
    }
}
