namespace VisualFeatureSearch.Zarr;

/// <summary>A box of an array's elements, and copying between it and the chunks that it touches.</summary>
/// <param name="metadata">The array's.</param>
/// <param name="start">The first element along each axis.</param>
/// <param name="count">Elements along each axis.</param>
internal sealed class ZarrRegion(ZarrArrayMetadata metadata, long[] start, long[] count)
{
    private readonly int _size = metadata.DataType.Size;

    public long ByteLength => count.Aggregate((long)_size, (bytes, extent) => bytes * extent);

    /// <summary>The places of the chunks that the box touches, in C order. The array that is handed out is used again.</summary>
    public IEnumerable<long[]> Chunks()
    {
        if (count.Contains(0))
        {
            yield break;
        }

        int rank = start.Length;
        long[] first = [.. start.Select((at, axis) => at / metadata.ChunkShape[axis])];
        long[] last = [.. start.Select((at, axis) => (at + count[axis] - 1) / metadata.ChunkShape[axis])];
        long[] index = (long[])first.Clone();
        while (true)
        {
            yield return index;
            int moving = rank - 1;
            while (moving >= 0 && index[moving] == last[moving])
            {
                index[moving] = first[moving];
                moving--;
            }

            if (moving < 0)
            {
                yield break;
            }

            index[moving]++;
        }
    }

    /// <summary>Copies what the box shares with a chunk.</summary>
    /// <param name="index">The chunk's place along each axis.</param>
    /// <param name="chunk">The chunk's bytes in stored order of elements; empty to repeat <paramref name="fill"/> instead.</param>
    /// <param name="fill">One element.</param>
    /// <param name="target">The box's bytes, C order.</param>
    public void CopyFrom(ReadOnlySpan<long> index, ReadOnlySpan<byte> chunk, ReadOnlySpan<byte> fill, Span<byte> target)
    {
        int rank = start.Length;
        Span<long> chunkStride = stackalloc long[rank];
        Span<long> targetStride = stackalloc long[rank];
        Span<long> extent = stackalloc long[rank];
        Span<long> at = stackalloc long[rank];
        Strides(chunkStride, targetStride);
        long chunkStart = 0;
        long targetStart = 0;
        for (int axis = 0; axis < rank; axis++)
        {
            long chunkFirst = index[axis] * metadata.ChunkShape[axis];
            long first = Math.Max(start[axis], chunkFirst);
            extent[axis] = Math.Min(start[axis] + count[axis], chunkFirst + metadata.ChunkShape[axis]) - first;
            chunkStart += (first - chunkFirst) * chunkStride[axis];
            targetStart += (first - start[axis]) * targetStride[axis];
        }

        long run = rank == 0 ? 1 : extent[rank - 1];
        long step = rank == 0 ? _size : chunkStride[rank - 1];
        while (true)
        {
            long from = chunkStart;
            long to = targetStart;
            for (int axis = 0; axis < rank - 1; axis++)
            {
                from += at[axis] * chunkStride[axis];
                to += at[axis] * targetStride[axis];
            }

            Span<byte> line = target.Slice((int)to, (int)(run * _size));
            if (chunk.IsEmpty)
            {
                Repeat(fill, line);
            }
            else if (step == _size)
            {
                chunk.Slice((int)from, line.Length).CopyTo(line);
            }
            else
            {
                for (int i = 0; i < line.Length; i += _size, from += step)
                {
                    chunk.Slice((int)from, _size).CopyTo(line[i..]);
                }
            }

            int moving = rank - 2;
            while (moving >= 0 && ++at[moving] == extent[moving])
            {
                at[moving--] = 0;
            }

            if (moving < 0)
            {
                return;
            }
        }
    }

    public static void Repeat(ReadOnlySpan<byte> element, Span<byte> target)
    {
        if (!element.ContainsAnyExcept((byte)0))
        {
            target.Clear();
            return;
        }

        for (int at = 0; at < target.Length; at += element.Length)
        {
            element.CopyTo(target[at..]);
        }
    }

    private void Strides(Span<long> chunkStride, Span<long> targetStride)
    {
        int rank = start.Length;
        long chunkStep = _size;
        long targetStep = _size;
        for (int i = rank - 1; i >= 0; i--)
        {
            int axis = metadata.AxisOrder.Count == 0 ? i : metadata.AxisOrder[i];
            chunkStride[axis] = chunkStep;
            chunkStep *= metadata.ChunkShape[axis];
            targetStride[i] = targetStep;
            targetStep *= count[i];
        }
    }
}
