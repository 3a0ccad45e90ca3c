using VisualFeatureSearch.Models.Catalogue;

namespace VisualFeatureSearch.Models;

/// <summary>Finds networks by path, or by the name of a bundled or fetched one.</summary>
public static class ModelLocator
{
    /// <summary>The folder of the bundled networks.</summary>
    public static string BundledFolder { get; } = Path.Combine(AppContext.BaseDirectory, "assets", "models");

    /// <summary>The names of the bundled networks.</summary>
    public static IReadOnlyList<string> BundledNames => NamesIn(BundledFolder);

    /// <summary>The names of the networks that were fetched into the user's cache.</summary>
    public static IReadOnlyList<string> FetchedNames => NamesIn(ModelDownloader.DefaultFolder);

    /// <summary>Loads a network.</summary>
    /// <param name="pathOrName">A file, or the name of a bundled or fetched network.</param>
    /// <param name="options">What a person says of the network; null for nothing.</param>
    /// <exception cref="ModelException">There is neither.</exception>
    public static NetworkModel Load(string pathOrName, ModelOptions? options = null) => NetworkModel.Load(Find(pathOrName), options);

    /// <summary>Finds a network's file.</summary>
    /// <param name="pathOrName">A file, or the name of a bundled or fetched network.</param>
    /// <returns>Its path.</returns>
    /// <exception cref="ModelException">There is neither.</exception>
    public static string Find(string pathOrName)
    {
        ArgumentException.ThrowIfNullOrEmpty(pathOrName);
        if (File.Exists(pathOrName))
        {
            return pathOrName;
        }

        foreach (string folder in NamedFolders)
        {
            if (NamesIn(folder).Contains(pathOrName))
            {
                return Path.Combine(folder, pathOrName + ".onnx");
            }
        }

        string names = string.Join(", ", BundledNames.Concat(FetchedNames));
        throw new ModelException(
            $"{pathOrName}: no such file, nor a bundled or fetched model{(names.Length == 0 ? "" : $" ({names})")}{(ModelCatalogue.Bundled.Any(entry => entry.Name == pathOrName) ? $": fetch it with 'vissearch model pull {pathOrName}'" : "")}");
    }

    /// <summary>Loads exactly the network that a store was made with.</summary>
    /// <param name="name">The network's name.</param>
    /// <param name="sha256">Its <see cref="NetworkModel.Sha256"/>.</param>
    /// <param name="recordedPath">Where the file was then.</param>
    /// <param name="pathOrName">Where it is now, if a person says so; null to look at its old place, among the bundled ones and the fetched ones.</param>
    /// <param name="options">What was said of the network then; null for nothing.</param>
    /// <exception cref="ModelException">It is not found, or the file there is another network; both hashes are named.</exception>
    public static NetworkModel LoadSame(string name, string sha256, string recordedPath, string? pathOrName, ModelOptions? options = null)
    {
        if (pathOrName is not null)
        {
            NetworkModel given = Load(pathOrName, options);
            return given.Sha256 == sha256
                ? given
                : throw new ModelException($"the store was made with the model {name} (SHA-256 {sha256}), but {given.FilePath} is another one (SHA-256 {given.Sha256})");
        }

        string? found = null;
        foreach (string candidate in (string[])[recordedPath, .. NamedFolders.Select(folder => Path.Combine(folder, name + ".onnx"))])
        {
            if (File.Exists(candidate))
            {
                NetworkModel model = NetworkModel.Load(candidate, options);
                if (model.Sha256 == sha256)
                {
                    return model;
                }

                found = $"{candidate} is another one (SHA-256 {model.Sha256})";
            }
        }

        throw new ModelException($"the store was made with the model {name} (SHA-256 {sha256}), but {found ?? $"{recordedPath} is not there any more"}: say with --model where it is");
    }

    private static string[] NamedFolders => [BundledFolder, ModelDownloader.DefaultFolder];

    private static IReadOnlyList<string> NamesIn(string folder) => Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder, "*.onnx").Select(Path.GetFileNameWithoutExtension).OfType<string>().Order(StringComparer.Ordinal)]
        : [];
}
