using System.IO.Hashing;
using System.Runtime.InteropServices;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Search.Kernels;
using VisualFeatureSearch.Zarr;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Search.Index;

/// <summary>
/// What was derived from a layer to search it fast, opened: mapped into memory, so that several processes share it and the
/// system may drop what is not used. Safe to use from several threads.
/// </summary>
public sealed class FeatureIndex : IDisposable
{
    internal const string HeaderFile = "index.json";
    internal const string BasisFile = "basis.bin";
    internal const string StatusFile = "status.bin";
    internal const string ChecksumsFile = "checksums.bin";

    /// <summary>The folder of a store that holds its indexes, one a layer.</summary>
    internal const string FolderName = ".vissearch-index";

    private readonly MappedFile[] _stages;
    private readonly byte[] _status;
    private readonly ulong[] _checksums;
    private readonly byte[][] _verified;

    private FeatureIndex(IndexHeader header, IndexLayout layout, float[] basis, byte[] status, ulong[] checksums, MappedFile[] stages)
    {
        Header = header;
        Layout = layout;
        Basis = basis;
        _status = status;
        _checksums = checksums;
        _stages = stages;
        _verified = [.. stages.Select(_ => new byte[IndexLayout.UnitsOf(header.Images)])];
    }

    /// <summary>Images of the index.</summary>
    public long Images => Header.Images;

    /// <summary>Bytes of the index that are mapped into memory.</summary>
    public long Bytes => _stages.Sum(stage => stage.Length);

    internal IndexHeader Header { get; }

    internal IndexLayout Layout { get; }

    /// <summary><c>[dimensions + 1, channels]</c>: the basis, and the mean direction as its last row.</summary>
    internal float[] Basis { get; }

    /// <summary>Opens the index of a layer, if there is one that belongs to it.</summary>
    /// <param name="store">The store.</param>
    /// <param name="features">One of its layers.</param>
    /// <param name="problem">Why an index that is there is not used; null where there is none.</param>
    /// <returns>The index, or null.</returns>
    public static FeatureIndex? TryOpen(FeatureStore store, FeatureArray features, out string? problem)
    {
        ArgumentNullException.ThrowIfNull(store);
        problem = null;
        return store.IsDirectory ? TryOpen(store.Location, features, out problem) : null;
    }

    /// <summary>Whether a layer has an index that belongs to it, as far as opening it tells.</summary>
    /// <param name="store">The store.</param>
    /// <param name="features">One of its layers.</param>
    public static bool IsThere(FeatureStore store, FeatureArray features)
    {
        using FeatureIndex? index = TryOpen(store, features, out _);
        return index is not null;
    }

    /// <summary>Whether a layer has an index that belongs to it, and every byte of it is what was written.</summary>
    /// <param name="store">The store.</param>
    /// <param name="features">One of its layers.</param>
    /// <param name="problem">What is wrong with the index that is there; null where there is none, or it is intact.</param>
    public static bool IsIntact(FeatureStore store, FeatureArray features, out string? problem)
    {
        using FeatureIndex? index = TryOpen(store, features, out problem);
        try
        {
            index?.VerifyAll();
            return index is not null;
        }
        catch (IndexException exception)
        {
            problem = exception.Message;
            return false;
        }
    }

    internal static FeatureIndex? TryOpen(string store, FeatureArray features, out string? problem)
    {
        ArgumentNullException.ThrowIfNull(features);
        string directory = PathOf(store, features);
        problem = null;
        if (!Directory.Exists(directory))
        {
            return null;
        }

        try
        {
            return Open(directory, features);
        }
        catch (Exception exception) when (exception is IndexException or IOException or UnauthorizedAccessException)
        {
            problem = $"the index of the layer '{features.Layer}' is not used: {exception.Message}. Build it anew with 'vissearch index {store}'";
            return null;
        }
    }

    internal static string PathOf(string store, FeatureArray features) => Path.Combine(store, FolderName, features.Name);

    internal static string StageFile(int stage) => $"stage{stage}.bin";

    internal static long StageLength(IndexLayout layout, int stage, long images) => layout.StageBytes(stage, images) + CodeKernels.Padding;

    /// <summary>The hash of an index's header and small files.</summary>
    internal static string HashFiles(string directory, IndexHeader header)
    {
        XxHash128 hash = new();
        hash.Append(header.ToHashedJson());
        foreach (string file in (string[])[BasisFile, StatusFile, ChecksumsFile])
        {
            hash.Append(File.ReadAllBytes(Path.Combine(directory, file)));
        }

        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    internal ImageStatus Status(long image) => (ImageStatus)_status[image];

    /// <summary>Whether the bounds of all of some images hold.</summary>
    internal bool AreBounded(int first, int count) => !_status.AsSpan(first, count).ContainsAnyExcept((byte)ImageStatus.Bounded);

    /// <summary>A panel of the prefix.</summary>
    internal ReadOnlySpan<byte> Panel(long panel) => _stages[0].Slice(panel * Layout.PanelBytes, Layout.PanelBytes);

    /// <summary>The records of a unit of images in a refinement, with <see cref="CodeKernels.Padding"/> bytes of room behind them.</summary>
    internal ReadOnlySpan<byte> Records(int refinement, long firstImage)
    {
        long images = Math.Min(IndexLayout.UnitImages, Header.Images - firstImage);
        int bytes = Layout.RecordBytes[refinement];
        return _stages[refinement + 1].Slice(firstImage * bytes, checked((int)(images * bytes) + CodeKernels.Padding));
    }

    /// <summary>Checks the bytes around an image's record, the first time that they are used.</summary>
    /// <exception cref="IndexException">They are not what was written.</exception>
    internal void EnsureIntact(int stage, long image)
    {
        long unit = image / IndexLayout.UnitImages;
        if (Volatile.Read(ref _verified[stage][unit]) == 0)
        {
            Verify(stage, unit);
        }
    }

    /// <summary>Checks every byte.</summary>
    /// <exception cref="IndexException">Some are not what was written.</exception>
    internal void VerifyAll()
    {
        for (int stage = 0; stage < Layout.Stages; stage++)
        {
            for (long unit = 0; unit < IndexLayout.UnitsOf(Header.Images); unit++)
            {
                Verify(stage, unit);
            }
        }
    }

    /// <inheritdoc />
    public void Dispose() => Array.ForEach(_stages, stage => stage.Dispose());

    private void Verify(int stage, long unit)
    {
        long first = unit * IndexLayout.UnitImages;
        int count = (int)Math.Min(IndexLayout.UnitImages, Header.Images - first);
        ReadOnlySpan<byte> bytes = _stages[stage].Slice(Layout.StageBytes(stage, first), (int)Layout.StageBytes(stage, count));
        if (XxHash3.HashToUInt64(bytes) != _checksums[Layout.ChecksumOf(unit, stage)])
        {
            throw new IndexException($"the index is damaged: {StageFile(stage)} at images {first} to {first + count - 1}");
        }

        Volatile.Write(ref _verified[stage][unit], 1);
    }

    private static FeatureIndex Open(string directory, FeatureArray features)
    {
        IndexHeader header = IndexHeader.Parse(File.ReadAllBytes(Path.Combine(directory, HeaderFile)))
            ?? throw new IndexException($"{HeaderFile} is not an index's");
        if (header.FormatVersion != IndexHeader.CurrentFormatVersion)
        {
            throw new IndexException($"it has the format version {header.FormatVersion} where this tool uses {IndexHeader.CurrentFormatVersion}");
        }

        bool isSame = header.Array == features.Name && header.Images == features.Count && header.Channels == features.Channels
            && header.Height == features.Height && header.Width == features.Width && header.DataType == features.Array.Metadata.DataType.ToString();
        if (!isSame)
        {
            throw new IndexException("the store has other images or features than when it was built");
        }

        if (HashFiles(directory, header) != header.FilesHash)
        {
            throw new IndexException("its files are damaged");
        }

        IndexLayout layout = new(features.Height * features.Width, features.Channels, header.Prefix.FineDimensions, header.Prefix.CoarseDimensions, [.. header.Packs.Select(pack => pack.Dimensions)]);
        ulong[] checksums = MemoryMarshal.Cast<byte, ulong>(File.ReadAllBytes(Path.Combine(directory, ChecksumsFile))).ToArray();
        float[] basis = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(directory, BasisFile))).ToArray();
        byte[] status = File.ReadAllBytes(Path.Combine(directory, StatusFile));
        EnsureStoreIsTheSame(directory, header, features, checksums, layout);
        MappedFile[] stages = new MappedFile[layout.Stages];
        try
        {
            for (int stage = 0; stage < stages.Length; stage++)
            {
                stages[stage] = OpenStage(directory, stage, StageLength(layout, stage, header.Images));
            }
        }
        catch
        {
            Array.ForEach(stages, stage => stage?.Dispose());
            throw;
        }

        return new FeatureIndex(header, layout, basis, status, checksums, stages);
    }

    private static MappedFile OpenStage(string directory, int stage, long length)
    {
        string path = Path.Combine(directory, StageFile(stage));
        long found = new FileInfo(path) is { Exists: true } file ? file.Length : -1;
        return found == length
            ? MappedFile.Open(path)
            : throw new IndexException($"{StageFile(stage)} {(found < 0 ? "is missing" : $"has {found} bytes, not {length}")}");
    }

    /// <summary>
    /// Compares the times of the store's files, and where these differ, as after copying the store, its contents.
    /// </summary>
    private static void EnsureStoreIsTheSame(string directory, IndexHeader header, FeatureArray features, ulong[] checksums, IndexLayout layout)
    {
        string stamp = features.Array.ComputeStamp();
        if (stamp == header.StoreStamp)
        {
            return;
        }

        long units = IndexLayout.UnitsOf(header.Images);
        int rowBytes = (int)features.Array.Metadata.RowLength;
        int differing = 0;
        Workers.Run(Environment.ProcessorCount, worker =>
        {
            byte[] row = new byte[rowBytes];
            XxHash3 hash = new();
            using ZarrRowReader rows = features.Array.OpenRows();
            for (long unit = worker; unit < units && Volatile.Read(ref differing) == 0; unit += Environment.ProcessorCount)
            {
                hash.Reset();
                for (long i = unit * IndexLayout.UnitImages; i < Math.Min((unit + 1) * IndexLayout.UnitImages, header.Images); i++)
                {
                    rows.Read(i, 1, row);
                    hash.Append(row);
                }

                if (hash.GetCurrentHashAsUInt64() != checksums[layout.ChecksumOf(unit, layout.Stages)])
                {
                    Interlocked.Increment(ref differing);
                }
            }
        });
        if (differing > 0)
        {
            throw new IndexException("the store was changed since it was built");
        }

        try
        {
            // Remembered, so that a copied store is compared only once.
            string file = Path.Combine(directory, HeaderFile);
            File.WriteAllBytes(file + ".new", (header with { StoreStamp = stamp }).ToJson());
            File.Move(file + ".new", file, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A store that cannot be written is compared every time that it is opened.
        }
    }
}
