namespace VisualFeatureSearch;

/// <summary>Where things are kept that can be made or fetched again.</summary>
public static class UserCache
{
    /// <summary>The folder of this tool in the user's cache: XDG_CACHE_HOME where it is set, else the system's usual place.</summary>
    public static string Folder { get; } = Path.Combine(Root(), "vissearch");

    private static string Root() =>
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg && Path.IsPathRooted(xdg) ? xdg
        : OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), OperatingSystem.IsMacOS() ? "Library/Caches" : ".cache");
}
