namespace VisualFeatureSearch.Models;

/// <summary>Finds networks by path, or by the name of a bundled one.</summary>
public static class ModelLocator
{
    /// <summary>The folder of the bundled networks.</summary>
    public static string BundledFolder { get; } = Path.Combine(AppContext.BaseDirectory, "assets", "models");

    /// <summary>The names of the bundled networks.</summary>
    public static IReadOnlyList<string> BundledNames => Directory.Exists(BundledFolder)
        ? [.. Directory.EnumerateFiles(BundledFolder, "*.onnx").Select(Path.GetFileNameWithoutExtension).OfType<string>().Order(StringComparer.Ordinal)]
        : [];

    /// <summary>Loads a network.</summary>
    /// <param name="pathOrName">A file, or the name of a bundled network.</param>
    /// <exception cref="ModelException">There is neither.</exception>
    public static NetworkModel Load(string pathOrName)
    {
        ArgumentException.ThrowIfNullOrEmpty(pathOrName);
        if (File.Exists(pathOrName))
        {
            return NetworkModel.Load(pathOrName);
        }

        return BundledNames.Contains(pathOrName)
            ? NetworkModel.Load(Path.Combine(BundledFolder, pathOrName + ".onnx"))
            : throw new ModelException($"{pathOrName}: no such file, nor a bundled model{(BundledNames.Count == 0 ? "" : $" ({string.Join(", ", BundledNames)})")}");
    }

    /// <summary>Loads exactly the network that a store was made with.</summary>
    /// <param name="name">The network's name.</param>
    /// <param name="sha256">SHA-256 of its file, lower-case hexadecimal.</param>
    /// <param name="recordedPath">Where the file was then.</param>
    /// <param name="pathOrName">Where it is now, if a person says so; null to look at its old place and among the bundled ones.</param>
    /// <exception cref="ModelException">It is not found, or the file there is another network; both hashes are named.</exception>
    public static NetworkModel LoadSame(string name, string sha256, string recordedPath, string? pathOrName)
    {
        if (pathOrName is not null)
        {
            NetworkModel given = Load(pathOrName);
            return given.Sha256 == sha256
                ? given
                : throw new ModelException($"the store was made with the model {name} (SHA-256 {sha256}), but {given.FilePath} is another one (SHA-256 {given.Sha256})");
        }

        string? found = null;
        foreach (string candidate in (string[])[recordedPath, Path.Combine(BundledFolder, name + ".onnx")])
        {
            if (File.Exists(candidate))
            {
                NetworkModel model = NetworkModel.Load(candidate);
                if (model.Sha256 == sha256)
                {
                    return model;
                }

                found = $"{candidate} is another one (SHA-256 {model.Sha256})";
            }
        }

        throw new ModelException($"the store was made with the model {name} (SHA-256 {sha256}), but {found ?? $"{recordedPath} is not there any more"}: say with --model where it is");
    }
}
