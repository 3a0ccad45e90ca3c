namespace VisualFeatureSearch.Server.Api;

/// <summary>A search by a photograph that the server has, and a painted mask.</summary>
/// <param name="Image">The photograph.</param>
/// <param name="Mask">
/// The painted mask: a PNG as base64 or data URL whose alpha is the brush, as large as the crop that the network sees or as
/// the photograph.
/// </param>
/// <param name="Layer">The layer; absent for the store's last one.</param>
/// <param name="Top">How many images to return, 1 to 1000.</param>
public sealed record SearchRequest(QueryImageModel? Image, string? Mask, string? Layer = null, int Top = 10);

/// <summary>The photograph of a search: exactly one of the two.</summary>
/// <param name="Index">A row of the searched store.</param>
/// <param name="Upload">The identifier of an upload.</param>
public sealed record QueryImageModel(long? Index = null, string? Upload = null);
