namespace VisualFeatureSearch.Zarr.Stores;

/// <summary>The stored bytes of one key, readable at any offset. Safe to read from several threads.</summary>
public abstract class ZarrBlob : IDisposable
{
    /// <summary>How many bytes the value has.</summary>
    public abstract long Length { get; }

    /// <summary>Reads up to <paramref name="buffer"/>'s length of bytes at <paramref name="offset"/>; 0 at the end.</summary>
    public abstract int Read(long offset, Span<byte> buffer);

    /// <summary>As <see cref="Read"/>, without holding a thread while waiting.</summary>
    public virtual ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Read(offset, buffer.Span));
    }

    /// <summary>Fills <paramref name="buffer"/> from <paramref name="offset"/>.</summary>
    /// <exception cref="EndOfStreamException">The value ends earlier.</exception>
    public void ReadExactly(long offset, Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int read = Read(offset, buffer);
            if (read == 0)
            {
                throw new EndOfStreamException();
            }

            offset += read;
            buffer = buffer[read..];
        }
    }

    /// <summary>As <see cref="ReadExactly"/>, without holding a thread while waiting.</summary>
    /// <exception cref="EndOfStreamException">The value ends earlier.</exception>
    public async ValueTask ReadExactlyAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            int read = await ReadAsync(offset, buffer, cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                throw new EndOfStreamException();
            }

            offset += read;
            buffer = buffer[read..];
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the blob holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
