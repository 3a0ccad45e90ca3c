using System.ComponentModel;
using System.Diagnostics;

namespace VisualFeatureSearch.Cli.Terminal;

/// <summary>Opens an address in the person's browser, where there is one.</summary>
internal static class Browser
{
    public static void Open(string address)
    {
        ProcessStartInfo start = OperatingSystem.IsWindows() ? new(address) { UseShellExecute = true }
            : new(OperatingSystem.IsMacOS() ? "open" : "xdg-open", address) { RedirectStandardError = true, RedirectStandardOutput = true };
        try
        {
            using Process? browser = Process.Start(start);
        }
        catch (Exception exception) when (exception is Win32Exception or FileNotFoundException)
        {
            // The address is printed; a machine without a desktop has nothing to open it with.
        }
    }
}
