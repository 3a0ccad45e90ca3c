using System.ComponentModel;
using System.Diagnostics;

namespace VisualFeatureSearch.Server.Pages;

/// <summary>Opens an address in the person's browser, where there is one.</summary>
public static class BrowserWindow
{
    /// <summary>Opens an address.</summary>
    /// <param name="address">The address, which must be shown to the person as well.</param>
    /// <returns>Whether there was something to open it with: a machine without a desktop has nothing.</returns>
    public static bool TryOpen(Uri address)
    {
        ArgumentNullException.ThrowIfNull(address);
        ProcessStartInfo start = OperatingSystem.IsWindows() ? new(address.AbsoluteUri) { UseShellExecute = true }
            : new(OperatingSystem.IsMacOS() ? "open" : "xdg-open", address.AbsoluteUri) { RedirectStandardError = true, RedirectStandardOutput = true };
        try
        {
            using Process? browser = Process.Start(start);
            return true;
        }
        catch (Exception exception) when (exception is Win32Exception or FileNotFoundException)
        {
            return false;
        }
    }
}
