namespace VisualFeatureSearch.Datasets;

/// <summary>What a person says of a dataset that its files do not.</summary>
public sealed record DatasetOptions
{
    /// <summary>Nothing said.</summary>
    public static DatasetOptions Default { get; } = new();

    /// <summary>The manifest's column of paths; null for <c>path</c>, or the first of the other usual names that it has.</summary>
    public string? PathColumn { get; init; }

    /// <summary>The manifest's column of labels; null for <c>label</c>, or the first of the other usual names that it has.</summary>
    public string? LabelColumn { get; init; }

    /// <summary>The folder that paths are relative to; null for the manifest's own.</summary>
    public string? ImagesRoot { get; init; }

    /// <summary>A condition over the columns, as after SQL's WHERE, that images must meet; null for none.</summary>
    public string? Where { get; init; }
}
