using VisualFeatureSearch.Zarr.Codecs;
using VisualFeatureSearch.Zarr.Sharding;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Zarr;

/// <content>Reading boxes of elements.</content>
public sealed partial class ZarrArray
{
    /// <summary>Chunks of one box that are fetched at a time: enough to hide a server's delay.</summary>
    private const int FetchedAtOnce = 8;

    /// <summary>Reads a box of elements as C order and the machine's byte order. Missing chunks give the fill value.</summary>
    /// <param name="start">The first element along each axis.</param>
    /// <param name="count">Elements along each axis; together with <paramref name="start"/> inside the array.</param>
    /// <param name="destination">Room for exactly these elements.</param>
    /// <exception cref="ZarrException">A chunk is truncated or corrupt; the message names it.</exception>
    public void Read(ReadOnlySpan<long> start, ReadOnlySpan<long> count, Span<byte> destination)
    {
        ZarrRegion region = Region(start, count, destination.Length);
        foreach (long[] index in region.Chunks())
        {
            Stream? stream = OpenChunk(index);
            Place(region, index, stream is null ? null : DecodeWhole(index, stream), destination);
        }
    }

    /// <summary>As <see cref="Read"/>, several chunks at a time and without holding threads while waiting.</summary>
    /// <param name="start">The first element along each axis.</param>
    /// <param name="count">Elements along each axis; together with <paramref name="start"/> inside the array.</param>
    /// <param name="destination">Room for exactly these elements.</param>
    /// <param name="cancellationToken">Ends the reading early.</param>
    /// <exception cref="ZarrException">A chunk is truncated or corrupt; the message names it.</exception>
    public async Task ReadAsync(ReadOnlyMemory<long> start, ReadOnlyMemory<long> count, Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        ZarrRegion region = Region(start.Span, count.Span, destination.Length);
        ParallelOptions options = new() { MaxDegreeOfParallelism = FetchedAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(region.Chunks().Select(index => (long[])index.Clone()), options, async (index, token) =>
        {
            ReadOnlyMemory<byte>? stored = await FetchAsync(index, token).ConfigureAwait(false);
            byte[]? chunk = null;
            if (stored is { } bytes)
            {
                try
                {
                    chunk = DecodeWhole(index, CodecChain.OpenDecoder(Metadata.Codecs, new MemoryBlob(bytes), Metadata.ChunkLength));
                }
                catch (Exception exception) when (IsBrokenChunk(exception) && exception.InnerException is null)
                {
                    throw Describe(index, exception);
                }
            }
            else
            {
                EnsureOptional(index);
            }

            Place(region, index, chunk, destination.Span);
        }).ConfigureAwait(false);
    }

    /// <summary>The stored bytes of a chunk, of a sharded one only its part of the shard; null where it is missing.</summary>
    private async ValueTask<ReadOnlyMemory<byte>?> FetchAsync(long[] index, CancellationToken cancellationToken)
    {
        (long[] key, int part) = Metadata.Sharding is { } known ? Place(known, index) : (index, 0);
        using ZarrBlob? blob = await _store.OpenAsync(KeyOf(key), cancellationToken).ConfigureAwait(false);
        if (blob is null)
        {
            return null;
        }

        try
        {
            (long Offset, long Length) place = (0, blob.Length);
            if (Metadata.Sharding is { } sharding)
            {
                int chunks = sharding.ChunkCount(Metadata.ChunkShape);
                (long offset, int length) = ShardIndex.Locate(sharding, chunks, blob.Length);
                byte[] entries = new byte[length];
                await blob.ReadExactlyAsync(offset, entries, cancellationToken).ConfigureAwait(false);
                if (ShardIndex.Decode(sharding, chunks, entries).Find(part, blob.Length) is not { } found)
                {
                    return null;
                }

                place = found;
            }

            if (place.Length > Array.MaxLength)
            {
                throw new ZarrException($"it has {place.Length} bytes: at most {Array.MaxLength} are read");
            }

            byte[] stored = new byte[place.Length];
            await blob.ReadExactlyAsync(place.Offset, stored, cancellationToken).ConfigureAwait(false);
            return stored;
        }
        catch (Exception exception) when (IsBrokenChunk(exception))
        {
            throw Describe(index, exception);
        }
    }

    private ZarrRegion Region(ReadOnlySpan<long> start, ReadOnlySpan<long> count, int destinationLength)
    {
        if (start.Length != Metadata.Shape.Count || count.Length != Metadata.Shape.Count)
        {
            throw new ArgumentException($"{Name} has {Metadata.Shape.Count} axes, not {start.Length} and {count.Length}.", nameof(start));
        }

        for (int axis = 0; axis < start.Length; axis++)
        {
            if (start[axis] < 0 || count[axis] < 0 || start[axis] > Metadata.Shape[axis] - count[axis])
            {
                throw new ArgumentOutOfRangeException(nameof(count), $"{count[axis]} elements from {start[axis]} on are not inside the {Metadata.Shape[axis]} of axis {axis}.");
            }
        }

        ZarrRegion region = new(Metadata, start.ToArray(), count.ToArray());
        return region.ByteLength == destinationLength
            ? region
            : throw new ArgumentException($"These elements have {region.ByteLength} bytes, not {destinationLength}.", nameof(destinationLength));
    }

    /// <summary>All bytes of a chunk. The stream is disposed.</summary>
    internal byte[] DecodeWhole(ReadOnlySpan<long> index, Stream stream)
    {
        using (stream)
        {
            try
            {
                ReadOnlyMemory<byte> bytes = CodecChain.ReadToEnd(stream, Metadata.ChunkLength);
                return bytes.Length == Metadata.ChunkLength
                    ? bytes.ToArray()
                    : throw new ZarrException($"it decodes to {bytes.Length} bytes where {Metadata.ChunkLength} are needed: the file is truncated or belongs to another array");
            }
            catch (Exception exception) when (IsBrokenChunk(exception))
            {
                throw Describe(index, exception);
            }
        }
    }

    /// <summary>Puts a chunk's part of a box into its place, in the machine's byte order.</summary>
    /// <param name="region">The box.</param>
    /// <param name="index">The chunk's place along each axis.</param>
    /// <param name="chunk">The chunk's bytes, whose order of bytes is changed in place; null where it is missing.</param>
    /// <param name="destination">The box's bytes.</param>
    internal void Place(ZarrRegion region, ReadOnlySpan<long> index, byte[]? chunk, Span<byte> destination)
    {
        if (chunk is not null)
        {
            Metadata.DataType.ToMachineOrder(chunk);
            region.CopyFrom(index, chunk, [], destination);
            return;
        }

        Span<byte> fill = stackalloc byte[Metadata.DataType.Size];
        FillElement(fill);
        region.CopyFrom(index, [], fill, destination);
    }

    /// <summary>What a missing chunk is filled with, one element in the machine's byte order; zero where it is undefined.</summary>
    internal void FillElement(Span<byte> element)
    {
        element.Clear();
        if (Metadata.FillValue is { } value)
        {
            value.Span.CopyTo(element);
            Metadata.DataType.ToMachineOrder(element);
        }
    }
}
