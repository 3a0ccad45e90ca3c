using System.Text.Json;
using System.Text.Json.Serialization;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Regions;

namespace VisualFeatureSearch.Search;

/// <summary>A search and its answer as programs read it. The JSON is the same from the command line and over HTTP.</summary>
/// <param name="Query">What was searched for.</param>
/// <param name="Results">The matches, best first.</param>
/// <param name="Stats">What the search did.</param>
public sealed record SearchReport(QueryReport Query, IReadOnlyList<ResultReport> Results, StatsReport Stats)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Describes an answer with what the store's manifest knows of the images.</summary>
    /// <param name="store">The store.</param>
    /// <param name="layer">The layer that was searched.</param>
    /// <param name="region">What was searched for.</param>
    /// <param name="answer">What was found.</param>
    /// <param name="columns">Columns of the manifest to report with each match.</param>
    /// <exception cref="DatasetException">The manifest has no such column.</exception>
    public static SearchReport Create(FeatureStore store, FeatureArray layer, RegionKernel region, SearchAnswer answer, IReadOnlyList<string>? columns = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(region);
        ArgumentNullException.ThrowIfNull(answer);
        IReadOnlyList<ImageEntry> images = store.Images;
        (string Name, int At)[] told = [.. (columns ?? []).Select(name => (name, FindColumn(store, name)))];
        ResultReport[] results = new ResultReport[answer.Matches.Count];
        for (int i = 0; i < results.Length; i++)
        {
            Match match = answer.Matches[i];
            ImageEntry? image = match.Index < images.Count ? images[(int)match.Index] : null;
            results[i] = new ResultReport(
                i + 1, match.Index, image?.Path, image is { Label.Length: > 0 } ? image.Label : null, match.Similarity, match.Window)
            {
                Windows = i < answer.Details.Count && answer.Details[i].Windows.Count > 1 ? answer.Details[i].Windows : null,
                Positive = i < answer.Details.Count && answer.Details[i].Negative is not null ? answer.Details[i].Positive : null,
                Negative = i < answer.Details.Count ? answer.Details[i].Negative : null,
                Columns = told.Length == 0 || image is null ? null : told.ToDictionary(column => column.Name, column => image.Columns[column.At]),
            };
        }

        return new SearchReport(
            DescribeQuery(store, layer, region),
            results,
            new StatsReport(answer.Stats.Images, Math.Round(answer.Stats.Elapsed.TotalMilliseconds, 3), answer.Stats.NonFiniteImages, answer.Stats.BytesRead)
            {
                Exact = answer.Stats.LargestMissable is null,
                LargestMissable = answer.Stats.LargestMissable,
                Stages = answer.Stats.Stages.Count > 0 ? answer.Stats.Stages : null,
            });
    }

    /// <summary>Describes what is searched for.</summary>
    public static QueryReport DescribeQuery(FeatureStore store, FeatureArray layer, RegionKernel region)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(region);
        return new QueryReport(store.Name, layer.Layer, new GridReport(layer.Channels, layer.Height, layer.Width), region.Box, region.Weights);
    }

    /// <summary>The report as indented JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    private static int FindColumn(FeatureStore store, string name)
    {
        int at = store.ColumnNames.ToList().IndexOf(name);
        return at >= 0 ? at : throw new DatasetException($"there is no column '{name}' to report{(store.ColumnNames.Count == 0 ? "" : $" in {string.Join(", ", store.ColumnNames)}")}: path and label are reported always");
    }
}

/// <summary>What was searched for.</summary>
/// <param name="Store">The store's name.</param>
/// <param name="Layer">The layer.</param>
/// <param name="Grid">The shape of its feature maps.</param>
/// <param name="Box">The bounding box of the highlighted region in the query's own feature map, in cells.</param>
/// <param name="Weights">The region mask m in that box, row by row: 0 for a cell that does not count to 1 for one that counts fully.</param>
public sealed record QueryReport(string Store, string Layer, GridReport Grid, Window Box, IReadOnlyList<float> Weights);

/// <summary>The shape of a layer's feature maps.</summary>
/// <param name="Channels">C.</param>
/// <param name="Height">H, cells down.</param>
/// <param name="Width">W, cells across.</param>
public sealed record GridReport(int Channels, int Height, int Width);

/// <summary>A match.</summary>
/// <param name="Rank">1 for the best.</param>
/// <param name="Index">The image's row in the store.</param>
/// <param name="Path">The image's path in the manifest; absent where the store has no manifest.</param>
/// <param name="Label">The image's label; absent where it has none.</param>
/// <param name="Similarity">Similarity of the best window, at most 1 but for rounding.</param>
/// <param name="Window">The best window, in cells of the layer's grid.</param>
public sealed record ResultReport(int Rank, long Index, string? Path, string? Label, float Similarity, Window Window)
{
    /// <summary>All reported windows, best first; absent where only one was asked for or fits.</summary>
    public IReadOnlyList<WindowMatch>? Windows { get; init; }

    /// <summary>Similarity to the highlighted region alone; absent without a negative region.</summary>
    public float? Positive { get; init; }

    /// <summary>Similarity to the negative region, which is subtracted where positive; absent without one.</summary>
    public float? Negative { get; init; }

    /// <summary>The values of the manifest's columns that were asked for; absent where none were.</summary>
    public IReadOnlyDictionary<string, string>? Columns { get; init; }
}

/// <summary>What the search did.</summary>
/// <param name="Images">Images that took part.</param>
/// <param name="Milliseconds">Time of the search alone, without the network's.</param>
/// <param name="NonFiniteImages">Images left out because their features contain an infinity or NaN.</param>
/// <param name="BytesRead">Bytes of features and index that were looked at.</param>
public sealed record StatsReport(long Images, double Milliseconds, long NonFiniteImages, long BytesRead)
{
    /// <summary>Whether the search ended by itself, so that the answer is exact.</summary>
    public bool Exact { get; init; } = true;

    /// <summary>The largest similarity that may have been missed because the time was up; absent where the answer is exact.</summary>
    public float? LargestMissable { get; init; }

    /// <summary>What each stage of a search through an index ruled out; absent for a plain scan.</summary>
    public IReadOnlyList<SearchStage>? Stages { get; init; }
}
