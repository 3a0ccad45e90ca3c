using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Logging;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Server.Articles;
using VisualFeatureSearch.Zarr;

namespace VisualFeatureSearch.Server.Problems;

/// <summary>Turns what went wrong into an RFC 9457 problem that says what to do.</summary>
internal sealed partial class ProblemHandler(IProblemDetailsService problems, ILogger<ProblemHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is listening any more: a newer stroke has replaced this one.
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }

        (int status, string title) = Classify(exception);
        bool isOurs = IsExpected(exception);
        if (!isOurs)
        {
            LogFailure(logger, exception, context.Request.Path);
        }

        context.Response.StatusCode = status;
        return await problems.TryWriteAsync(new ProblemDetailsContext
        {
            HttpContext = context,
            ProblemDetails = new ProblemDetails
            {
                Status = status,
                Title = title,
                Detail = isOurs ? Sentence(exception is BadHttpRequestException bad ? RequestWords.Describe(context, bad) : exception is ZarrException ? $"{exception.Message}; 'vissearch verify' names all that is damaged, and mends it with --repair" : exception.Message) : "The server's log has the details.",
            },
        }).ConfigureAwait(false);
    }

    /// <summary>Whether what went wrong is the matter of a request, a file or a store, whose message says what to do.</summary>
    public static bool IsExpected(Exception exception) => Classify(exception).Status < 500 || exception is ZarrException;

    private static (int Status, string Title) Classify(Exception exception) => exception switch
    {
        RequestException or SearchRequestException or DatasetException => (StatusCodes.Status400BadRequest, "The request cannot be understood"),
        RegionException => (StatusCodes.Status422UnprocessableEntity, "The region cannot be searched for"),
        ImageException => (StatusCodes.Status422UnprocessableEntity, "The image cannot be used"),
        KeyNotFoundException => (StatusCodes.Status404NotFound, "Not found"),
        FeatureStoreException => (StatusCodes.Status409Conflict, "The store cannot do this"),
        ModelException => (StatusCodes.Status409Conflict, "The model cannot be used"),
        ArticleException => (StatusCodes.Status422UnprocessableEntity, "The article cannot be read"),
        BadHttpRequestException bad => (bad.StatusCode, bad.StatusCode == StatusCodes.Status413PayloadTooLarge ? "The upload is too large" : "The request cannot be understood"),
        InvalidOperationException { InnerException: ArgumentException } unknown when unknown.Message.Contains("charset", StringComparison.Ordinal) =>
            (StatusCodes.Status415UnsupportedMediaType, "The request's encoding is not known"),
        ZarrException => (StatusCodes.Status500InternalServerError, "The store is damaged"),
        _ => (StatusCodes.Status500InternalServerError, "Something went wrong in the server"),
    };

    /// <summary>A message as a sentence. One that begins with a name, such as a store's or a file's, keeps it as it is.</summary>
    private static string Sentence(string message)
    {
        if (message.Length == 0)
        {
            return message;
        }

        ReadOnlySpan<char> word = message.AsSpan(0, message.AsSpan().IndexOf(' ') is > 0 and var end ? end : message.Length).TrimEnd(":,");
        bool isName = word.ContainsAnyExceptInRange('a', 'z');
        return (isName ? message : char.ToUpperInvariant(message[0]) + message[1..]) + (message[^1] is '.' or '!' ? "" : ".");
    }

    [LoggerMessage(LogLevel.Error, "Answering {Path} failed")]
    private static partial void LogFailure(ILogger logger, Exception exception, string path);
}
