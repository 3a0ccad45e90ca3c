using System.IO.Hashing;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Search.Kernels;
using VisualFeatureSearch.Zarr;

namespace VisualFeatureSearch.Search.Index;

/// <summary>
/// Builds the index of a layer beside its store: one pass over the features on all cores, in memory that does not grow with
/// the store. The index appears under its name only when all of it is on disk; a build that was stopped leaves nothing that
/// is ever read, and the next one starts afresh.
/// </summary>
public sealed class IndexBuilder
{
    /// <summary>Bytes of an index for each byte of features, at most, but for the last, partly empty panel.</summary>
    public const double MaximumShare = 0.34;

    /// <summary>Features of fewer bytes are scanned in a few milliseconds, so precompute does not build an index for them.</summary>
    private const long WorthwhileBytes = 64L * 1024 * 1024;

    private readonly FeatureArray _features;
    private readonly IndexLayout _layout;
    private readonly EigenBasis _basis;
    private readonly SafeFileHandle[] _files;
    private readonly byte[] _status;
    private readonly ulong[] _checksums;
    private readonly IProgress<IndexProgress>? _progress;
    private IndexPrefix _prefix;
    private IndexPack[] _packs = [];
    private long _next = -1;
    private long _done;

    private IndexBuilder(FeatureArray features, IndexLayout layout, EigenBasis basis, IndexPrefix prefix, SafeFileHandle[] files, IProgress<IndexProgress>? progress)
    {
        _features = features;
        _layout = layout;
        _basis = basis;
        _prefix = prefix;
        _files = files;
        _progress = progress;
        _status = new byte[features.Count];
        _checksums = new ulong[Units * (layout.Stages + 1)];
    }

    private long Units => IndexLayout.UnitsOf(_features.Count);

    /// <summary>Builds, or builds anew, the index of a layer.</summary>
    /// <param name="store">The store.</param>
    /// <param name="features">One of its layers.</param>
    /// <param name="created">The time to write into the index.</param>
    /// <param name="progress">Told now and then, from several threads.</param>
    /// <param name="cancellationToken">Stops early; an index that was there before stays.</param>
    /// <exception cref="IndexException">The layer has too few channels for an index to be smaller than the features.</exception>
    /// <exception cref="ZarrException">A chunk cannot be read.</exception>
    /// <exception cref="IOException">The index cannot be written.</exception>
    public static IndexSummary Build(
        FeatureStore store, FeatureArray features, DateTimeOffset created, IProgress<IndexProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        return !store.IsDirectory
            ? throw new IndexException($"{store.Location} is no directory: an index can only lie beside a store in one")
            : Build(store.Location, features, created, MaximumShare, progress, cancellationToken);
    }

    /// <summary>Whether a layer's features are wide enough for an index that is smaller than them.</summary>
    public static bool CanIndex(FeatureArray features)
    {
        ArgumentNullException.ThrowIfNull(features);
        return features.Count > 0 && Layout(features, MaximumShare, []) is not null;
    }

    /// <summary>Whether a layer's features are so many that an index makes searches noticeably faster.</summary>
    public static bool IsWorthwhile(FeatureArray features)
    {
        ArgumentNullException.ThrowIfNull(features);
        return features.Count * features.Array.Metadata.RowLength >= WorthwhileBytes && CanIndex(features);
    }

    internal static IndexSummary Build(
        string store, FeatureArray features, DateTimeOffset created, double maximumShare, IProgress<IndexProgress>? progress, CancellationToken cancellationToken)
    {
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        if (features.Count == 0 || Layout(features, maximumShare, []) is null)
        {
            throw new IndexException($"the layer '{features.Layer}' has {features.Count} images of {features.Channels} channels: too few for an index, and searched as fast without one");
        }

        // Taken before anything is read: what is written to the store from now on makes the index out of date.
        string stamp = features.Array.ComputeStamp();
        string final = FeatureIndex.PathOf(store, features);
        string partial = final + ".partial";
        using FileStream hold = Hold(final + ".lock", features);
        if (Directory.Exists(partial))
        {
            Directory.Delete(partial, recursive: true);
        }

        Directory.CreateDirectory(partial);
        try
        {
            Spectrum spectrum = Spectrum.Learn(features, cancellationToken);
            IndexLayout layout = Layout(features, maximumShare, spectrum.Energies)!;
            EigenBasis basis = spectrum.Take(layout.Dimensions);
            IndexPrefix prefix = ChooseSteps(features, layout, basis, cancellationToken);
            SafeFileHandle[] files = [.. Enumerable.Range(0, layout.Stages).Select(stage => File.OpenHandle(
                Path.Combine(partial, FeatureIndex.StageFile(stage)), FileMode.Create, FileAccess.Write, FileShare.None, preallocationSize: FeatureIndex.StageLength(layout, stage, features.Count)))];
            long bytes;
            try
            {
                IndexBuilder builder = new(features, layout, basis, prefix, files, progress);
                builder.EncodeAll(cancellationToken);
                bytes = builder.Finish(partial, stamp, created);
            }
            finally
            {
                Array.ForEach(files, file => file.Dispose());
            }

            if (Directory.Exists(final))
            {
                Directory.Delete(final, recursive: true);
            }

            Directory.Move(partial, final);
            return new IndexSummary(
                features.Count, features.Count * features.Array.Metadata.RowLength, bytes, System.Diagnostics.Stopwatch.GetElapsedTime(start));
        }
        catch
        {
            Directory.Delete(partial, recursive: true);
            throw;
        }
    }

    /// <summary>Keeps other processes from building the same index until it is disposed, or this process ends.</summary>
    private static FileStream Hold(string path, FeatureArray features)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException exception)
        {
            throw new IndexException($"the index of the layer '{features.Layer}' is being built by another process ({path}: {exception.Message}): wait until it has ended");
        }
    }

    private static IndexLayout? Layout(FeatureArray features, double maximumShare, ReadOnlySpan<double> energies) =>
        IndexLayout.Choose(features.Channels, features.Height * features.Width, features.IsHalf ? 2 : 4, maximumShare, energies);

    /// <summary>Chooses what a unit of codes and tails stands for, from images all over the array.</summary>
    private static IndexPrefix ChooseSteps(FeatureArray features, IndexLayout layout, EigenBasis basis, CancellationToken cancellationToken)
    {
        const double Room = 1.1;

        // Of 16 equal steps, for numbers that are normally distributed: J. Max, Quantizing for minimum distortion, 1960.
        const double BestStep = 0.335;
        CellEncoder encoder = new(basis, layout);
        ForSample(encoder.Measure);
        IndexPrefix prefix = new(
            layout.FineDimensions,
            layout.CoarseDimensions,
            Math.Max(encoder.LargestCoordinate * Room / 127, 1e-7),
            Math.Max(encoder.CoarseDeviation * BestStep, 1e-7),
            1,
            0,
            0);
        ForSample(image => encoder.MeasureTails(image, prefix));
        return prefix with { TailStep = Math.Max(Math.Min(encoder.LargestTail * Room, 2.5) / byte.MaxValue, 1e-7) };

        void ForSample(Action<int> measure)
        {
            const int Images = 256;
            int images = (int)Math.Min(features.Count, Images);
            using ZarrRowReader rows = features.Array.OpenRows();
            for (int first = 0; first < images; first += encoder.Cells.Images)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int count = Math.Min(encoder.Cells.Images, images - first);
                for (int i = 0; i < count; i++)
                {
                    encoder.Cells.Put(i, features.ReadMap(rows, features.Count * (first + i) / images));
                }

                encoder.Cells.Project();
                for (int i = 0; i < count; i++)
                {
                    measure(i);
                }
            }
        }
    }

    private void EncodeAll(CancellationToken cancellationToken)
    {
        int workers = (int)Math.Clamp(Units, 1, Environment.ProcessorCount);
        CellEncoder[] encoders = new CellEncoder[workers];
        Workers.Run(
            workers,
            i =>
            {
                encoders[i] = new CellEncoder(_basis, _layout);
                Encode(encoders[i], cancellationToken);
            },
            cancellationToken);
        _prefix = _prefix with { Reach = encoders.Max(encoder => encoder.FineReach), CoarseReach = encoders.Max(encoder => encoder.CoarseReach) };
        _packs = [.. _layout.Packs.Select((dimensions, pack) => new IndexPack(
            dimensions, encoders.Max(encoder => encoder.PackReaches[pack]), encoders.Max(encoder => encoder.LargestScales[pack])))];
    }

    private void Encode(CellEncoder encoder, CancellationToken cancellationToken)
    {
        int rowBytes = (int)_features.Array.Metadata.RowLength;
        byte[] row = new byte[rowBytes];
        float[] map = new float[_features.MapElements];
        byte[][] records = [.. Enumerable.Range(0, _layout.Stages).Select(stage => new byte[_layout.StageBytes(stage, IndexLayout.UnitImages)])];
        XxHash3 rowsHash = new();
        using ZarrRowReader rows = _features.Array.OpenRows();
        for (long unit = Interlocked.Increment(ref _next); unit < Units; unit = Interlocked.Increment(ref _next))
        {
            cancellationToken.ThrowIfCancellationRequested();
            long first = unit * IndexLayout.UnitImages;
            int count = (int)Math.Min(IndexLayout.UnitImages, _features.Count - first);
            rowsHash.Reset();
            Array.ForEach(records, Array.Clear);
            for (int i = 0; i < count; i += encoder.Cells.Images)
            {
                int together = Math.Min(encoder.Cells.Images, count - i);
                Span<byte> status = _status.AsSpan((int)first + i, together);
                for (int k = 0; k < together; k++)
                {
                    rows.Read(first + i + k, 1, row);
                    rowsHash.Append(row);
                    bool isFinite = Widen(row, map);
                    status[k] = (byte)(isFinite ? ImageStatus.Bounded : ImageStatus.NonFinite);
                    if (isFinite)
                    {
                        encoder.Cells.Put(k, map);
                    }
                }

                encoder.Cells.Project();
                for (int k = 0; k < together; k++)
                {
                    if (status[k] != (byte)ImageStatus.NonFinite)
                    {
                        status[k] = (byte)encoder.Encode(k, _prefix, records, i + k);
                    }
                }
            }

            for (int stage = 0; stage < records.Length; stage++)
            {
                ReadOnlySpan<byte> used = records[stage].AsSpan(0, (int)_layout.StageBytes(stage, count));
                RandomAccess.Write(_files[stage], used, _layout.StageBytes(stage, first));
                _checksums[_layout.ChecksumOf(unit, stage)] = XxHash3.HashToUInt64(used);
            }

            _checksums[_layout.ChecksumOf(unit, _layout.Stages)] = rowsHash.GetCurrentHashAsUInt64();
            _progress?.Report(new IndexProgress(_features.Count, Interlocked.Add(ref _done, count)));
        }
    }

    /// <summary>False where the row contains an infinity or NaN.</summary>
    private bool Widen(ReadOnlySpan<byte> row, Span<float> map)
    {
        if (_features.IsHalf)
        {
            ReadOnlySpan<ushort> halves = MemoryMarshal.Cast<byte, ushort>(row);
            if (NonFinite.IsIn(halves))
            {
                return false;
            }

            ScanKernels.Best.WidenHalves(halves, map);
            return true;
        }

        ReadOnlySpan<float> floats = MemoryMarshal.Cast<byte, float>(row);
        floats.CopyTo(map);
        return !NonFinite.IsIn(floats);
    }

    /// <summary>Writes the small files and makes sure that all of it is on disk; the header comes last.</summary>
    private long Finish(string directory, string stamp, DateTimeOffset created)
    {
        for (int stage = 0; stage < _files.Length; stage++)
        {
            // Room behind the last record, for a vector that reaches over its end.
            RandomAccess.Write(_files[stage], new byte[CodeKernels.Padding], _layout.StageBytes(stage, _features.Count));
            RandomAccess.FlushToDisk(_files[stage]);
        }

        WriteFlushed(Path.Combine(directory, FeatureIndex.BasisFile), MemoryMarshal.AsBytes(_basis.Rows.AsSpan()));
        WriteFlushed(Path.Combine(directory, FeatureIndex.StatusFile), _status);
        WriteFlushed(Path.Combine(directory, FeatureIndex.ChecksumsFile), MemoryMarshal.AsBytes(_checksums.AsSpan()));
        IndexHeader header = new()
        {
            Array = _features.Name,
            Images = _features.Count,
            Channels = _features.Channels,
            Height = _features.Height,
            Width = _features.Width,
            DataType = _features.Array.Metadata.DataType.ToString(),
            Prefix = _prefix,
            Packs = _packs,
            Skew = _basis.Skew,
            MeanLength = _basis.MeanLength,
            NonFiniteImages = _status.LongCount(status => status == (byte)ImageStatus.NonFinite),
            StoreStamp = stamp,
            FilesHash = "",
            Created = created.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"),
        };
        header = header with { FilesHash = FeatureIndex.HashFiles(directory, header) };
        WriteFlushed(Path.Combine(directory, FeatureIndex.HeaderFile), header.ToJson());
        return new DirectoryInfo(directory).EnumerateFiles().Sum(file => file.Length);
    }

    private static void WriteFlushed(string path, ReadOnlySpan<byte> bytes)
    {
        using SafeFileHandle handle = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        RandomAccess.Write(handle, bytes, 0);
        RandomAccess.FlushToDisk(handle);
    }
}

/// <summary>How far the building of an index is.</summary>
/// <param name="Total">Images of the store.</param>
/// <param name="Done">Images that are encoded.</param>
public readonly record struct IndexProgress(long Total, long Done);

/// <summary>What the building of an index did.</summary>
/// <param name="Images">Images of the store.</param>
/// <param name="FeatureBytes">Bytes of features that were read.</param>
/// <param name="IndexBytes">Bytes of the index.</param>
/// <param name="Elapsed">Time of the build.</param>
public sealed record IndexSummary(long Images, long FeatureBytes, long IndexBytes, TimeSpan Elapsed);
