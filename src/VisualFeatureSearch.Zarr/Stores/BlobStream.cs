namespace VisualFeatureSearch.Zarr.Stores;

/// <summary>A seekable stream over a <see cref="ZarrBlob"/>, which it owns.</summary>
internal sealed class BlobStream(ZarrBlob blob) : ReadOnlyStream
{
    public override bool CanSeek => true;

    public override long Length => blob.Length;

    public override long Position { get; set; }

    public override int Read(Span<byte> buffer)
    {
        int read = blob.Read(Position, buffer);
        Position += read;
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            blob.Dispose();
        }

        base.Dispose(disposing);
    }
}
