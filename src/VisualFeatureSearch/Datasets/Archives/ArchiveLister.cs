using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using VisualFeatureSearch.Imaging;

namespace VisualFeatureSearch.Datasets.Archives;

/// <summary>
/// Lists the images of tar, zip and Parquet files. In tar and zip the name of the first folder is the label; files beside an
/// image that differ from it in the ending only describe it, as in WebDataset: <c>.cls</c> and <c>.txt</c> hold its label and a
/// text, <c>.json</c> further columns.
/// </summary>
internal static class ArchiveLister
{
    private const string TextColumn = "txt";

    /// <summary>Lists archives.</summary>
    /// <param name="root">The folder that paths are relative to.</param>
    /// <param name="archives">The archives, absolute, in their order.</param>
    /// <param name="options">Which columns hold what, if a person says so.</param>
    /// <exception cref="DatasetException">An archive cannot be read.</exception>
    public static (IReadOnlyList<string> Columns, IReadOnlyList<ImageEntry> Entries) List(string root, IReadOnlyList<string> archives, DatasetOptions options)
    {
        List<(string Path, string Label, Dictionary<string, string> Values)> found = [];
        List<string> columns = [];
        foreach (string archive in archives)
        {
            string name = Path.GetRelativePath(root, archive).Replace('\\', '/');
            using IImageArchive opened = ImageArchives.Open(archive);
            if (opened is ParquetImages parquet)
            {
                ManifestTable table = parquet.ReadManifest(name, options);
                found.AddRange(table.Entries.Select(entry => (entry.Path, entry.Label, table.Columns.Zip(entry.Columns).ToDictionary(pair => pair.First, pair => pair.Second))));
            }
            else
            {
                found.AddRange(ListFiles(name, opened));
            }
        }

        foreach (string column in found.SelectMany(image => image.Values.Keys).Distinct())
        {
            columns.Add(column);
        }

        return (columns, [.. found.Select(image => new ImageEntry(image.Path, image.Label, [.. columns.Select(column => image.Values.GetValueOrDefault(column, ""))]))]);
    }

    private static IEnumerable<(string Path, string Label, Dictionary<string, string> Values)> ListFiles(string archive, IImageArchive opened)
    {
        ILookup<string, string> beside = opened.Names.Where(name => Path.GetExtension(name) is ".cls" or ".json" or ".txt").ToLookup(KeyOf);
        foreach (string name in opened.Names.Where(name => ImageDecoder.Extensions.Contains(Path.GetExtension(name))))
        {
            int slash = name.IndexOf('/', StringComparison.Ordinal);
            string label = slash < 0 ? "" : name[..slash];
            Dictionary<string, string> values = [];
            foreach (string sidecar in beside[KeyOf(name)])
            {
                string text = Encoding.UTF8.GetString(opened.Read(sidecar)).Trim();
                switch (Path.GetExtension(sidecar))
                {
                    case ".cls":
                        label = text;
                        break;
                    case ".txt":
                        values[TextColumn] = text;
                        break;
                    default:
                        AddJson(values, text);
                        break;
                }
            }

            if (values.Remove("label", out string? said) && (label.Length == 0 || beside[KeyOf(name)].All(sidecar => !sidecar.EndsWith(".cls", StringComparison.Ordinal))))
            {
                label = said;
            }

            yield return ($"{archive}/{name}", label, values);
        }
    }

    /// <summary>Everything before the first dot of a file's name, its folders included.</summary>
    private static string KeyOf(string name)
    {
        int start = name.LastIndexOf('/') + 1;
        int dot = name.IndexOf('.', start);
        return dot < 0 ? name : name[..dot];
    }

    private static void AddJson(Dictionary<string, string> values, string text)
    {
        try
        {
            if (JsonNode.Parse(text) is JsonObject fields)
            {
                foreach ((string name, JsonNode? value) in fields)
                {
                    values[name] = value switch { null => "", JsonValue => value.ToString(), _ => value.ToJsonString() };
                }
            }
        }
        catch (JsonException)
        {
            // What describes an image is a help; without it the image is still one.
        }
    }
}
