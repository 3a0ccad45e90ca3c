using System.Text.Json.Serialization;

namespace VisualFeatureSearch.Server.Api;

/// <summary>A widget to be painted on.</summary>
/// <param name="Pictures">The pictures, at least one.</param>
/// <param name="Size">Width of the mask in pixels; 224 where absent. Its height follows the picture's shape.</param>
/// <param name="Radius">Radius of the brush in pixels of the mask; 16 where absent.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record WidgetRequest(IReadOnlyList<WidgetPictureRequest>? Pictures, int Size = 224, double Radius = 16);

/// <summary>A picture of a widget.</summary>
/// <param name="Data">The image file, base64 or a data URL.</param>
/// <param name="Title">What it is called; absent for nothing.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record WidgetPictureRequest(string? Data, string? Title = null);

/// <summary>What was painted on a widget.</summary>
/// <param name="Selected">The chosen picture, 0 for the first.</param>
/// <param name="Mask">A PNG whose alpha is the brush, base64 or a data URL; absent or empty for nothing.</param>
/// <param name="NegativeMask">What counts against a result, as <paramref name="Mask"/>.</param>
/// <param name="IsDone">Whether the person has said that the mask is finished.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PaintRequest(int Selected, string? Mask = null, string? NegativeMask = null, bool IsDone = false);

/// <summary>A widget and its state.</summary>
/// <param name="Id">Its identifier.</param>
/// <param name="Page">The page to paint on, relative to the server's root.</param>
/// <param name="Size">Width of the mask in pixels.</param>
/// <param name="Radius">Radius of the brush in pixels of the mask.</param>
/// <param name="Pictures">The pictures.</param>
/// <param name="Version">How often what is painted has changed.</param>
/// <param name="Selected">The chosen picture, 0 for the first.</param>
/// <param name="IsEmpty">Whether nothing is painted as wanted.</param>
/// <param name="IsDone">Whether the person has said that the mask is finished.</param>
public sealed record WidgetModel(
    string Id, string Page, int Size, double Radius, IReadOnlyList<WidgetPictureModel> Pictures, long Version, int Selected, bool IsEmpty, bool IsDone);

/// <summary>A picture of a widget.</summary>
/// <param name="Title">What it is called.</param>
/// <param name="Width">Its width in pixels.</param>
/// <param name="Height">Its height in pixels.</param>
/// <param name="MaskHeight">Height of the mask on it in pixels.</param>
public sealed record WidgetPictureModel(string Title, int Width, int Height, int MaskHeight);
