using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Server.Images;
using VisualFeatureSearch.Server.Problems;
using VisualFeatureSearch.Server.Widgets;

namespace VisualFeatureSearch.Server.Api;

/// <summary>Widgets for notebooks and scripts: pictures go in, a page to paint on comes back, and the mask is read when it is wanted.</summary>
internal static class WidgetEndpoints
{
    private const int MaximumPictures = 200;
    private const int MaximumSize = 4096;
    private const int MaximumWait = 60;

    public static void MapWidgets(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder group = routes.MapGroup("/api/widgets").WithTags("Widgets");

        group.MapPost("", ([FromBody] WidgetRequest request, WidgetSessions sessions) =>
            {
                WidgetSession session = Create(request);
                sessions.Add(session);
                return Results.Created($"/api/widgets/{session.Id}", Describe(session));
            })
            .WithName("CreateWidget")
            .WithSummary("Makes a widget to paint on; `page` is what to show in a browser or a frame.")
            .Produces<WidgetModel>(StatusCodes.Status201Created)
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity);

        group.MapGet("{widget}", async (string widget, WidgetSessions sessions, CancellationToken cancellationToken, long? after = null, int wait = 0) =>
            {
                WidgetSession session = sessions.Find(widget);
                if (after is { } version && wait > 0)
                {
                    using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                    patience.CancelAfter(TimeSpan.FromSeconds(Math.Min(wait, MaximumWait)));
                    try
                    {
                        await session.WaitAsync(version, patience.Token).ConfigureAwait(false);
                    }
                    catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                    {
                        // Nothing changed meanwhile: the answer says so by its version.
                    }
                }

                return Describe(session);
            })
            .WithName("GetWidget")
            .WithSummary("What is painted on a widget; with `after` and `wait` as soon as that has changed.")
            .ProducesProblem(StatusCodes.Status404NotFound);

        group.MapPut("{widget}", (string widget, [FromBody] PaintRequest request, WidgetSessions sessions) =>
            {
                WidgetSession session = sessions.Find(widget);
                session.Paint(EnsurePicture(session, request.Selected), ReadMask("mask", request.Mask), ReadMask("negativeMask", request.NegativeMask), request.IsDone);
                return Describe(session);
            })
            .WithName("PaintWidget")
            .WithSummary("Takes what was painted: the widget's page does this.")
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity);

        group.MapDelete("{widget}", (string widget, WidgetSessions sessions) =>
            {
                sessions.Remove(sessions.Find(widget));
                return Results.NoContent();
            })
            .WithName("DeleteWidget")
            .WithSummary("Forgets a widget.")
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblem(StatusCodes.Status404NotFound);

        MapMask(group, "mask", "GetWidgetMask", "What is painted as wanted, as a NumPy file: uint8 [height, width], 0 to 255.", state => state.Mask);
        MapMask(group, "negative-mask", "GetWidgetNegativeMask", "What is painted as counting against, as a NumPy file: uint8 [height, width], 0 to 255.", state => state.NegativeMask);

        group.MapGet("{widget}/pictures/{picture:int}", (string widget, int picture, WidgetSessions sessions) =>
            {
                WidgetSession session = sessions.Find(widget);
                WidgetPicture shown = session.Pictures[EnsurePicture(session, picture)];
                return Results.Bytes(shown.Bytes, shown.MediaType);
            })
            .WithName("GetWidgetPicture")
            .WithSummary("A picture of a widget.")
            .Produces<byte[]>(StatusCodes.Status200OK, "image/jpeg", "image/png", "image/webp", "image/gif")
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    public static WidgetModel Describe(WidgetSession session)
    {
        WidgetState state = session.State;
        return new WidgetModel(
            session.Id,
            $"widget-frame.html?widget={session.Id}",
            session.Size,
            session.Radius,
            [.. session.Pictures.Select((picture, place) => new WidgetPictureModel(picture.Title, picture.Width, picture.Height, session.HeightOf(place)))],
            state.Version,
            state.Selected,
            state.Mask is null,
            state.IsDone);
    }

    private static void MapMask(RouteGroupBuilder group, string name, string operation, string summary, Func<WidgetState, PixelImage?> choose) =>
        group.MapGet($"{{widget}}/{name}.npy", (string widget, WidgetSessions sessions) =>
            {
                WidgetSession session = sessions.Find(widget);
                WidgetState state = session.State;
                int height = session.HeightOf(state.Selected);
                byte[] alpha = choose(state)?.Pixels ?? new byte[height * session.Size];
                return Results.Bytes(NpyFile.WriteBytes(alpha, height, session.Size), "application/octet-stream");
            })
            .WithName(operation)
            .WithSummary(summary)
            .Produces<byte[]>(StatusCodes.Status200OK, "application/octet-stream")
            .ProducesProblem(StatusCodes.Status404NotFound);

    private static WidgetSession Create(WidgetRequest request)
    {
        if (request.Pictures is not { Count: > 0 and <= MaximumPictures } wanted)
        {
            throw new RequestException($"'pictures' has {request.Pictures?.Count ?? 0}: it must have from 1 to {MaximumPictures}");
        }

        if (wanted.Contains(null!))
        {
            throw new RequestException("'pictures' has an empty entry: each needs 'data', an image file in base64");
        }

        if (request.Size is < 16 or > MaximumSize)
        {
            throw new RequestException($"'size' is {request.Size}: it must be from 16 to {MaximumSize} pixels");
        }

        return request.Radius is >= 1 and <= MaximumSize
            ? new WidgetSession([.. wanted.Select((picture, place) => WidgetPicture.Create(Base64Image.Read($"pictures[{place}].data", picture.Data, "an image file"), picture.Title ?? ""))], request.Size, request.Radius)
            : throw new RequestException($"'radius' is {request.Radius}: it must be from 1 to {MaximumSize} pixels");
    }

    private static int EnsurePicture(WidgetSession session, int picture) => picture >= 0 && picture < session.Pictures.Count
        ? picture
        : throw new RequestException($"there is no picture {picture}: they are 0 to {session.Pictures.Count - 1}");

    private static PixelImage? ReadMask(string field, string? mask) =>
        string.IsNullOrEmpty(mask) ? null : Base64Image.DecodeMask(Base64Image.ReadMask(field, mask));
}
