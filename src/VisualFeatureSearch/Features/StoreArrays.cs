using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Zarr;

namespace VisualFeatureSearch.Features;

/// <summary>How the layers of a job become a header and arrays, wherever they are written to.</summary>
internal static partial class StoreArrays
{
    public static byte[] SkippedHeader => ManifestCsv.WriteRows([["path", "reason"]]);

    /// <summary>The header of a store that nothing was computed of.</summary>
    public static StoreHeader Describe(PrecomputeJob job, string toolVersion)
    {
        List<StoreLayer> layers = [];
        foreach (string layer in job.Layers)
        {
            string name = ArrayNamePattern().Replace(layer, "_").TrimStart('.');
            while (layers.Any(other => string.Equals(other.Array, name, StringComparison.OrdinalIgnoreCase)))
            {
                name += "_";
            }

            layers.Add(new StoreLayer(layer, name));
        }

        return new StoreHeader
        {
            Model = new StoreModel(job.Model.Name, job.Model.Sha256, job.Model.FilePath) { Options = job.Model.Options.IsDefault ? null : job.Model.Options },
            Layers = layers,
            Transform = JsonNode.Parse(job.Transform.ToJson())!.AsObject(),
            ImagesRoot = job.Images.Root,
            ImagesSha256 = job.Images.ComputeSha256(),
            ImagesTotal = job.Images.Entries.Count,
            Progress = new StoreProgress(false, 0, 0, 0, ManifestCsv.Header(job.Images.ColumnNames).Length, SkippedHeader.Length),
            Created = job.Created.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'"),
            ToolVersion = toolVersion,
        };
    }

    /// <summary>Writes the metadata of a layer's array, with a row for each image that may come.</summary>
    public static ZarrArray Create(ZarrGroup group, StoreLayer layer, LayerShape shape, PrecomputeJob job) =>
        group.CreateArray(
            layer.Array,
            new ZarrArrayMetadata
            {
                Shape = [job.Images.Entries.Count, shape.Channels, shape.Height, shape.Width],
                ChunkShape = [job.ChunkRows, shape.Channels, shape.Height, shape.Width],
                DataType = TypeOf(job),
                FillValue = job.IsHalf ? BitConverter.GetBytes(Half.NaN) : BitConverter.GetBytes(float.NaN),
            },
            new JsonObject { ["layer"] = layer.Name });

    /// <summary>Cuts arrays to the rows that there are.</summary>
    public static void Cut(ZarrGroup group, ZarrArray[] arrays, long rows)
    {
        for (int i = 0; i < arrays.Length; i++)
        {
            ZarrArrayMetadata metadata = arrays[i].Metadata;
            if (metadata.Shape[0] != rows)
            {
                arrays[i] = group.CreateArray(arrays[i].Name, metadata with { Shape = [rows, .. metadata.Shape.Skip(1)] });
            }
        }
    }

    public static ZarrDataType TypeOf(PrecomputeJob job) => job.IsHalf ? ZarrDataType.Float16 : ZarrDataType.Float32;

    [GeneratedRegex("[^A-Za-z0-9._-]")]
    private static partial Regex ArrayNamePattern();
}
