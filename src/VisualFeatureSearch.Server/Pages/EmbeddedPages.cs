using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

namespace VisualFeatureSearch.Server.Pages;

/// <summary>The page and its scripts, which are built into this assembly.</summary>
internal static class EmbeddedPages
{
    private const string Prefix = "web/";

    private const string Widgets = "/widgets.js";

    private static readonly string[] GetAndHead = ["GET", "HEAD"];

    public static void MapPages(this IEndpointRouteBuilder routes)
    {
        Assembly assembly = typeof(EmbeddedPages).Assembly;
        FileExtensionContentTypeProvider types = new();
        foreach (string name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            byte[] bytes = Read(assembly, name);
            string path = "/" + name[Prefix.Length..];
            string type = types.TryGetContentType(path, out string? known) ? known : "application/octet-stream";
            EntityTagHeaderValue tag = new($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]}\"");

            // Names in assets/ contain a hash of the content, so they never change.
            string caching = path.StartsWith("/assets/", StringComparison.Ordinal) ? "public, max-age=31536000, immutable" : "no-cache";
            IResult Serve(HttpContext context)
            {
                context.Response.Headers.CacheControl = caching;
                if (path == Widgets)
                {
                    // The script of the widgets is for pages of any origin; it holds nothing that is private to this server.
                    context.Response.Headers.AccessControlAllowOrigin = "*";
                }

                return Results.Bytes(bytes, type, entityTag: tag);
            }

            routes.MapMethods(path, GetAndHead, Serve).ExcludeFromDescription();
            if (path == "/index.html")
            {
                routes.MapMethods("/", GetAndHead, Serve).ExcludeFromDescription();
            }
        }
    }

    private static byte[] Read(Assembly assembly, string name)
    {
        using Stream stream = assembly.GetManifestResourceStream(name)!;
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
