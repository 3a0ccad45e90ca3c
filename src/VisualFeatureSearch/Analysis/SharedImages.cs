using VisualFeatureSearch.Features;

namespace VisualFeatureSearch.Analysis;

/// <summary>Which images several stores have in common, so that their features can be compared image by image.</summary>
public static class SharedImages
{
    /// <summary>What tells an image's file from all others, in whichever store it is; null where the store does not know its files.</summary>
    /// <param name="store">The store.</param>
    /// <param name="row">The image's row.</param>
    /// <param name="imagesRoot">The folder that the manifest's paths are relative to now; null for where it was.</param>
    public static string? FileOf(FeatureStore store, long row, string? imagesRoot = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        return store.Header is { } header && row < store.Images.Count ? Path.GetFullPath(Path.Combine(imagesRoot ?? header.ImagesRoot, store.Images[(int)row].Path)) : null;
    }

    /// <summary>What tells an image from all others: its file, or where that is not known its store and row.</summary>
    /// <param name="store">The store.</param>
    /// <param name="row">The image's row.</param>
    /// <param name="imagesRoot">As in <see cref="FileOf"/>.</param>
    public static string KeyOf(FeatureStore store, long row, string? imagesRoot = null) => FileOf(store, row, imagesRoot) ?? $"{store.Location}/{row}";

    /// <summary>The row of each image's file; of a file that is in the store twice, the first.</summary>
    /// <param name="store">The store.</param>
    /// <param name="imagesRoot">As in <see cref="FileOf"/>.</param>
    public static IReadOnlyDictionary<string, long> RowsOf(FeatureStore store, string? imagesRoot = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        Dictionary<string, long> rows = new(StringComparer.Ordinal);
        for (int row = 0; row < store.Images.Count; row++)
        {
            if (FileOf(store, row, imagesRoot) is { } file)
            {
                rows.TryAdd(file, row);
            }
        }

        return rows;
    }

    /// <summary>
    /// The rows of the images that all stores have, in the first store's order. Where a store does not know its files, as those of
    /// other tools, all must have as many images, and their rows are taken as the same images.
    /// </summary>
    /// <param name="stores">At least one store.</param>
    /// <param name="most">How many images at most; of more, an even sample.</param>
    /// <param name="imagesRoot">As in <see cref="FileOf"/>.</param>
    /// <returns>For each store its rows, the same images in the same order.</returns>
    /// <exception cref="FeatureStoreException">The stores have no image in common, or one that does not know its files has another number of images.</exception>
    public static IReadOnlyList<long[]> Find(IReadOnlyList<FeatureStore> stores, int most = int.MaxValue, string? imagesRoot = null)
    {
        ArgumentNullException.ThrowIfNull(stores);
        ArgumentOutOfRangeException.ThrowIfZero(stores.Count, nameof(stores));
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        FeatureStore[] distinct = [.. stores.Distinct()];
        long[][] rows = distinct.Length == 1 || distinct.Any(store => store.Header is null)
            ? SameRows(distinct, most)
            : SameFiles(distinct, most, imagesRoot);
        return [.. stores.Select(store => rows[Array.IndexOf(distinct, store)])];
    }

    private static long[][] SameRows(FeatureStore[] stores, int most)
    {
        if (Array.Find(stores, store => store.Count != stores[0].Count) is { } other)
        {
            FeatureStore unknown = stores.First(store => store.Header is null);
            throw new FeatureStoreException($"{unknown.Location} does not say which images it has, so it can only be compared with stores of as many images, row by row: {stores[0].Name} has {stores[0].Count:N0}, {other.Name} has {other.Count:N0}");
        }

        long count = stores[0].Count;
        long taken = Math.Min(count, most);
        long[] rows = new long[taken];
        for (long i = 0; i < taken; i++)
        {
            rows[i] = i * count / taken;
        }

        return [.. stores.Select(_ => rows)];
    }

    private static long[][] SameFiles(FeatureStore[] stores, int most, string? imagesRoot)
    {
        IReadOnlyDictionary<string, long>[] rows = [.. stores.Select(store => RowsOf(store, imagesRoot))];
        string[] shared = [.. rows[0].Where(own => rows.All(other => other.ContainsKey(own.Key))).OrderBy(own => own.Value).Select(own => own.Key)];
        if (shared.Length == 0)
        {
            throw new FeatureStoreException($"{string.Join(" and ", stores.Select(store => store.Name))} have no image in common: features are compared over the same files, such as {rows[0].Keys.FirstOrDefault() ?? "(none)"}");
        }

        int taken = Math.Min(shared.Length, most);
        string[] sample = new string[taken];
        for (int i = 0; i < taken; i++)
        {
            sample[i] = shared[(long)i * shared.Length / taken];
        }

        return [.. rows.Select(own => sample.Select(file => own[file]).ToArray())];
    }
}
