using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using VisualFeatureSearch.Zarr;
using VisualFeatureSearch.Zarr.Codecs;
using VisualFeatureSearch.Zarr.Sharding;
using VisualFeatureSearch.Zarr.Stores;

namespace VisualFeatureSearch.Benchmarks;

/// <summary>
/// Reads Zarr stores whose metadata and chunks were damaged at random: bits flipped, bytes replaced, cut, doubled, numbers
/// changed to absurd ones. Every read must end with values or a <see cref="ZarrException"/>, soon, and without allocating
/// more than a little beyond what is really there.
/// </summary>
internal static class FuzzCheck
{
    private const long MaximumAllocation = 96L << 20;
    private static readonly TimeSpan MaximumTime = TimeSpan.FromSeconds(20);

    private static readonly string[] Numbers =
        ["0", "-1", "1", "2", "3", "255", "65536", "2147483647", "2147483648", "4294967295", "9223372036854775807", "18446744073709551616", "1e308", "0.5", "null", "true", "\"x\"", "[]", "{}", "\"NaN\""];

    private static long _started;
    private static long _input = -1;

    /// <summary>Runs until the time is up.</summary>
    /// <param name="minutes">How long.</param>
    /// <param name="first">The number of the first input: every number gives the same input again.</param>
    /// <returns>0 if nothing went wrong.</returns>
    public static int Run(double minutes, long first)
    {
        Dictionary<string, byte[]>[] seeds = [.. Hierarchies()];
        using Timer watch = new(_ => Watch(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        Stopwatch clock = Stopwatch.StartNew();
        TimeSpan nextReport = TimeSpan.FromMinutes(1);
        long values = 0;
        long refused = 0;
        long mostAllocated = 0;
        TimeSpan longest = TimeSpan.Zero;
        long input = first;
        for (; clock.Elapsed.TotalMinutes < minutes; input++)
        {
            Random random = new(unchecked((int)(input * 2654435761)));
            Dictionary<string, byte[]> files = Damage(seeds[random.Next(seeds.Length)], random);
            Volatile.Write(ref _started, Stopwatch.GetTimestamp());
            Volatile.Write(ref _input, input);
            long allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                bool any = random.Next(16) == 0 ? ReadZip(files, random) : ReadEverything(ToStore(files), random);
                _ = any ? values++ : refused++;
            }
            catch (Exception exception)
            {
                Console.Error.WriteLine($"input {input}: {exception}");
                return 1;
            }

            TimeSpan elapsed = Stopwatch.GetElapsedTime(Volatile.Read(ref _started));
            Volatile.Write(ref _input, -1);
            longest = elapsed > longest ? elapsed : longest;
            long allocated = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
            mostAllocated = Math.Max(mostAllocated, allocated);
            if (allocated > MaximumAllocation)
            {
                Console.Error.WriteLine($"input {input} allocated {allocated >> 20} MB for {files.Sum(file => file.Value.Length)} bytes");
                return 1;
            }

            if (clock.Elapsed > nextReport)
            {
                nextReport += TimeSpan.FromMinutes(1);
                Console.Error.WriteLine($"{clock.Elapsed:hh\\:mm\\:ss}: {input - first + 1} inputs, {values} with values, {refused} refused");
            }
        }

        Console.WriteLine(
            $"{input - first} inputs in {clock.Elapsed:hh\\:mm\\:ss}: {values} gave values somewhere, {refused} were refused; no crash, no hang; the longest took {longest.TotalMilliseconds:0} ms, the most allocated {mostAllocated >> 20} MB");
        return 0;
    }

    private static void Watch()
    {
        long input = Volatile.Read(ref _input);
        if (input >= 0 && Stopwatch.GetElapsedTime(Volatile.Read(ref _started)) > MaximumTime)
        {
            Console.Error.WriteLine($"input {input} hangs");
            Environment.Exit(1);
        }
    }

    /// <summary>Small hierarchies of every codec, type, order, chunking and version.</summary>
    private static IEnumerable<Dictionary<string, byte[]>> Hierarchies()
    {
        ZarrCodec[][] codecs =
        [
            [], [new ZstdCodec(3, checksum: true)], [new GzipCodec()], [new ZlibCodec()], [new Lz4Codec()], [new Crc32cCodec()], [new ZstdCodec(), new Crc32cCodec()],
            .. from compressor in Enum.GetValues<BloscCompressor>()
               from shuffle in (BloscShuffle[])[BloscShuffle.None, BloscShuffle.Byte, BloscShuffle.Bit]
               select (ZarrCodec[])[new BloscCodec(compressor, 5, shuffle, 512)],
        ];
        Random random = new(1);
        foreach (int format in (int[])[2, 3])
        {
            for (int i = 0; i < codecs.Length; i++)
            {
                if (format == 2 && codecs[i].Any(codec => codec is Crc32cCodec))
                {
                    continue;
                }

                KeyListingStore store = new();
                ZarrArray array = ZarrGroup.OpenOrCreate(store, null, format).CreateArray("a", new ZarrArrayMetadata
                {
                    Shape = [9, 6, 5],
                    ChunkShape = i % 3 == 0 ? [4, 6, 5] : [4, 3, 5],
                    DataType = i % 2 == 0 ? ZarrDataType.Float16 : new ZarrDataType(ZarrElementKind.SignedInteger, 4, IsBigEndian: true),
                    Codecs = codecs[i],
                    FillValue = new byte[i % 2 == 0 ? 2 : 4],
                    AxisOrder = i % 4 == 1 ? [2, 1, 0] : [],
                    Sharding = format == 3 && i % 2 == 1 ? new ZarrSharding { ShardShape = [8, 6, 5], IsIndexAtStart = i % 4 == 3, IndexCodecs = i % 6 == 5 ? [] : [new Crc32cCodec()] } : null,
                    HasChunkKeyPrefix = format == 3,
                });
                byte[] elements = new byte[array.Metadata.StoredLength];
                for (int at = 0; at < elements.Length; at++)
                {
                    elements[at] = (byte)(at % 7 == 0 ? random.Next(256) : at / 16);
                }

                array.WriteChunk([0, 0, 0], elements);
                array.WriteChunk([1, 0, 0], elements);
                yield return store.Values;
            }
        }
    }

    private static Dictionary<string, byte[]> Damage(Dictionary<string, byte[]> seed, Random random)
    {
        Dictionary<string, byte[]> files = new(seed);
        string[] keys = [.. files.Keys.Order(StringComparer.Ordinal)];
        for (int count = random.Next(1, 4); count > 0; count--)
        {
            string key = keys[random.Next(keys.Length)];
            byte[] bytes = files[key];
            files[key] = bytes.AsSpan().StartsWith("{"u8) && random.Next(4) > 0 ? DamageText(bytes, random)
                : DamageBytes(bytes, random);
        }

        return files;
    }

    /// <summary>Replaces a number or a word of JSON, so that the text stays JSON and its meaning becomes absurd.</summary>
    private static byte[] DamageText(byte[] bytes, Random random)
    {
        string text = Encoding.UTF8.GetString(bytes);
        int at = random.Next(text.Length);
        while (at < text.Length && !char.IsAsciiLetterOrDigit(text[at]))
        {
            at++;
        }

        int end = at;
        while (end < text.Length && char.IsAsciiLetterOrDigit(text[end]))
        {
            end++;
        }

        return Encoding.UTF8.GetBytes(text[..at] + Numbers[random.Next(Numbers.Length)] + text[end..]);
    }

    private static byte[] DamageBytes(byte[] bytes, Random random)
    {
        byte[] damaged = [.. bytes];
        if (damaged.Length == 0)
        {
            return [(byte)random.Next(256)];
        }

        int at = random.Next(3) == 0 ? random.Next(Math.Min(damaged.Length, 32)) : random.Next(damaged.Length);
        switch (random.Next(6))
        {
            case 0:
                return damaged[..at];
            case 1:
                return [.. damaged[..at], .. damaged[random.Next(damaged.Length)..]];
            case 2:
                random.NextBytes(damaged.AsSpan(at, Math.Min(random.Next(1, 9), damaged.Length - at)));
                return damaged;
            case 3:
                damaged.AsSpan(at, Math.Min(4, damaged.Length - at)).Fill((byte)(random.Next(2) * 255));
                return damaged;
            default:
                damaged[at] ^= (byte)(1 << random.Next(8));
                return damaged;
        }
    }

    private static MemoryStore ToStore(Dictionary<string, byte[]> files)
    {
        MemoryStore store = new();
        foreach ((string key, byte[] value) in files)
        {
            store.Write(key, value);
        }

        return store;
    }

    private static bool ReadZip(Dictionary<string, byte[]> files, Random random)
    {
        string path = Path.Combine(Path.GetTempPath(), $"vissearch-fuzz-{Environment.ProcessId}.zip");
        using (MemoryStream bytes = new())
        {
            using (ZipArchive zip = new(bytes, ZipArchiveMode.Create, leaveOpen: true))
            {
                foreach ((string key, byte[] value) in files)
                {
                    using Stream entry = zip.CreateEntry(key, CompressionLevel.Fastest).Open();
                    entry.Write(value);
                }
            }

            File.WriteAllBytes(path, DamageBytes(bytes.ToArray(), random));
        }

        try
        {
            using ZipStore store = new(path);
            return ReadEverything(store, random);
        }
        catch (ZarrException)
        {
            return false;
        }
    }

    /// <summary>Reads what a caller would; true if any of it had values.</summary>
    private static bool ReadEverything(IZarrStore store, Random random)
    {
        bool any = false;
        try
        {
            ZarrGroup group = ZarrGroup.Open(store);
            group.ReadAttributes();
            foreach (string name in group.ListArrays().Append("a"))
            {
                ZarrArray array = group.OpenArray(name);
                array.ReadAttributes();
                ZarrArrayMetadata metadata = array.Metadata;
                if (metadata.Shape.Count == 0 || metadata.RowLength > 1 << 16)
                {
                    continue;
                }

                int rows = (int)Math.Min(metadata.Shape[0], 16);
                byte[] bytes = new byte[rows * metadata.RowLength];
                any |= Attempt(() =>
                {
                    using ZarrRowReader reader = array.OpenRows();
                    reader.Read(0, rows, bytes);
                });
                any |= Attempt(() => array.Read(new long[metadata.Shape.Count], [rows, .. metadata.Shape.Skip(1)], bytes));
                if (random.Next(8) == 0)
                {
                    any |= Attempt(() => array.ReadAsync(new long[metadata.Shape.Count], (long[])[rows, .. metadata.Shape.Skip(1)], bytes).GetAwaiter().GetResult());
                }
            }
        }
        catch (ZarrException)
        {
            return any;
        }

        return any;
    }

    private static bool Attempt(Action read)
    {
        try
        {
            read();
            return true;
        }
        catch (ZarrException)
        {
            return false;
        }
    }

    /// <summary>A store that gives out all that was written.</summary>
    private sealed class KeyListingStore : IWritableZarrStore
    {
        private readonly MemoryStore _store = new();

        public Dictionary<string, byte[]> Values { get; } = [];

        public string Name => _store.Name;

        public bool CanList => true;

        public bool TryOpen(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ZarrBlob? blob) => _store.TryOpen(key, out blob);

        public ValueTask<ZarrBlob?> OpenAsync(string key, CancellationToken cancellationToken = default) => _store.OpenAsync(key, cancellationToken);

        public bool Exists(string key) => _store.Exists(key);

        public string? Stamp(string key) => _store.Stamp(key);

        public IReadOnlyList<string> ListFolders(string prefix) => _store.ListFolders(prefix);

        public void Write(string key, ReadOnlySpan<byte> value)
        {
            Values[key] = value.ToArray();
            _store.Write(key, value);
        }
    }
}
