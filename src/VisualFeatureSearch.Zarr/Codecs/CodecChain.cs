using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Zarr.Codecs;

/// <summary>Codecs one after the other: encoding applies them from the first to the last, decoding the other way.</summary>
internal static class CodecChain
{
    /// <summary>No codec makes data it cannot compress longer than this: a fraction more, and a header.</summary>
    private const int LongestHeader = 64 * 1024;

    /// <summary>Opens the decoded bytes of a stored chunk. The stream owns <paramref name="blob"/>.</summary>
    /// <param name="codecs">The codecs in the order of encoding; none for chunks that are stored as they are.</param>
    /// <param name="blob">The stored bytes.</param>
    /// <param name="decodedLength">How many bytes there must be.</param>
    public static Stream OpenDecoder(IReadOnlyList<ZarrCodec> codecs, ZarrBlob blob, long decodedLength)
    {
        if (codecs.Count == 0)
        {
            return blob.Length == decodedLength
                ? new BlobStream(blob)
                : throw new ZarrException($"it has {blob.Length} bytes where {decodedLength} are needed: the file is truncated or belongs to another array");
        }

        for (int i = codecs.Count - 1; i > 0; i--)
        {
            using Stream stream = codecs[i].OpenDecoder(blob, null);
            blob = new MemoryBlob(ReadToEnd(stream, decodedLength + (decodedLength / 8) + LongestHeader));
        }

        return codecs[0].OpenDecoder(blob, decodedLength);
    }

    public static byte[] Encode(IReadOnlyList<ZarrCodec> codecs, ReadOnlySpan<byte> chunk, int elementSize)
    {
        if (codecs.Count == 0)
        {
            return chunk.ToArray();
        }

        byte[] encoded = codecs[0].Encode(chunk, elementSize);
        for (int i = 1; i < codecs.Count; i++)
        {
            encoded = codecs[i].Encode(encoded, elementSize: 1);
        }

        return encoded;
    }

    /// <summary>
    /// Reads a stream to its end. The buffer grows with what is really there, so that a small file that claims to hold a lot
    /// costs little.
    /// </summary>
    /// <exception cref="ZarrException">There are more bytes than that.</exception>
    public static ReadOnlyMemory<byte> ReadToEnd(Stream stream, long maximum)
    {
        const int FirstStep = 1 << 16;
        byte[] bytes = new byte[(int)Math.Min(maximum + 1, FirstStep)];
        int length = 0;
        while (true)
        {
            int read = stream.Read(bytes, length, bytes.Length - length);
            if (read == 0)
            {
                return bytes.AsMemory(0, length);
            }

            length += read;
            if (length > maximum)
            {
                throw new ZarrException($"it decodes to more than {maximum} bytes: it belongs to another array or is corrupt");
            }

            if (length == bytes.Length)
            {
                Array.Resize(ref bytes, (int)Math.Min(Math.Min(maximum + 1, Array.MaxLength), bytes.Length * 2L));
            }
        }
    }
}
