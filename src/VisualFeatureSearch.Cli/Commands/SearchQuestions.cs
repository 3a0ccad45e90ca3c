using System.CommandLine;
using System.Globalization;
using VisualFeatureSearch.Cli.Terminal;
using VisualFeatureSearch.Search;

namespace VisualFeatureSearch.Cli.Commands;

/// <summary>The options of <c>vissearch search</c> that say which images are wanted.</summary>
internal sealed class SearchQuestions
{
    private readonly Option<float?> _threshold = new Option<float?>("--threshold") { HelpName = "S", Description = "Only images at least this similar." }.AsNumber();
    private readonly Option<string?> _budget = new("--budget") { HelpName = "TIME", Description = "Answer after this time, such as 5ms or 2s, with what was found and the largest similarity that may be missing." };
    private readonly Option<int> _windows = new Option<int>("--windows") { HelpName = "N", Description = "Windows of each image to report, none overlapping another.", DefaultValueFactory = _ => 1 }.AsNumber();
    private readonly Option<string?> _where = new("--where") { HelpName = "SQL", Description = "Only images whose manifest columns meet a condition: \"label = 'dog' and site <> 12\"." };
    private readonly Option<string?> _unique = new("--unique") { HelpName = "COLUMN", Description = "At most one image for each value of a manifest column." };
    private readonly Option<long[]> _leaveOut = new Option<long[]>("--leave-out") { HelpName = "ROW", Description = "A row of the store to leave out, such as the query's own; may be given several times." }.AsNumbers();
    private readonly Option<float?> _nearDuplicates = new Option<float?>("--near-duplicates") { HelpName = "COSINE", Description = $"Leave out images whose whole feature map is this similar to the query's, such as {NearDuplicateRule.UsualCosine.ToString(CultureInfo.InvariantCulture)}." }.AsNumber();

    /// <summary>A second mask that counts against an image.</summary>
    public Option<string?> Negative { get; } = new("--negative") { HelpName = "FILE", Description = "A second mask, of the same kind: similarity to it is subtracted." };

    /// <summary>Whether to do without an index.</summary>
    public Option<bool> Plain { get; } = new("--plain") { Description = "Do not use the index: compare every window of every image. The answer is the same." };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_threshold, _budget, _windows, _where, _unique, _leaveOut, _nearDuplicates, Negative, Plain])
        {
            command.Options.Add(option);
        }
    }

    public SearchRequestOptions Read(ParseResult parsed) => new()
    {
        MinimumSimilarity = parsed.GetValue(_threshold),
        BudgetMilliseconds = parsed.GetValue(_budget) is { } budget ? ReadMilliseconds(budget) : null,
        Windows = parsed.GetValue(_windows),
        Where = parsed.GetValue(_where),
        Unique = parsed.GetValue(_unique),
        LeaveOut = parsed.GetValue(_leaveOut) ?? [],
        NearDuplicates = parsed.GetValue(_nearDuplicates),
    };

    private static double ReadMilliseconds(string text)
    {
        (string digits, double unit) = text.EndsWith("ms", StringComparison.Ordinal) ? (text[..^2], 1)
            : text.EndsWith('s') ? (text[..^1], 1000)
            : (text, 0);
        return unit > 0 && double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? value * unit
            : throw new UsageException($"--budget is '{text}': give a time with its unit, such as 5ms or 2s");
    }
}
