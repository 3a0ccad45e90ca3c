using System.Security.Cryptography;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Search.Index;

namespace VisualFeatureSearch.Features;

/// <summary>Makes again what is damaged of a store, and nothing else.</summary>
/// <param name="store">A store of this tool, in a directory.</param>
/// <param name="created">The time to write into indexes.</param>
public sealed class StoreRepairer(FeatureStore store, DateTimeOffset created)
{
    /// <summary>Where the store's network is now, a path or a name; null to look where it was.</summary>
    public string? Model { get; init; }

    /// <summary>The folder that the manifest's paths are relative to now; null for where it was.</summary>
    public string? ImagesRoot { get; init; }

    /// <summary>The dataset that the store was made of, to write its manifest again; null where that is not needed.</summary>
    public ImageList? Images { get; init; }

    /// <summary>Repairs problems one by one.</summary>
    /// <param name="problems">What <see cref="StoreVerifier"/> found.</param>
    /// <param name="report">Told each problem and what was done about it.</param>
    /// <param name="cancellationToken">Stops early.</param>
    /// <returns>How many problems are left.</returns>
    /// <exception cref="ModelException">The store's network is not found, or is another one.</exception>
    public int Repair(IReadOnlyList<StoreProblem> problems, Action<StoreProblem, string> report, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(problems);
        ArgumentNullException.ThrowIfNull(report);
        int left = 0;

        // The manifest first: it says which images the rows of a chunk are.
        foreach (StoreProblem problem in problems.Where(problem => problem.Array is null && problem.IndexedLayer is null))
        {
            Try(problem, () => RepairList(problem));
        }

        StoreProblem[] chunks = [.. problems.Where(problem => problem.Array is not null)];
        if (chunks.Length > 0)
        {
            StoreHeader header = store.Header ?? throw new FeatureStoreException($"{store.Location} was written by another tool and does not say how: it cannot be repaired here");
            string[] layers = [.. store.Arrays.Where(array => chunks.Any(chunk => chunk.Array == array.Name)).Select(array => array.Layer)];
            using FeatureExtractor extractor = ModelLocator.LoadSame(header.Model.Name, header.Model.Sha256, header.Model.Path, Model, header.Model.Options)
                .OpenExtractor(layers, header.ReadTransform());
            using ImageFiles files = new(ImagesRoot ?? header.ImagesRoot);
            foreach (IGrouping<long, StoreProblem> rows in chunks.GroupBy(chunk => chunk.Chunk))
            {
                cancellationToken.ThrowIfCancellationRequested();
                RepairRows(extractor, files, rows.Key, [.. rows]);
            }
        }

        foreach (StoreProblem problem in problems.Where(problem => problem.IndexedLayer is not null))
        {
            Try(problem, () =>
            {
                IndexBuilder.Build(FeatureStore.Open(store.Location), store.FindLayer(problem.IndexedLayer), created, null, cancellationToken);
                return "built anew";
            });
        }

        return left;

        void Try(StoreProblem problem, Func<string> repair)
        {
            try
            {
                report(problem, repair());
            }
            catch (Exception exception) when (exception is FeatureStoreException or DatasetException or ImageException or IOException or UnauthorizedAccessException)
            {
                left++;
                report(problem, $"not repaired: {exception.Message}");
            }
        }

        void RepairRows(FeatureExtractor extractor, ImageFiles files, long chunk, StoreProblem[] damaged)
        {
            byte[][]? computed = null;
            foreach (StoreProblem problem in damaged)
            {
                Try(problem, () =>
                {
                    computed ??= Compute(extractor, files, chunk);
                    FeatureArray array = store.Arrays.First(array => array.Name == problem.Array);
                    return Write(array, chunk, computed[extractor.Layers.ToList().IndexOf(array.Layer)], problem.File);
                });
            }
        }
    }

    /// <summary>The chunk's bytes at each of the extractor's layers.</summary>
    private byte[][] Compute(FeatureExtractor extractor, ImageFiles files, long chunk)
    {
        FeatureArray[] arrays = [.. extractor.Layers.Select(layer => store.FindLayer(layer))];
        int rows = arrays[0].Array.Metadata.StoredShape[0];
        byte[][] bytes = [.. arrays.Select(array => new byte[array.Array.Metadata.StoredLength])];
        foreach ((FeatureArray array, byte[] stored) in arrays.Zip(bytes))
        {
            FeatureBytes.FillRest(stored, 0, array.IsHalf);
        }

        long first = chunk * rows;
        for (long row = first; row < Math.Min(first + rows, store.Count); row++)
        {
            string path = store.Images[(int)row].Path;
            IReadOnlyList<float[]> maps;
            try
            {
                maps = extractor.Extract(extractor.Transform.Cut(ImageDecoder.Decode(files.Read(path))));
            }
            catch (ImageException exception)
            {
                throw new FeatureStoreException($"the image {row}, {Path.Combine(files.Root, path)}: {exception.Message}. If the folder has moved, give --images-root", exception);
            }

            for (int i = 0; i < arrays.Length; i++)
            {
                int length = (int)arrays[i].Array.Metadata.RowLength;
                FeatureBytes.Store(maps[i], bytes[i].AsSpan((int)(row - first) * length, length), arrays[i].IsHalf);
            }
        }

        return bytes;
    }

    private string Write(FeatureArray array, long chunk, byte[] bytes, string file)
    {
        array.Array.WriteChunk([chunk, 0, 0, 0], bytes);
        StoreHeader header = FeatureStore.Open(store.Location).Header!;
        if (header.Progress.ChecksumBytes == 0)
        {
            return "computed anew";
        }

        string hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        if (StoreChecksums.Read(store.Location, header.Progress.ChecksumBytes).GetValueOrDefault(file) == hash)
        {
            return "computed anew, as it was";
        }

        FeatureStoreWriter.AppendChecksum(store.Location, header, file, hash);
        return "computed anew; it differs a little from what was there, as on another processor or with another version of the network's runtime";
    }

    private string RepairList(StoreProblem problem)
    {
        StoreHeader header = store.Header!;
        if (problem.File != FeatureStore.ManifestFile)
        {
            throw new FeatureStoreException("what was left out is only known while a store is computed: it is not needed for searching, and 'vissearch precompute --overwrite' writes it again");
        }

        ImageList images = Images ?? throw new FeatureStoreException("the dataset's own list is needed to write it again: give --images");
        if (images.ComputeSha256() != header.ImagesSha256)
        {
            throw new FeatureStoreException($"{images.Root} has another list of images than the store was made of ({images.Entries.Count}, then {header.ImagesTotal})");
        }

        HashSet<string> skipped = [.. store.ReadSkipped().Select(image => image.Path)];
        byte[] manifest = [.. ManifestCsv.Header(images.ColumnNames), .. ManifestCsv.Rows(images.Entries.Where(image => !skipped.Contains(image.Path)))];
        string hash = Convert.ToHexStringLower(SHA256.HashData(manifest));
        if (StoreChecksums.Read(store.Location, header.Progress.ChecksumBytes).GetValueOrDefault(problem.File) is { } expected && expected != hash)
        {
            throw new FeatureStoreException($"the list of {images.Root} gives a manifest with the SHA-256 {hash}, not {expected}");
        }

        new Zarr.Stores.DirectoryStore(store.Location).Write(problem.File, manifest);
        return "written again from the dataset";
    }
}
