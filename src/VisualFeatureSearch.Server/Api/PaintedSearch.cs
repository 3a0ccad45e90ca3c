using VisualFeatureSearch.Features;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Server.Images;
using VisualFeatureSearch.Server.Problems;
using VisualFeatureSearch.Server.Stores;

namespace VisualFeatureSearch.Server.Api;

/// <summary>The photograph of a search.</summary>
/// <param name="Key">What it is called in the cache.</param>
/// <param name="Read">Reads its file.</param>
/// <param name="Index">Its row, where it is of the searched store.</param>
internal sealed record PaintedQuery(string Key, Func<byte[]> Read, long? Index);

/// <summary>From a request with a painted mask to the answer.</summary>
internal static class PaintedSearch
{
    private const int MaximumTop = 1000;

    /// <summary>Searches as a request says that names a photograph which the server has.</summary>
    public static SearchReport Search(ServedStore served, ImageCache cache, UploadCache uploads, SearchRequest request, CancellationToken cancellationToken)
    {
        _ = served.RequirePhotographs();
        byte[] mask = ReadMask("mask", request.Mask);
        byte[]? negative = request.NegativeMask is null ? null : ReadMask("negativeMask", request.NegativeMask);
        return Search(served, cache, Find(served, request.Image, uploads), mask, negative, request, cancellationToken);
    }

    public static PaintedQuery Find(ServedStore served, QueryImageModel? image, UploadCache uploads)
    {
        switch (image)
        {
            case { Index: { } index, Upload: null }:
                served.EnsureImage(index);
                return new PaintedQuery($"{served.Id}/{index}", () => served.ReadImage(index), index);
            case { Index: null, Upload: { } id }:
                Upload upload = uploads.Find(id);
                return new PaintedQuery($"{served.Id}/{upload.Id}", () => upload.Bytes, null);
            default:
                throw new RequestException("'image' must have either an 'index' of the store or an 'upload'");
        }
    }

    public static SearchReport Search(
        ServedStore served, ImageCache cache, PaintedQuery query, byte[] mask, byte[]? negativeMask, SearchRequest request, CancellationToken cancellationToken)
    {
        if (request.Top is < 1 or > MaximumTop)
        {
            throw new RequestException($"'top' is {request.Top}: it must be from 1 to {MaximumTop}");
        }

        PhotographSearch photographs = served.RequirePhotographs();
        PixelImage brush = ReadBrush(photographs, query, mask);
        PixelImage? negative = negativeMask is null ? null : ReadBrush(photographs, query, negativeMask);
        SearchRequestOptions options = new()
        {
            Top = request.Top ?? (request.Threshold is null ? 10 : MaximumTop),
            MinimumSimilarity = request.Threshold,
            BudgetMilliseconds = request.BudgetMilliseconds,
            Windows = request.Windows,
            Where = request.Where,
            Unique = request.Unique,
            NearDuplicates = request.NearDuplicates,
            LeaveOut = request.ExcludeSelf && query.Index is { } own ? [own] : [],
        };

        // While a stroke grows, the last answer's images are likely to be in the next one too.
        string stroke = $"{query.Key}/{request.Layer}";
        (FeatureArray array, RegionKernel region, SearchAnswer answer) = photographs.Search(
            Maps(photographs, cache, query), brush, negative, request.Layer, options, cache.LastAnswer(stroke), cancellationToken);
        cache.KeepAnswer(stroke, [.. answer.Matches.Take(100).Select(match => match.Index)]);
        return SearchReport.Create(served.Store, array, region, answer);
    }

    public static IReadOnlyList<float[]> Maps(PhotographSearch photographs, ImageCache cache, PaintedQuery query) => cache.Maps(
        query.Key,
        () => photographs.Extract(cache.Crop(query.Key, () => photographs.Transform.Cut(ImageDecoder.Decode(query.Read())))));

    public static PixelImage ReadBrush(PhotographSearch photographs, PaintedQuery query, byte[] mask)
    {
        PixelImage alpha = DecodeMask(mask);
        if (alpha.Width == photographs.Transform.InputWidth && alpha.Height == photographs.Transform.InputHeight)
        {
            return alpha;
        }

        PixelImage photograph = ImageDecoder.Decode(query.Read());
        return BrushMask.OnCrop(alpha, photograph.Width, photograph.Height, photographs.Transform);
    }

    private static PixelImage DecodeMask(byte[] mask)
    {
        try
        {
            return ImageDecoder.DecodeAlpha(mask, UploadCache.MaximumPixels);
        }
        catch (ImageException exception)
        {
            throw new ImageException($"the mask: {exception.Message}", exception);
        }
    }

    public static byte[] ReadMask(string field, string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            throw new RequestException($"'{field}' is missing: a PNG as base64 or data URL whose alpha is the brush");
        }

        int comma = text.StartsWith("data:", StringComparison.Ordinal) ? text.IndexOf(',', StringComparison.Ordinal) : -1;
        try
        {
            return Convert.FromBase64String(text[(comma + 1)..]);
        }
        catch (FormatException exception)
        {
            throw new RequestException($"'{field}' is not base64: a PNG as base64 or data URL whose alpha is the brush is needed", exception);
        }
    }
}
