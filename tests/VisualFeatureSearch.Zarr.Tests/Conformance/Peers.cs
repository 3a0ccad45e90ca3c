using System.Runtime.CompilerServices;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Zarr.Tests.Conformance;

/// <summary>The independent implementations of Zarr that stores are exchanged with: Python's zarr and zarrita for JavaScript.</summary>
internal static class Peers
{
    private static readonly Lazy<bool> Zarrita = new(() =>
        Directory.Exists(Path.Combine(Folder(), "node_modules", "zarrita")) || Peer.Succeeds("npm", "ci", "--no-audit", "--no-fund", "--prefix", Folder()));

    /// <summary>Runs a script of this folder with the peer that its ending names; skips the test where the peer is not installed.</summary>
    /// <returns>What it printed, line by line.</returns>
    public static string[] Run(string script, params string[] arguments)
    {
        string[] all = [Path.Combine(Folder(), script), .. arguments];
        if (script.EndsWith(".py", StringComparison.Ordinal))
        {
            return Peer.RunPython(all);
        }

        Assert.SkipUnless(Zarrita.Value, "zarrita cannot be installed with npm");
        return Peer.Run("node", all);
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
