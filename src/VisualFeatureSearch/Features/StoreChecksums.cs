using System.Globalization;
using System.Text;

namespace VisualFeatureSearch.Features;

/// <summary>
/// The SHA-256 of every file of a store that was finished: lines <c>HASH  NAME</c> in the file <c>SHA256SUMS</c>, so that
/// <c>sha256sum -c SHA256SUMS</c> in the store's directory checks it without this tool.
/// </summary>
internal static class StoreChecksums
{
    public const string FileName = "SHA256SUMS";

    private const int HashLength = 64;

    /// <summary>A line of the file.</summary>
    public static byte[] Line(ReadOnlySpan<byte> hash, string name) => Encoding.UTF8.GetBytes($"{Convert.ToHexStringLower(hash)}  {name}\n");

    /// <summary>Reads the lines that a store's last checkpoint covers; a later line for a name counts.</summary>
    /// <exception cref="FeatureStoreException">The file is missing, shorter than the store says, or has other lines.</exception>
    public static Dictionary<string, string> Read(string store, long length)
    {
        string path = Path.Combine(store, FileName);
        byte[] bytes = File.Exists(path) ? File.ReadAllBytes(path) : throw new FeatureStoreException($"{path} is missing");
        if (bytes.Length < length)
        {
            throw new FeatureStoreException($"{path} is shorter than the store says: it was changed");
        }

        Dictionary<string, string> hashes = new(StringComparer.Ordinal);
        int number = 0;
        foreach (string line in Encoding.UTF8.GetString(bytes, 0, (int)length).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            number++;
            if (line.Length < HashLength + 3 || !line.AsSpan(0, HashLength).ContainsOnlyHex() || line[HashLength] != ' ')
            {
                throw new FeatureStoreException(string.Create(CultureInfo.InvariantCulture, $"{path}, line {number} is no checksum: it was changed"));
            }

            hashes[line[(HashLength + 2)..]] = line[..HashLength];
        }

        return hashes;
    }

    private static bool ContainsOnlyHex(this ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiHexDigitLower(c))
            {
                return false;
            }
        }

        return true;
    }
}
