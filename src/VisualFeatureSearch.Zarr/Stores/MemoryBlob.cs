namespace VisualFeatureSearch.Zarr.Stores;

/// <summary>Bytes in memory as a blob.</summary>
internal sealed class MemoryBlob(ReadOnlyMemory<byte> bytes) : ZarrBlob
{
    public override long Length => bytes.Length;

    public override int Read(long offset, Span<byte> buffer)
    {
        if (offset >= bytes.Length)
        {
            return 0;
        }

        int count = (int)Math.Min(buffer.Length, bytes.Length - offset);
        bytes.Span.Slice((int)offset, count).CopyTo(buffer);
        return count;
    }
}
