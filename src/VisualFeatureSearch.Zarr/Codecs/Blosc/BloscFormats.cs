using System.IO.Compression;
using K4os.Compression.LZ4;
using ZstdSharp;

namespace VisualFeatureSearch.Zarr.Codecs.Blosc;

/// <summary>The compressors that a Blosc frame can name, by the number in its header.</summary>
internal static class BloscFormats
{
    public const int BloscLz = 0;
    public const int Lz4 = 1;
    public const int Snappy = 2;
    public const int Zlib = 3;
    public const int Zstd = 4;

    /// <summary>Decodes one stream into exactly <paramref name="destination"/>.</summary>
    public static void Decode(int format, byte[] source, int offset, int length, Span<byte> destination)
    {
        int written;
        try
        {
            written = format switch
            {
                BloscLz => BloscLzFormat.Decode(source.AsSpan(offset, length), destination),
                Lz4 => LZ4Codec.Decode(source.AsSpan(offset, length), destination),
                Snappy => DecodeSnappy(source.AsSpan(offset, length), destination),
                Zlib => DecodeZlib(source, offset, length, destination),
                Zstd => DecodeZstd(source.AsSpan(offset, length), destination),
                _ => throw new ZarrException($"it names Blosc's compressor format {format}, which there is not: the file is corrupt"),
            };
        }
        catch (Exception exception) when (exception is (IOException and not ZarrException) or InvalidDataException or ZstdException or InvalidOperationException)
        {
            throw new ZarrException($"a block does not decompress ({exception.Message}): the file is corrupt", exception);
        }

        if (written != destination.Length)
        {
            throw new ZarrException("a block does not decompress to its length: the file is corrupt");
        }
    }

    /// <summary>Compresses one block; the result may be longer than the source.</summary>
    public static ReadOnlyMemory<byte> Encode(BloscCompressor compressor, int level, ReadOnlySpan<byte> source)
    {
        switch (compressor)
        {
            case BloscCompressor.BloscLz:
                return BloscLzFormat.Encode(source);
            case BloscCompressor.Snappy:
                return Snappier.Snappy.CompressToArray(source);
            case BloscCompressor.Lz4:
            case BloscCompressor.Lz4HighCompression:
                byte[] buffer = new byte[LZ4Codec.MaximumOutputSize(source.Length)];
                LZ4Level lz4Level = compressor == BloscCompressor.Lz4 ? LZ4Level.L00_FAST : (LZ4Level)Math.Clamp(level, 3, 9);
                return buffer.AsMemory(0, LZ4Codec.Encode(source, buffer, lz4Level));
            case BloscCompressor.Zlib:
                using (MemoryStream encoded = new())
                {
                    using (ZLibStream stream = new(encoded, new ZLibCompressionOptions { CompressionLevel = level }, leaveOpen: true))
                    {
                        stream.Write(source);
                    }

                    return encoded.ToArray();
                }

            default:
                // As c-blosc does: its nine levels are spread over Zstandard's 22.
                using (Compressor zstd = new(level < 9 ? Math.Max(1, (level * 2) - 1) : Compressor.MaxCompressionLevel))
                {
                    return zstd.Wrap(source).ToArray();
                }
        }
    }

    /// <summary>The library allocates what the stream says of its length, so that is looked at first.</summary>
    private static int DecodeSnappy(ReadOnlySpan<byte> source, Span<byte> destination) =>
        Snappier.Snappy.GetUncompressedLength(source) == destination.Length && Snappier.Snappy.TryDecompress(source, destination, out int written) ? written : -1;

    private static int DecodeZlib(byte[] source, int offset, int length, Span<byte> destination)
    {
        using ZLibStream stream = new(new MemoryStream(source, offset, length, writable: false), CompressionMode.Decompress);
        return stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
    }

    private static int DecodeZstd(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        using Decompressor decompressor = new();
        return decompressor.Unwrap(source, destination);
    }
}
