using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace VisualFeatureSearch.Server.Problems;

/// <summary>Refuses what an address is asked with that its endpoint does not know: it would be as if it had never been said.</summary>
internal static class KnownQuery
{
    public static IApplicationBuilder UseKnownQuery(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        // Where another method or type of body is wanted, the endpoint is one that says so, and has no route.
        if (context.Request.Query.Count > 0 && context.Request.Path.StartsWithSegments("/api") && context.GetEndpoint() is RouteEndpoint endpoint)
        {
            string[] known = [.. endpoint.Metadata.GetOrderedMetadata<IParameterBindingMetadata>()
                .Where(parameter => !context.Request.RouteValues.ContainsKey(parameter.Name) && IsFromQuery(parameter.ParameterInfo))
                .Select(parameter => parameter.Name)];
            foreach (string name in context.Request.Query.Keys)
            {
                // The token is for the gate before.
                if (name != "token" && !known.Contains(name, StringComparer.OrdinalIgnoreCase))
                {
                    throw new RequestException(known.Length == 0
                        ? $"there is no parameter '{name}': {context.Request.Path} has none"
                        : $"there is no parameter '{name}': the parameters of {context.Request.Path} are {string.Join(", ", known)}");
                }
            }
        }

        return next(context);
    });

    private static bool IsFromQuery(ParameterInfo parameter) => !parameter.IsDefined(typeof(FromFormAttribute), inherit: false)
        && (Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType) is var value
        && (value.IsPrimitive || value.IsEnum || value == typeof(string) || value == typeof(string[]));
}
