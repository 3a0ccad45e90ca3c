namespace VisualFeatureSearch.Zarr.Stores;

/// <summary>What a plain list of keys says of folders.</summary>
internal static class StoreKeys
{
    public static IReadOnlyList<string> FoldersBelow(IEnumerable<string> keys, string prefix)
    {
        SortedSet<string> folders = new(StringComparer.Ordinal);
        foreach (string key in keys)
        {
            int end = key.StartsWith(prefix, StringComparison.Ordinal) ? key.IndexOf('/', prefix.Length) : -1;
            if (end > prefix.Length)
            {
                folders.Add(key[prefix.Length..end]);
            }
        }

        return [.. folders];
    }
}
