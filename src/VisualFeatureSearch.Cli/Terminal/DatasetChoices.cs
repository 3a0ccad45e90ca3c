using System.CommandLine;
using VisualFeatureSearch.Datasets;

namespace VisualFeatureSearch.Cli.Terminal;

/// <summary>The options that say of a dataset what its files do not.</summary>
internal sealed class DatasetChoices
{
    public const string ImagesDescription =
        "A folder, searched recursively, whose sub-folder names become labels; a tar or zip file (also WebDataset shards) or a folder of them; "
        + "a manifest (CSV, TSV, JSON lines or Parquet) with a column path, usually a column label, and any others; Parquet files with the images in them; or COCO's annotations (JSON).";

    private readonly Option<string?> _pathColumn = new("--path-column") { HelpName = "NAME", Description = "The manifest's column of paths, where it is not called path." };
    private readonly Option<string?> _labelColumn = new("--label-column") { HelpName = "NAME", Description = "The manifest's column of labels, where it is not called label. Several labels of an image have | between them." };
    private readonly Option<string?> _imagesRoot = new("--images-root") { HelpName = "FOLDER", Description = "What the manifest's paths are relative to, where it is not the manifest's own folder." };
    private readonly Option<string?> _where = new("--where") { HelpName = "SQL", Description = "Only images whose columns meet a condition, such as \"split = 'test'\"." };

    public void AddTo(Command command)
    {
        command.Options.Add(_pathColumn);
        command.Options.Add(_labelColumn);
        command.Options.Add(_imagesRoot);
        command.Options.Add(_where);
    }

    public string? ImagesRoot(ParseResult parsed) => parsed.GetValue(_imagesRoot);

    public DatasetOptions Read(ParseResult parsed) => new()
    {
        PathColumn = parsed.GetValue(_pathColumn),
        LabelColumn = parsed.GetValue(_labelColumn),
        ImagesRoot = parsed.GetValue(_imagesRoot),
        Where = parsed.GetValue(_where),
    };
}
