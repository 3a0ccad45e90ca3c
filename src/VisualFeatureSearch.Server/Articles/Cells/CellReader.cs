using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace VisualFeatureSearch.Server.Articles.Cells;

/// <summary>Reads what stands between a cell's fences, and the article's settings: YAML.</summary>
internal static class CellReader
{
    private static readonly Dictionary<string, Type> Kinds = new(StringComparer.Ordinal)
    {
        ["highlight"] = typeof(HighlightCell),
        ["results"] = typeof(ResultsCell),
        ["compare"] = typeof(CompareCell),
        ["chart"] = typeof(ChartCell),
    };

    private const string SingleValue = "a single value is expected here, not a list and not fields";

    private static readonly IDeserializer Yaml = new DeserializerBuilder()
        .WithNamingConvention(CamelCaseNamingConvention.Instance)
        .WithDuplicateKeyChecking()
        .WithTypeMapping<IReadOnlyList<string>, List<string>>()
        .WithTypeMapping<IReadOnlyList<double>, List<double>>()
        .WithTypeMapping<IReadOnlyList<CellRow>, List<CellRow>>()
        .WithTypeMapping<IReadOnlyList<LiveDataset>, List<LiveDataset>>()
        .Build();

    /// <summary>Whether a fence's language is a kind of cell.</summary>
    public static bool IsCell(string? language) => language is not null && Kinds.ContainsKey(language);

    /// <summary>Reads a cell.</summary>
    /// <param name="language">The fence's language, a kind of cell.</param>
    /// <param name="text">What stands between the fences.</param>
    /// <param name="file">The article.</param>
    /// <param name="line">The line of the fence, 1 for the article's first.</param>
    /// <exception cref="ArticleException">It is not YAML with the fields of this kind.</exception>
    public static ArticleCell Read(string language, string text, string file, int line)
    {
        ArticleCell cell = (ArticleCell)(Parse(Kinds[language], text, $"the cell '{language}'", file, line) ?? Activator.CreateInstance(Kinds[language])!);
        cell.Line = line;
        return cell;
    }

    /// <summary>Reads the settings at an article's top.</summary>
    /// <exception cref="ArticleException">They are not YAML with the fields of settings.</exception>
    public static ArticleSettings ReadSettings(string text, string file) =>
        (ArticleSettings?)Parse(typeof(ArticleSettings), text, "the settings at its top", file, 1) ?? new ArticleSettings();

    private static object? Parse(Type type, string text, string what, string file, int line)
    {
        try
        {
            return Yaml.Deserialize(text, type);
        }
        catch (YamlException exception)
        {
            throw new ArticleException($"{file}, line {line + exception.Start.Line}: {what} cannot be read: {Explain(exception, type)}", exception);
        }
    }

    /// <summary>Says what a person can do about it, where the reader's own words are of types and deserializers.</summary>
    private static string Explain(YamlException exception, Type type)
    {
        string message = (exception.InnerException ?? exception).Message;
        return message.Contains("not found on type", StringComparison.Ordinal) ? $"it has no field '{Quoted(message)}': {FieldsOf(message, type)}"
            : message.StartsWith("Requested value", StringComparison.Ordinal) ? $"'{Quoted(message)}' is none of {string.Join(", ", Enum.GetNames<ChartKind>().Select(Name))}"
            : exception.InnerException is OverflowException ? "the number is out of range"
            : exception.InnerException is FormatException or IndexOutOfRangeException ? "a number is expected here, a whole one for 'top'"
            : Expected(message) ?? message.TrimEnd('.');
    }

    /// <summary>The fields of what a field was looked for in: a cell, or an entry of it; a value has none.</summary>
    private static string FieldsOf(string message, Type cell)
    {
        Type? owner = new[] { cell, typeof(CellRow), typeof(LiveDataset) }.FirstOrDefault(type => message.Contains($"'{type.FullName}'", StringComparison.Ordinal));
        return owner is null ? SingleValue : "the fields are " + string.Join(", ", owner.GetProperties().Select(property => Name(property.Name)));
    }

    /// <summary>What is wanted, of a message that names what a value is or the type which it cannot become; null of another one.</summary>
    private static string? Expected(string message) =>
        ContainsAny(message, "'SequenceStart', got", "List`1") ? "a list is expected here, one entry a line, each behind '- '"
        : message.Contains(typeof(ChartKind).FullName!, StringComparison.Ordinal) ? SingleValue
        : ContainsAny(message, "'MappingStart', got", typeof(ArticleSettings).Namespace!) ? "fields are expected here, 'name: value', one a line"
        : ContainsAny(message, "'Scalar', got", "System.") ? SingleValue
        : null;

    /// <summary>What stands in the first pair of quotes.</summary>
    private static string Quoted(string message) => message.Split('\'')[1];

    private static bool ContainsAny(string message, string first, string second) =>
        message.Contains(first, StringComparison.Ordinal) || message.Contains(second, StringComparison.Ordinal);

    private static string Name(string name) => CamelCaseNamingConvention.Instance.Apply(name);
}
