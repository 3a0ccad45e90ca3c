using System.Buffers.Binary;

namespace VisualFeatureSearch.Zarr.Codecs.Blosc;

/// <summary>Writes Blosc 1 frames that every Blosc reads.</summary>
internal static class BloscEncoder
{
    private const int DefaultBlockSize = 256 * 1024;

    public static byte[] Encode(
        ReadOnlySpan<byte> chunk, int elementSize, BloscCompressor compressor, int level, BloscShuffle shuffle, int blockSize)
    {
        // Blosc's header has one byte for the element size; it treats larger elements as single bytes.
        elementSize = elementSize > byte.MaxValue ? 1 : elementSize;
        blockSize = ChooseBlockSize(chunk.Length, elementSize, blockSize);
        if (level > 0 && chunk.Length > 0)
        {
            byte[]? frame = EncodeBlocks(chunk, elementSize, compressor, level, shuffle, blockSize);
            if (frame is not null)
            {
                return frame;
            }
        }

        byte[] stored = new byte[BloscHeader.Length + chunk.Length];
        BloscHeader.ForWriting(compressor, shuffle, elementSize, chunk.Length, blockSize, stored.Length, stored: true).Write(stored);
        chunk.CopyTo(stored.AsSpan(BloscHeader.Length));
        return stored;
    }

    /// <summary>The frame, or null where it would not be smaller than the chunk stored as it is.</summary>
    private static byte[]? EncodeBlocks(
        ReadOnlySpan<byte> chunk, int elementSize, BloscCompressor compressor, int level, BloscShuffle shuffle, int blockSize)
    {
        int blocks = (int)(((long)chunk.Length + blockSize - 1) / blockSize);
        byte[] frame = new byte[BloscHeader.Length + chunk.Length];
        byte[] shuffled = shuffle == BloscShuffle.None ? [] : new byte[blockSize];
        int at = BloscHeader.Length + (4 * blocks);
        for (int b = 0; b < blocks; b++)
        {
            ReadOnlySpan<byte> block = chunk.Slice(b * blockSize, Math.Min(blockSize, chunk.Length - (b * blockSize)));
            if (shuffle != BloscShuffle.None)
            {
                Span<byte> target = shuffled.AsSpan(0, block.Length);
                if (shuffle == BloscShuffle.Byte)
                {
                    Shuffling.ShuffleBytes(block, target, elementSize);
                }
                else
                {
                    Shuffling.ShuffleBits(block, target, elementSize);
                }

                block = target;
            }

            ReadOnlyMemory<byte> encoded = BloscFormats.Encode(compressor, level, block);
            ReadOnlySpan<byte> smaller = encoded.Length < block.Length ? encoded.Span : block;
            if (at + 4 + smaller.Length > frame.Length)
            {
                return null;
            }

            BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(BloscHeader.Length + (4 * b)), at);
            BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(at), smaller.Length);
            smaller.CopyTo(frame.AsSpan(at + 4));
            at += 4 + smaller.Length;
        }

        BloscHeader.ForWriting(compressor, shuffle, elementSize, chunk.Length, blockSize, at, stored: false).Write(frame);
        return frame[..at];
    }

    /// <summary>Whole elements, eight of them at least, so that both shuffles have something to rearrange.</summary>
    private static int ChooseBlockSize(int length, int elementSize, int wanted)
    {
        int size = wanted > 0 ? wanted : DefaultBlockSize;
        int unit = elementSize * 8;
        size = Math.Max(unit, size / unit * unit);
        return Math.Min(size, Math.Max(length, 1));
    }
}
