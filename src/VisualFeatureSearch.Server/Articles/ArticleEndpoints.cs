using System.Text;
using System.Text.Json.Serialization;
using Markdig.Syntax.Inlines;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using VisualFeatureSearch.Server.Articles.Rendering;
using VisualFeatureSearch.Server.Images;

namespace VisualFeatureSearch.Server.Articles;

/// <summary>An article as a page that is read anew with every visit, so that its author only has to reload it.</summary>
internal static class ArticleEndpoints
{
    public static void MapArticle(this IEndpointRouteBuilder routes, string file)
    {
        RouteGroupBuilder group = routes.MapGroup("/article").ExcludeFromDescription();

        group.MapGet("", (ArticleRenderer renderer, HttpContext context, CancellationToken cancellationToken) =>
        {
            context.Response.Headers.ContentSecurityPolicy = ArticlePage.LivePolicy;
            context.Response.Headers.CacheControl = "no-cache";
            try
            {
                return Results.Content(renderer.RenderLive(ArticleFile.Read(file), cancellationToken), "text/html", Encoding.UTF8);
            }
            catch (ArticleException exception)
            {
                return Results.Content(ArticlePage.WriteProblem(exception.Message), "text/html", Encoding.UTF8, StatusCodes.Status422UnprocessableEntity);
            }
        });

        group.MapPost("cells", ([FromBody] PaintedCellsRequest request, ArticleRenderer renderer, CancellationToken cancellationToken) =>
        {
            // What is no PNG of a mask is a problem of the request and not of a cell.
            _ = Base64Image.DecodeMask(Base64Image.ReadMask("mask", request.Mask));
            if (request.NegativeMask is not null)
            {
                _ = Base64Image.DecodeMask(Base64Image.ReadMask("negativeMask", request.NegativeMask));
            }

            return new PaintedCellsModel(renderer.RenderPainted(ArticleFile.Read(file), request, cancellationToken));
        });

        group.MapGet("pictures/{place:int}", (int place, HttpContext context) =>
        {
            ArticleFile article = ArticleFile.Read(file);
            IReadOnlyList<LinkInline> pictures = ArticleRenderer.PicturesOf(article);
            if (place < 0 || place >= pictures.Count)
            {
                throw new KeyNotFoundException($"the article has no picture {place}");
            }

            byte[] bytes = ArticlePictures.Read(article.Folder, pictures[place].Url!);
            context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'";
            context.Response.Headers.CacheControl = "no-cache";
            return Results.Bytes(bytes, ArticlePictures.MediaType(bytes));
        });
    }
}

/// <summary>What a reader painted on a highlight.</summary>
/// <param name="Highlight">The highlight's name.</param>
/// <param name="Mask">A PNG as data URL whose alpha is the brush.</param>
/// <param name="NegativeMask">The same of what counts against a result; absent for nothing.</param>
/// <param name="IsFinal">Whether the stroke has ended.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record PaintedCellsRequest(string? Highlight, string? Mask, string? NegativeMask = null, bool IsFinal = true);

/// <summary>The answers to it.</summary>
/// <param name="Cells">The HTML of each cell, by its place among the article's cells.</param>
internal sealed record PaintedCellsModel(IReadOnlyDictionary<int, string> Cells);
