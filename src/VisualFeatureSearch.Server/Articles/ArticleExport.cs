using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using VisualFeatureSearch.Server.Articles.Rendering;

namespace VisualFeatureSearch.Server.Articles;

/// <summary>An article as one static HTML file.</summary>
public static class ArticleExport
{
    /// <summary>Answers all cells and writes them, with the pictures, into one page that needs neither a server nor the web.</summary>
    /// <param name="article">The article.</param>
    /// <param name="options">The stores, as a server has them.</param>
    /// <param name="cancellationToken">Ends the work early.</param>
    /// <returns>The page's HTML.</returns>
    /// <exception cref="ArticleException">A cell cannot be answered or a picture not read; the message names the line.</exception>
    /// <exception cref="Features.FeatureStoreException">A store cannot be opened.</exception>
    /// <exception cref="Models.ModelException">A store's network is not found, or is another one.</exception>
    public static async Task<string> RenderAsync(ArticleFile article, ServerOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(article);
        ArgumentNullException.ThrowIfNull(options);
        WebApplication app = VisualFeatureSearchServer.Create(options);
        await using (app.ConfigureAwait(false))
        {
            return app.Services.GetRequiredService<ArticleRenderer>().RenderStatic(article, cancellationToken);
        }
    }
}
