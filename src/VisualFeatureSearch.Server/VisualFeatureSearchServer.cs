using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using VisualFeatureSearch.Server.Access;
using VisualFeatureSearch.Server.Api;
using VisualFeatureSearch.Server.Articles;
using VisualFeatureSearch.Server.Articles.Rendering;
using VisualFeatureSearch.Server.Images;
using VisualFeatureSearch.Server.Pages;
using VisualFeatureSearch.Server.Problems;
using VisualFeatureSearch.Server.Stores;
using VisualFeatureSearch.Server.Widgets;

namespace VisualFeatureSearch.Server;

/// <summary>The web server: the HTTP API and the pages, on the loopback address only.</summary>
public static class VisualFeatureSearchServer
{
    /// <summary>A form carries an image, a mask and a few fields.</summary>
    private const long MaximumRequestBytes = (2L * UploadCache.MaximumBytes) + (1024 * 1024);

    /// <summary>Opens the stores and their networks and prepares a server; nothing listens before it is started.</summary>
    /// <param name="options">What to serve, and where.</param>
    /// <exception cref="Datasets.DatasetException">The folder of the images is not there.</exception>
    /// <exception cref="Features.FeatureStoreException">A store cannot be opened.</exception>
    /// <exception cref="Zarr.ZarrException">A store cannot be opened.</exception>
    /// <exception cref="Models.ModelException">A store's network is not found, or is another one.</exception>
    public static WebApplication Create(ServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        StoreCatalogue catalogue = new(options);
        catalogue.Stores.ForEach(store => store.LoadModel());

        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);

        // Whoever starts the server gets the exception and says it better.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Diagnostics.ExceptionHandlerMiddleware", LogLevel.None);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(System.Net.IPAddress.Loopback, options.Port);
            kestrel.Limits.MaxRequestBodySize = MaximumRequestBytes;
            kestrel.AddServerHeader = false;
        });

        // A page elsewhere that points its own name at 127.0.0.1 must not be able to read anything here.
        // With a token it could not anyhow, and a proxy may be reached by any name.
        builder.Services.Configure<HostFilteringOptions>(hosts => hosts.AllowedHosts = options.Token is null ? ["localhost", "127.0.0.1"] : ["*"]);
        builder.Services.Configure<FormOptions>(forms => forms.MultipartBodyLengthLimit = MaximumRequestBytes);
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
            json.SerializerOptions.AllowDuplicateProperties = false;
        });
        builder.Services.Configure<RouteHandlerOptions>(routing => routing.ThrowOnBadRequest = true);
        builder.Services.AddProblemDetails(problems => problems.CustomizeProblemDetails = problem => problem.ProblemDetails.Detail ??= RequestWords.Describe(problem.HttpContext));
        builder.Services.AddExceptionHandler<ProblemHandler>();
        builder.Services.AddSingleton(_ => catalogue);
        builder.Services.AddSingleton<UploadCache>();
        builder.Services.AddSingleton<ImageCache>();
        builder.Services.AddSingleton<PaintedSearch>();
        builder.Services.AddSingleton<PaintedComparison>();
        builder.Services.AddSingleton<PaintedStatistics>();
        builder.Services.AddSingleton<WidgetSessions>();
        builder.Services.AddSingleton<CellRenderer>();
        builder.Services.AddSingleton<ArticleRenderer>();
        builder.Services.AddOpenApi(openApi => openApi
            .AddOperationTransformer<OpenApiExamples>()
            .AddDocumentTransformer((document, _, _) =>
            {
                document.Info.Title = "VisualFeatureSearch";
                document.Info.Description = "Searches photographs by a highlighted region of a network's feature map.";
                return Task.CompletedTask;
            }));
        builder.Services.AddResponseCompression(compression => compression.EnableForHttps = false);

        WebApplication app = builder.Build();
        app.UseHostFiltering();
        app.Use((context, next) =>
        {
            context.Response.Headers.XContentTypeOptions = "nosniff";
            return next(context);
        });
        app.UseExceptionHandler();
        if (options.Token is { } token)
        {
            app.UseToken(token);
        }

        app.UseStatusCodePages();
        app.UseKnownQuery();
        app.UseResponseCompression();
        app.MapOpenApi();
        app.MapStores();
        app.MapImages();
        app.MapSearch();
        app.MapCompare();
        app.MapStatistics();
        app.MapWidgets();
        if (options.Article is { } article)
        {
            app.MapArticle(article);
        }

        app.MapPages();
        return app;
    }

    /// <summary>What whoever starts a server should know of its stores before a person wonders at a page: one sentence each.</summary>
    /// <param name="app">A server that <see cref="Create"/> prepared.</param>
    public static IReadOnlyList<string> Warnings(WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        return [.. app.Services.GetRequiredService<StoreCatalogue>().Stores
            .Select(store => (store.Store.Location, store.MissingFolder))
            .Where(store => store.MissingFolder is not null)
            .Select(store => $"{store.Location}: its photographs were in {store.MissingFolder}, which is not there, so they cannot be shown. If they have moved, give --images-root")];
    }
}
