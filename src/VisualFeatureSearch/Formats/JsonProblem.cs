using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace VisualFeatureSearch.Formats;

/// <summary>What is wrong with JSON, in the words of whoever wrote it: fields and what they take, where the serializer names this program's types.</summary>
public static partial class JsonProblem
{
    /// <summary>Describes JSON that could not be read.</summary>
    /// <param name="exception">What the serializer says of it.</param>
    /// <param name="options">The serializer's options.</param>
    /// <param name="type">What was to be read; null where that is not known.</param>
    /// <param name="whole">What to call all of it.</param>
    public static string Describe(JsonException exception, JsonSerializerOptions options, Type? type, string whole)
    {
        ArgumentNullException.ThrowIfNull(exception);
        ArgumentNullException.ThrowIfNull(options);

        // A text that is no JSON at all has the reader's exception inside.
        if (exception.InnerException is JsonException)
        {
            return $"{whole} is not JSON at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}";
        }

        string field = exception.Path is { Length: > 1 } path ? path[1..].TrimStart('.') : "";
        if (exception.Message.StartsWith("Duplicate", StringComparison.Ordinal))
        {
            return field.Length > 0 ? $"'{field}' is there twice" : "a field is there twice";
        }

        JsonTypeInfo? at = type is null ? null : options.GetTypeInfo(type);
        JsonTypeInfo? parent = at;
        foreach (Match part in PathPart().Matches(exception.Path ?? ""))
        {
            parent = at;
            Type? next = part.Groups["name"].Success
                ? at?.Properties.FirstOrDefault(property => property.Name.Equals(part.Groups["name"].Value, StringComparison.OrdinalIgnoreCase))?.PropertyType
                : at?.ElementType;
            at = next is null ? null : options.GetTypeInfo(next);
        }

        string place = field.Length > 0 ? $"'{field}'" : whole;
        return (at, parent) switch
        {
            (null, { Kind: JsonTypeInfoKind.Object }) => $"there is no field {place}: the fields are {string.Join(", ", parent.Properties.Where(property => property.Get is not null).Select(property => property.Name))}",
            (null, _) => $"{place} is not understood",
            _ => $"{place} has a value of another kind: {Expected(at)} is expected",
        };
    }

    /// <summary>What a value of a type looks like to whoever writes one.</summary>
    /// <param name="type">The type's name, as in C# or as .NET has it.</param>
    public static string Expected(string type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return type.Trim('?').Replace("Nullable<", "", StringComparison.Ordinal).TrimEnd('>').ToLowerInvariant() switch
        {
            "int" or "int32" or "long" or "int64" => "a whole number",
            "float" or "single" or "double" => "a number",
            "bool" or "boolean" => "true or false",
            _ => "text",
        };
    }

    private static string Expected(JsonTypeInfo type)
    {
        Type value = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
        return type.Kind switch
        {
            JsonTypeInfoKind.Enumerable => "a list",
            JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary => "an object",
            _ when value.IsEnum => $"one of {string.Join(", ", Enum.GetNames(value).Select(name => JsonNamingPolicy.CamelCase.ConvertName(name)))}",
            _ => Expected(value.Name),
        };
    }

    /// <summary>A step of a JSON path: <c>.name</c>, <c>['name']</c> or <c>[0]</c>.</summary>
    [GeneratedRegex("""\.(?<name>[^.\[]+)|\['(?<name>.*?)'\]|\[\d+\]""")]
    private static partial Regex PathPart();
}
