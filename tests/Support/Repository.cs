using System.Runtime.CompilerServices;

namespace VisualFeatureSearch.Tests.Support;

/// <summary>Where the repository's files are, found from this source file's own place.</summary>
internal static class Repository
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Here())!, "..", ".."));

    public static string Golden(string path) => Path.Combine(Root, "tests", "data", "golden", path);

    public static string Model(string name) => Path.Combine(Root, "assets", "models", name);

    public static string Gallery { get; } = Path.Combine(Root, "assets", "gallery");

    /// <summary>The script that examines a page's accessibility.</summary>
    public static string Axe { get; } = Path.Combine(Root, "web", "node_modules", "axe-core", "axe.min.js");

    private static string Here([CallerFilePath] string path = "") => path;
}
