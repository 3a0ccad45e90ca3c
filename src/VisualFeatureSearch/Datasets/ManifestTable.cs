using System.Runtime.InteropServices;

namespace VisualFeatureSearch.Datasets;

/// <summary>
/// Collects the rows of a manifest of any format: which column holds the paths, which the labels, and the others as they are.
/// Values that repeat, as most do in a column, are kept once.
/// </summary>
internal sealed class ManifestTable
{
    /// <summary>The names of a column of paths, the first one counting.</summary>
    public static readonly string[] PathNames = ["path", "file_name", "filename", "file", "image_path", "filepath"];

    /// <summary>The names of a column of labels, the first one counting.</summary>
    public static readonly string[] LabelNames = ["label", "labels", "category", "class"];

    /// <summary>A column with more different values than this is one of names, which do not repeat.</summary>
    private const int MaximumShared = 4096;

    private readonly string _name;
    private readonly int _path;
    private readonly int _label;
    private readonly int[] _others;
    private readonly Dictionary<string, string>?[] _shared;
    private readonly List<ImageEntry> _entries = [];

    /// <summary>Begins a table.</summary>
    /// <param name="name">The manifest, for messages.</param>
    /// <param name="columns">The names of its columns.</param>
    /// <param name="options">Which column holds what, if a person says so.</param>
    /// <exception cref="DatasetException">There is no column of paths, or none of the wanted name.</exception>
    public ManifestTable(string name, IReadOnlyList<string> columns, DatasetOptions options)
    {
        _name = name;
        _path = Find(columns, options.PathColumn, PathNames, "--path-column");
        _label = Find(columns, options.LabelColumn, LabelNames, "--label-column");
        if (_path < 0)
        {
            throw new DatasetException($"{name} has no column 'path': its columns are {string.Join(", ", columns)}. Call the one with the files 'path', or say which one it is with precompute's --path-column");
        }

        _others = [.. Enumerable.Range(0, columns.Count).Where(i => i != _path && i != _label)];
        _shared = [.. columns.Select(_ => new Dictionary<string, string>(StringComparer.Ordinal))];
        Columns = [.. _others.Select(i => columns[i])];
    }

    /// <summary>The names of the columns besides path and label.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>The rows so far.</summary>
    public IReadOnlyList<ImageEntry> Entries => _entries;

    /// <summary>Takes a row.</summary>
    /// <param name="place">Where it is, for messages, such as "line 7".</param>
    /// <param name="value">The value of a column; null or empty for none.</param>
    /// <exception cref="DatasetException">It has no path.</exception>
    public void Add(Func<string> place, Func<int, string?> value)
    {
        string path = value(_path) ?? "";
        if (path.Length == 0)
        {
            throw new DatasetException($"{_name}, {place()}: the path is empty");
        }

        string[] others = _others.Length == 0 ? [] : new string[_others.Length];
        for (int i = 0; i < others.Length; i++)
        {
            others[i] = Share(_others[i], value(_others[i]));
        }

        _entries.Add(new ImageEntry(path.Replace('\\', '/'), _label < 0 ? "" : Share(_label, value(_label)), others));
    }

    private int Find(IReadOnlyList<string> columns, string? wanted, string[] usual, string option)
    {
        foreach (string name in wanted is null ? usual : [wanted])
        {
            int at = columns.ToList().FindIndex(column => string.Equals(column.Trim(), name, StringComparison.OrdinalIgnoreCase));
            if (at >= 0)
            {
                return at;
            }
        }

        return wanted is null ? -1 : throw new DatasetException($"{_name} has no column '{wanted}' ({option}): its columns are {string.Join(", ", columns)}");
    }

    private string Share(int column, string? value)
    {
        if (string.IsNullOrEmpty(value) || _shared[column] is not { } known)
        {
            return value ?? "";
        }

        ref string? kept = ref CollectionsMarshal.GetValueRefOrAddDefault(known, value, out bool isKnown);
        kept ??= value;
        string found = kept;
        if (!isKnown && known.Count > MaximumShared)
        {
            _shared[column] = null;
        }

        return found;
    }
}
