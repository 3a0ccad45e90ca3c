namespace VisualFeatureSearch.Datasets;

/// <summary>One image of a dataset: a row of its manifest.</summary>
/// <param name="Path">The file, relative to the dataset's root, with forward slashes.</param>
/// <param name="Label">The label; empty where there is none, several with <c>|</c> between them.</param>
/// <param name="Columns">The values of the dataset's further columns, in their order.</param>
public sealed record ImageEntry(string Path, string Label, IReadOnlyList<string> Columns)
{
    /// <summary>What stands between several labels of one image, as in <c>Cardiomegaly|Effusion</c>.</summary>
    public const char LabelSeparator = '|';

    /// <summary>The labels one by one; none where there is none.</summary>
    public IReadOnlyList<string> Labels =>
        Label.Length == 0 ? [] : Label.Split(LabelSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

/// <summary>An image that was left out, and why.</summary>
/// <param name="Path">The file, relative to the dataset's root, with forward slashes.</param>
/// <param name="Reason">Why it was left out.</param>
public sealed record SkippedImage(string Path, string Reason);
