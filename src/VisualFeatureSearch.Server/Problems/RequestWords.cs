using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace VisualFeatureSearch.Server.Problems;

/// <summary>
/// What is wrong with a request that never reached its endpoint, in the words of whoever sent it: fields and what they take,
/// where the framework names this program's types.
/// </summary>
internal static partial class RequestWords
{
    /// <summary>Describes a request that could not be read.</summary>
    /// <param name="context">The request.</param>
    /// <param name="exception">What the framework says of it; its own words where they are of another kind than is known here.</param>
    public static string Describe(HttpContext context, BadHttpRequestException exception)
    {
        if (exception.InnerException is JsonException json)
        {
            return Describe(context, json);
        }

        if (NotBound().Match(exception.Message) is { Success: true } bound)
        {
            string value = bound.Groups["value"].Value;
            return $"'{bound.Groups["name"].Value}' is '{value}': {(BigInteger.TryParse(value, out _) ? "a smaller number" : Expected(bound.Groups["type"].Value))} is expected";
        }

        if (NotProvided().Match(exception.Message) is { Success: true } missing)
        {
            string name = missing.Groups["name"].Value;
            return missing.Groups["place"].Value switch
            {
                "body" => "the body is empty: an object in JSON is expected",
                "form file" => $"the form has no file '{name}'",
                _ => $"'{name}' is missing",
            };
        }

        return exception.StatusCode == StatusCodes.Status415UnsupportedMediaType ? Describe(context)!
            : exception.Message.Contains("IFormFile", StringComparison.Ordinal) ? "the body cannot be read as a form with files: multipart/form-data, with the boundary that its Content-Type says, is expected"
            : exception.Message;
    }

    /// <summary>What to do about a request that no endpoint took; null where that is said already.</summary>
    public static string? Describe(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status400BadRequest => "The body ended before it was complete, or has another boundary than its Content-Type says.",
        StatusCodes.Status404NotFound => $"There is nothing at {context.Request.Path}. All that there is, is listed at /openapi/v1.json.",
        StatusCodes.Status405MethodNotAllowed => $"{context.Request.Path} takes {context.Response.Headers.Allow}, not {context.Request.Method}.",
        StatusCodes.Status415UnsupportedMediaType =>
            $"The Content-Type is {(context.Request.ContentType is { Length: > 0 } type ? $"'{type}'" : "missing")}. JSON is sent as application/json, and a form with files as multipart/form-data.",
        _ => null,
    };

    private static string Describe(HttpContext context, JsonException json)
    {
        // A text that is no JSON at all has the reader's exception inside.
        if (json.InnerException is JsonException)
        {
            return $"the body is not JSON at line {json.LineNumber + 1}, byte {json.BytePositionInLine + 1}";
        }

        string field = json.Path is { Length: > 1 } path ? path[1..].TrimStart('.') : "";
        if (json.Message.StartsWith("Duplicate", StringComparison.Ordinal))
        {
            return field.Length > 0 ? $"'{field}' is there twice" : "a field is there twice";
        }

        JsonSerializerOptions options = context.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        Type? body = context.Features.Get<IExceptionHandlerFeature>()?.Endpoint?.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType;
        JsonTypeInfo? at = body is null ? null : options.GetTypeInfo(body);
        JsonTypeInfo? parent = at;
        foreach (Match part in PathPart().Matches(json.Path ?? ""))
        {
            parent = at;
            Type? next = part.Groups["name"].Success
                ? at?.Properties.FirstOrDefault(property => property.Name.Equals(part.Groups["name"].Value, StringComparison.OrdinalIgnoreCase))?.PropertyType
                : at?.ElementType;
            at = next is null ? null : options.GetTypeInfo(next);
        }

        string place = field.Length > 0 ? $"'{field}'" : "the body";
        return (at, parent) switch
        {
            (null, { Kind: JsonTypeInfoKind.Object }) => $"there is no field {place}: the fields are {string.Join(", ", parent.Properties.Select(property => property.Name))}",
            (null, _) => $"{place} is not understood",
            _ => $"{place} has a value of another kind: {Expected(at)} is expected",
        };
    }

    private static string Expected(JsonTypeInfo type) => type.Kind switch
    {
        JsonTypeInfoKind.Enumerable => "a list",
        JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary => "an object",
        _ => Expected((Nullable.GetUnderlyingType(type.Type) ?? type.Type).Name),
    };

    /// <summary>What a value of a type looks like to whoever writes one.</summary>
    private static string Expected(string type) => type.Trim('?').Replace("Nullable<", "", StringComparison.Ordinal).TrimEnd('>').ToLowerInvariant() switch
    {
        "int" or "int32" or "long" or "int64" => "a whole number",
        "float" or "single" or "double" => "a number",
        "bool" or "boolean" => "true or false",
        _ => "text",
    };

    [GeneratedRegex("""^Failed to bind parameter "(?<type>.+) (?<name>\w+)" from "(?<value>.*)"\.$""", RegexOptions.Singleline)]
    private static partial Regex NotBound();

    [GeneratedRegex("""^Required parameter ".+ (?<name>\w+)" was not provided from (?<place>.+)\.$""")]
    private static partial Regex NotProvided();

    /// <summary>A step of a JSON path: <c>.name</c>, <c>['name']</c> or <c>[0]</c>.</summary>
    [GeneratedRegex("""\.(?<name>[^.\[]+)|\['(?<name>.*?)'\]|\[\d+\]""")]
    private static partial Regex PathPart();
}
