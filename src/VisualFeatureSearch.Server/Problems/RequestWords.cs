using System.Numerics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using VisualFeatureSearch.Formats;

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
            return $"'{bound.Groups["name"].Value}' is '{value}': {(BigInteger.TryParse(value, out _) ? "a smaller number" : JsonProblem.Expected(bound.Groups["type"].Value))} is expected";
        }

        if (NotProvided().Match(exception.Message) is { Success: true } missing)
        {
            string name = missing.Groups["name"].Value;
            return missing.Groups["place"].Value switch
            {
                "body" => "the body is empty: an object in JSON is expected",
                "form file" => $"the form has no file '{name}', as curl -F {name}=@FILE sends one",
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
            $"The Content-Type is {(context.Request.ContentType is { Length: > 0 } type ? $"'{type}'" : "missing")}. "
            + (context.Request.Path.Value!.EndsWith("/uploads", StringComparison.Ordinal)
                ? "The body is expected to be an image file by itself, sent as image/jpeg, image/png, image/webp or another of these, or as application/octet-stream."
                : "JSON is sent as application/json, and a form with files as multipart/form-data."),
        _ => null,
    };

    private static string Describe(HttpContext context, JsonException json) => JsonProblem.Describe(
        json,
        context.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions,
        context.Features.Get<IExceptionHandlerFeature>()?.Endpoint?.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType,
        "the body");

    [GeneratedRegex("""^Failed to bind parameter "(?<type>.+) (?<name>\w+)" from "(?<value>.*)"\.$""", RegexOptions.Singleline)]
    private static partial Regex NotBound();

    [GeneratedRegex("""^Required parameter ".+ (?<name>\w+)" was not provided from (?<place>.+)\.$""")]
    private static partial Regex NotProvided();
}
