using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Zarr;

/// <summary>An array of a Zarr v2 store. Safe to use from several threads; the readers it opens are not.</summary>
public sealed class ZarrArray
{
    private readonly IZarrStore _store;
    private readonly string _prefix;

    internal ZarrArray(IZarrStore store, string name, string prefix, ZarrArrayMetadata metadata)
    {
        _store = store;
        _prefix = prefix;
        Name = name;
        Metadata = metadata;
    }

    /// <summary>The array's name in its group.</summary>
    public string Name { get; }

    /// <summary>Shape, chunks, type and codec.</summary>
    public ZarrArrayMetadata Metadata { get; }

    /// <summary>Reads the array's attributes; empty where there are none.</summary>
    public JsonObject ReadAttributes() => ZarrGroup.ReadAttributes(_store, _prefix);

    /// <summary>Whether the chunk is stored.</summary>
    public bool HasChunk(params ReadOnlySpan<long> index) => _store.Exists(_prefix + Metadata.ChunkKey(index));

    /// <summary>
    /// A digest of the lengths and times of all stored chunks along the first axis: while it stays the same, nobody has
    /// written to them.
    /// </summary>
    /// <returns>SHA-256, lower-case hexadecimal.</returns>
    public string ComputeStamp()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Metadata.ToJson());
        long[] index = new long[Metadata.Shape.Count];
        for (long chunk = 0; chunk < Metadata.ChunkCount(0); chunk++)
        {
            index[0] = chunk;
            hash.AppendData(Encoding.UTF8.GetBytes($"{chunk}:{_store.Stamp(_prefix + Metadata.ChunkKey(index))}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Encodes and writes a chunk whole; readers find the old one or the new one.</summary>
    /// <param name="index">The chunk's place along each axis.</param>
    /// <param name="chunk">All elements of the chunk in stored order, also those beyond the array's edge.</param>
    /// <exception cref="ArgumentException">The data is not one chunk long.</exception>
    public void WriteChunk(ReadOnlySpan<long> index, ReadOnlySpan<byte> chunk)
    {
        if (chunk.Length != Metadata.ChunkLength)
        {
            throw new ArgumentException($"A chunk of {Name} has {Metadata.ChunkLength} bytes, not {chunk.Length}.", nameof(chunk));
        }

        string key = _prefix + Metadata.ChunkKey(index);
        if (Metadata.Codec is Codecs.RawCodec)
        {
            _store.Write(key, chunk);
        }
        else
        {
            _store.Write(key, Metadata.Codec.Encode(chunk, Metadata.DataType.Size));
        }
    }

    /// <summary>Opens a reader of rows for one thread.</summary>
    public ZarrRowReader OpenRows() => new(this);

    /// <summary>Opens a chunk's decoded bytes, or null where the chunk is not stored.</summary>
    /// <exception cref="ZarrException">The stored bytes cannot be this chunk's.</exception>
    internal Stream? OpenChunk(ReadOnlySpan<long> index)
    {
        string key = _prefix + Metadata.ChunkKey(index);
        if (!_store.TryOpen(key, out ZarrBlob? blob))
        {
            return null;
        }

        try
        {
            return Metadata.Codec.OpenDecoder(blob, Metadata.ChunkLength);
        }
        catch (ZarrException exception)
        {
            blob.Dispose();
            throw Describe(index, exception);
        }
    }

    internal ZarrException Describe(ReadOnlySpan<long> index, Exception exception) =>
        new($"{_store.Name}: chunk {_prefix}{Metadata.ChunkKey(index)} cannot be read: {exception.Message}", exception);
}
