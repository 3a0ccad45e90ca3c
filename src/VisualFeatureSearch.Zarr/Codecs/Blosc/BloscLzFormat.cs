namespace VisualFeatureSearch.Zarr.Codecs.Blosc;

/// <summary>
/// BloscLZ, the compressor that Blosc inherited from FastLZ. A stream is a row of instructions, each led by a control byte:
/// <list type="bullet">
/// <item>below 32: a run of that many plus one bytes follows as it is. The first instruction is always one of these;</item>
/// <item>else a copy of what was written before. Its top three bits are the length minus 2, where 7 says that bytes follow
/// which add to it, up to one that is not 255; its low five bits and the byte behind those are the distance minus 1. All 13
/// bits set say that a further 16 bits, high byte first, add to the distance.</item>
/// </list>
/// </summary>
internal static class BloscLzFormat
{
    private const int LongestRun = 32;
    private const int NearDistance = 8191;
    private const int FarDistance = NearDistance + ushort.MaxValue;
    private const int ShortestMatch = 3;

    /// <summary>A match that needs the far form takes two bytes more.</summary>
    private const int ShortestFarMatch = 5;

    private const int LongestShortMatch = 8;

    /// <summary>Blosc's own decoder does not take a stream that ends with a copy.</summary>
    private const int LastLiterals = 12;

    private const int HashBits = 14;

    /// <summary>Decodes a stream.</summary>
    /// <returns>Bytes written; -1 where the stream is corrupt or does not fit.</returns>
    public static int Decode(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        int from = 0;
        int to = 0;
        bool isFirst = true;
        while (from < source.Length)
        {
            int control = source[from++] & (isFirst ? LongestRun - 1 : byte.MaxValue);
            isFirst = false;
            if (control < LongestRun)
            {
                int run = control + 1;
                if (run > source.Length - from || run > destination.Length - to)
                {
                    return -1;
                }

                source.Slice(from, run).CopyTo(destination[to..]);
                from += run;
                to += run;
                continue;
            }

            int length = (control >> 5) + 2;
            if (length == LongestShortMatch + 1)
            {
                int more;
                do
                {
                    if (from >= source.Length || length > destination.Length)
                    {
                        return -1;
                    }

                    more = source[from++];
                    length += more;
                }
                while (more == byte.MaxValue);
            }

            if (from >= source.Length)
            {
                return -1;
            }

            int distance = ((control & 31) << 8) + source[from++];
            if (distance == NearDistance)
            {
                if (source.Length - from < 2)
                {
                    return -1;
                }

                distance += (source[from] << 8) + source[from + 1];
                from += 2;
            }

            distance++;
            if (distance > to || length > destination.Length - to)
            {
                return -1;
            }

            // A copy may reach into what it writes itself, which repeats it: byte by byte.
            for (int i = 0; i < length; i++, to++)
            {
                destination[to] = destination[to - distance];
            }
        }

        return to;
    }

    /// <summary>Encodes a stream: the last place where the same three bytes stood is tried as a match.</summary>
    public static byte[] Encode(ReadOnlySpan<byte> source)
    {
        List<byte> encoded = new(source.Length / 2);
        int[] places = new int[1 << HashBits];
        Array.Fill(places, -1);
        int at = Math.Min(1, source.Length);
        int runStart = 0;
        ReadOnlySpan<byte> matchable = source[..Math.Max(source.Length - LastLiterals, 0)];
        while (at + ShortestMatch <= matchable.Length)
        {
            int hash = Hash(source, at);
            int candidate = places[hash];
            places[hash] = at;
            int distance = at - candidate;
            int length = candidate < 0 || distance > FarDistance ? 0 : matchable[at..].CommonPrefixLength(matchable[candidate..]);
            if (length < (distance <= NearDistance ? ShortestMatch : ShortestFarMatch))
            {
                at++;
                continue;
            }

            AppendRuns(encoded, source[runStart..at]);
            AppendMatch(encoded, length, distance - 1);
            at += length;
            runStart = at;
        }

        AppendRuns(encoded, source[runStart..]);
        return [.. encoded];
    }

    private static int Hash(ReadOnlySpan<byte> source, int at) =>
        (int)((uint)(source[at] | (source[at + 1] << 8) | (source[at + 2] << 16)) * 2654435761u >> (32 - HashBits));

    private static void AppendRuns(List<byte> encoded, ReadOnlySpan<byte> literals)
    {
        while (!literals.IsEmpty)
        {
            int run = Math.Min(literals.Length, LongestRun);
            encoded.Add((byte)(run - 1));
            encoded.AddRange(literals[..run]);
            literals = literals[run..];
        }
    }

    private static void AppendMatch(List<byte> encoded, int length, int distance)
    {
        int near = Math.Min(distance, NearDistance);
        encoded.Add((byte)((Math.Min(length - 2, 7) << 5) | (near >> 8)));
        if (length > LongestShortMatch)
        {
            int more = length - LongestShortMatch - 1;
            for (; more >= byte.MaxValue; more -= byte.MaxValue)
            {
                encoded.Add(byte.MaxValue);
            }

            encoded.Add((byte)more);
        }

        encoded.Add((byte)near);
        if (near == NearDistance)
        {
            int far = distance - NearDistance;
            encoded.Add((byte)(far >> 8));
            encoded.Add((byte)far);
        }
    }
}
