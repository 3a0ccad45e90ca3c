using System.Text.Json;
using System.Text.Json.Serialization;

namespace VisualFeatureSearch.Search.Index;

/// <summary>What an index says of itself, in its <c>index.json</c>.</summary>
internal sealed record IndexHeader
{
    public const int CurrentFormatVersion = 4;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,

        // The hash is of these bytes, so they are the same on every system, and there are some for every number that can be read.
        NewLine = "\n",
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
        RespectNullableAnnotations = true,
    };

    public int FormatVersion { get; init; } = CurrentFormatVersion;

    /// <summary>The array that was indexed.</summary>
    public required string Array { get; init; }

    /// <summary>Images, N: rows of the array that were complete.</summary>
    public required long Images { get; init; }

    public required int Channels { get; init; }

    public required int Height { get; init; }

    public required int Width { get; init; }

    /// <summary>The array's element type, as Zarr names it.</summary>
    public required string DataType { get; init; }

    /// <summary>The first stage. Not required, so that an index of another version can still be told from no index.</summary>
    public IndexPrefix Prefix { get; init; } = new(0, 0, 0, 0, 0, 0, 0);

    /// <summary>The later stages' packs.</summary>
    public IReadOnlyList<IndexPack> Packs { get; init; } = [];

    /// <summary>Largest departure of the basis' rows from orthonormal ones: the Frobenius norm of V·Vᵀ - 1, rounded up.</summary>
    public required double Skew { get; init; }

    /// <summary>Length of the mean direction that was taken off every cell's direction.</summary>
    public required double MeanLength { get; init; }

    /// <summary>Images whose features contain an infinity or NaN.</summary>
    public required long NonFiniteImages { get; init; }

    /// <summary>Lengths and times of the store's chunk files, digested: while it is the same, the store was not touched.</summary>
    public required string StoreStamp { get; init; }

    /// <summary>XXH3 of the index's small files, of the checksums of the large ones, and of the header: see <see cref="ToHashedJson"/>.</summary>
    public required string FilesHash { get; init; }

    /// <summary>When it was built, ISO 8601 in UTC.</summary>
    public required string Created { get; init; }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <summary>The header without the hash that covers it, and without the stamp, which changes when a store is copied.</summary>
    public byte[] ToHashedJson() => (this with { FilesHash = "", StoreStamp = "" }).ToJson();

    public static IndexHeader? Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<IndexHeader>(json, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>The first stage of an index: 8-bit and 4-bit codes, and tails.</summary>
/// <param name="FineDimensions">Its dimensions in 8 bits, a multiple of 4.</param>
/// <param name="CoarseDimensions">Its dimensions in 4 bits, a multiple of 8.</param>
/// <param name="Step">What one unit of an 8-bit code stands for.</param>
/// <param name="CoarseStep">What one unit of a 4-bit code stands for.</param>
/// <param name="TailStep">What one unit of a tail stands for.</param>
/// <param name="Reach">The longest vector of 8-bit codes of any cell, in units of directions.</param>
/// <param name="CoarseReach">The longest vector of 4-bit codes of any cell.</param>
internal sealed record IndexPrefix(int FineDimensions, int CoarseDimensions, double Step, double CoarseStep, double TailStep, double Reach, double CoarseReach);

/// <summary>A pack of an index: 4-bit codes of further dimensions.</summary>
/// <param name="Dimensions">Its dimensions.</param>
/// <param name="Reach">The longest vector of codes of any cell, in units of directions.</param>
/// <param name="LargestScale">The largest scale of any cell: what one unit of a code stands for.</param>
internal sealed record IndexPack(int Dimensions, double Reach, double LargestScale);
