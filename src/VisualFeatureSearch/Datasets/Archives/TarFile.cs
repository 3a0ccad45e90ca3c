using System.Formats.Tar;
using Microsoft.Win32.SafeHandles;

namespace VisualFeatureSearch.Datasets.Archives;

/// <summary>A tar file: its headers are read once, then every file by its place.</summary>
internal sealed class TarFile : IImageArchive
{
    private readonly SafeFileHandle _handle;
    private readonly Dictionary<string, (long Offset, int Length)> _places = new(StringComparer.Ordinal);

    /// <exception cref="DatasetException">It is not a tar file, or cut short.</exception>
    public TarFile(string path)
    {
        List<string> names = [];
        try
        {
            using FileStream stream = File.OpenRead(path);
            using TarReader reader = new(stream);
            while (reader.GetNextEntry() is { } entry)
            {
                if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile) || entry.Length > Array.MaxLength)
                {
                    continue;
                }

                string name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
                if (entry.DataOffset + entry.Length > stream.Length)
                {
                    throw new InvalidDataException($"it ends inside of {name}");
                }

                if (_places.TryAdd(name, (entry.DataOffset, (int)entry.Length)))
                {
                    names.Add(name);
                }
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new DatasetException($"{path} is not a whole tar file: {exception.Message}", exception);
        }

        Names = names;
        _handle = File.OpenHandle(path);
    }

    public IReadOnlyList<string> Names { get; }

    public byte[] Read(string name)
    {
        if (!_places.TryGetValue(name, out (long Offset, int Length) place))
        {
            throw new FileNotFoundException();
        }

        byte[] bytes = new byte[place.Length];
        int read = 0;
        while (read < bytes.Length)
        {
            int step = RandomAccess.Read(_handle, bytes.AsSpan(read), place.Offset + read);
            read += step > 0 ? step : throw new EndOfStreamException($"the archive ends inside of {name}");
        }

        return bytes;
    }

    public void Dispose() => _handle.Dispose();
}
