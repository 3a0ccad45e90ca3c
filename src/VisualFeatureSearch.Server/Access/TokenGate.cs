using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace VisualFeatureSearch.Server.Access;

/// <summary>
/// Lets in only who knows the server's token: as <c>?token=…</c>, which a cookie then remembers for a page's own requests, or
/// as the header <c>Authorization: Bearer …</c>. For machines of several users, and behind a proxy that is reached by another name.
/// </summary>
internal static class TokenGate
{
    private const string Parameter = "token";
    private const string Scheme = "Bearer ";

    private static readonly string[] Guarded = ["/api", "/openapi", "/article"];

    public static void UseToken(this IApplicationBuilder app, string token)
    {
        byte[] expected = SHA256.HashData(Encoding.UTF8.GetBytes(token));

        // Cookies are shared by all ports of a host: the name keeps servers apart.
        string cookie = $"vissearch-{Convert.ToHexStringLower(expected.AsSpan(0, 6))}";
        app.Use(async (context, next) =>
        {
            string? given = context.Request.Query[Parameter];
            if (IsToken(given))
            {
                context.Response.Cookies.Append(cookie, token, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict });
            }
            else if (IsGuarded(context.Request.Path) && !IsToken(context.Request.Cookies[cookie]) && !IsToken(Bearer(context.Request)))
            {
                await Results.Problem(
                    "This server needs its token: open the address with ?token=… as it was printed, or send the header Authorization: Bearer ….",
                    statusCode: StatusCodes.Status401Unauthorized,
                    title: "The token is missing or another one").ExecuteAsync(context).ConfigureAwait(false);
                return;
            }

            await next(context).ConfigureAwait(false);
        });

        bool IsToken(string? text) => text is not null && CryptographicOperations.FixedTimeEquals(expected, SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>The pages and scripts themselves say nothing of what is served; an article does.</summary>
    private static bool IsGuarded(PathString path) => Array.Exists(Guarded, part => path.StartsWithSegments(part, StringComparison.OrdinalIgnoreCase));

    private static string? Bearer(HttpRequest request) =>
        request.Headers.Authorization.ToString() is { } header && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..] : null;
}
