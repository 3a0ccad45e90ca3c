namespace VisualFeatureSearch.Zarr.Stores;

/// <summary>A part of another blob, which it owns.</summary>
internal sealed class SlicedBlob(ZarrBlob whole, long start, long length) : ZarrBlob
{
    public override long Length => length;

    public override int Read(long offset, Span<byte> buffer) =>
        offset >= length ? 0 : whole.Read(start + offset, buffer[..(int)Math.Min(buffer.Length, length - offset)]);

    public override ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        offset >= length ? ValueTask.FromResult(0) : whole.ReadAsync(start + offset, buffer[..(int)Math.Min(buffer.Length, length - offset)], cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            whole.Dispose();
        }

        base.Dispose(disposing);
    }
}
