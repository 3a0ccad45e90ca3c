using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using VisualFeatureSearch.Zarr.Codecs;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Zarr;

/// <summary>An array of a Zarr v2 or v3 store. Safe to use from several threads; the row readers it opens are not.</summary>
public sealed partial class ZarrArray
{
    private readonly IZarrStore _store;
    private readonly string _prefix;
    private readonly JsonObject? _attributes;
    private readonly Lazy<MappedChunks?> _mapped;

    internal ZarrArray(IZarrStore store, string name, string prefix, ZarrArrayMetadata metadata, JsonObject? attributes)
    {
        _store = store;
        _prefix = prefix;
        _attributes = attributes;
        Name = name;
        Metadata = metadata;
        _mapped = new Lazy<MappedChunks?>(() => MappedChunks.TryCreate(this, store));
    }

    /// <summary>The array's name in its group.</summary>
    public string Name { get; }

    /// <summary>Shape, chunks, type and codecs.</summary>
    public ZarrArrayMetadata Metadata { get; }

    /// <summary>Whether a chunk that is missing is an error, and not the fill value.</summary>
    public bool IsWhole { get; internal init; }

    /// <summary>Reads the array's attributes; empty where there are none.</summary>
    public JsonObject ReadAttributes() => _attributes?.DeepClone().AsObject() ?? ZarrGroup.ReadAttributes(_store, _prefix);

    /// <summary>Whether the stored object, a shard or else a chunk, is there.</summary>
    public bool HasChunk(params ReadOnlySpan<long> index) => _store.Exists(_prefix + Metadata.ChunkKey(index));

    /// <summary>
    /// A digest of the lengths and times of all stored objects along the first axis: while it stays the same, nobody has
    /// written to them.
    /// </summary>
    /// <returns>SHA-256, lower-case hexadecimal.</returns>
    public string ComputeStamp()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Metadata.ToJson());
        long[] index = new long[Metadata.Shape.Count];
        long count = (Metadata.Shape[0] + Metadata.StoredShape[0] - 1) / Metadata.StoredShape[0];
        for (long chunk = 0; chunk < count; chunk++)
        {
            index[0] = chunk;
            hash.AppendData(Encoding.UTF8.GetBytes($"{chunk}:{_store.Stamp(_prefix + Metadata.ChunkKey(index))}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The key of a stored object in the store.</summary>
    /// <param name="index">The place of the shard, or of the chunk where there are no shards, along each axis.</param>
    public string KeyOf(params ReadOnlySpan<long> index) => _prefix + Metadata.ChunkKey(index);

    /// <summary>Encodes and writes a stored object whole; readers find the old one or the new one.</summary>
    /// <param name="index">The place of the shard, or of the chunk where there are no shards, along each axis.</param>
    /// <param name="elements">
    /// All its elements in stored byte order: those of a chunk in the chunk's order of axes, those of a shard in C order;
    /// also those beyond the array's edge.
    /// </param>
    /// <exception cref="ArgumentException">There are more or fewer.</exception>
    /// <exception cref="ZarrException">The store cannot be written.</exception>
    public void WriteChunk(ReadOnlySpan<long> index, ReadOnlySpan<byte> elements)
    {
        if (elements.Length != Metadata.StoredLength)
        {
            throw new ArgumentException($"A chunk of {Name} has {Metadata.StoredLength} bytes, not {elements.Length}.", nameof(elements));
        }

        if (_store is not IWritableZarrStore store)
        {
            throw new ZarrException($"{_store.Name} can only be read");
        }

        if (Metadata.Codecs.Count == 0 && Metadata.Sharding is null)
        {
            store.Write(KeyOf(index), elements);
        }
        else
        {
            store.Write(KeyOf(index), Metadata.Sharding is { } sharding ? ToShard(sharding, elements) : CodecChain.Encode(Metadata.Codecs, elements, Metadata.DataType.Size));
        }

        if (_mapped.IsValueCreated)
        {
            _mapped.Value?.Forget(index[0]);
        }
    }

    /// <summary>The array's chunks for mapping; null where they are better read.</summary>
    internal MappedChunks? Mapped => _mapped.Value;

    /// <summary>Opens a reader of rows for one thread.</summary>
    /// <exception cref="ZarrException">The array is a single number, which has no rows.</exception>
    public ZarrRowReader OpenRows() => Metadata.Shape.Count > 0 ? new(this) : throw new ZarrException($"{_store.Name}: the array {Name} has no axes, so it has no rows");

    /// <summary>Opens a chunk's decoded bytes, or null where the chunk is not stored and need not be.</summary>
    /// <exception cref="ZarrException">The stored bytes cannot be this chunk's, or are missing from an array that is whole.</exception>
    internal Stream? OpenChunk(ReadOnlySpan<long> index)
    {
        Stream? chunk = Metadata.Sharding is { } sharding ? OpenSharded(sharding, index) : OpenPlain(index);
        if (chunk is null)
        {
            EnsureOptional(index);
        }

        return chunk;
    }

    /// <exception cref="ZarrException">A chunk that is missing must not be.</exception>
    internal void EnsureOptional(ReadOnlySpan<long> index)
    {
        if (IsWhole)
        {
            throw new ZarrException($"{_store.Name}: chunk {PlaceOf(index)} is missing");
        }
    }

    private Stream? OpenPlain(ReadOnlySpan<long> index)
    {
        if (!_store.TryOpen(KeyOf(index), out ZarrBlob? blob))
        {
            return null;
        }

        try
        {
            return CodecChain.OpenDecoder(Metadata.Codecs, blob, Metadata.ChunkLength);
        }
        catch (Exception exception) when (IsBrokenChunk(exception))
        {
            blob.Dispose();
            throw Describe(index, exception);
        }
    }

    /// <summary>What a decoder or the disk throws at bytes that are not what they should be, or cannot be read.</summary>
    internal static bool IsBrokenChunk(Exception exception) =>
        exception is IOException or InvalidDataException or ZstdSharp.ZstdException;

    internal ZarrException Describe(ReadOnlySpan<long> index, Exception exception) =>
        new($"{_store.Name}: chunk {PlaceOf(index)} cannot be read: {exception.Message}", exception);

    /// <summary>What a person finds a chunk by.</summary>
    private string PlaceOf(ReadOnlySpan<long> index)
    {
        if (Metadata.Sharding is not { } sharding)
        {
            return KeyOf(index);
        }

        (long[] shard, int chunk) = Place(sharding, index);
        return $"{KeyOf(shard)}, part {chunk}";
    }
}
