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
/// <param name="Index">Its row, where the searched store has it.</param>
/// <param name="PaintedOn">The store on whose crop the mask was painted.</param>
internal sealed record PaintedQuery(string Key, Func<byte[]> Read, long? Index, ServedStore PaintedOn);

/// <summary>From a request with a painted mask to the answer.</summary>
internal sealed class PaintedSearch(StoreCatalogue catalogue, UploadCache uploads, ImageCache cache)
{
    private const int MaximumTop = 1000;

    /// <summary>Searches as a request says that names a photograph which the server has.</summary>
    public SearchReport Search(ServedStore served, SearchRequest request, CancellationToken cancellationToken)
    {
        _ = served.RequirePhotographs();
        byte[] mask = Base64Image.ReadMask("mask", request.Mask);
        byte[]? negative = request.NegativeMask is null ? null : Base64Image.ReadMask("negativeMask", request.NegativeMask);
        return Search(served, Find(served, request.Image), mask, negative, request, cancellationToken);
    }

    /// <summary>Searches with a photograph that came with the request.</summary>
    public SearchReport Search(ServedStore served, byte[] photograph, byte[] mask, byte[]? negativeMask, SearchRequest request, CancellationToken cancellationToken)
    {
        Upload upload = uploads.Add(photograph);
        return Search(served, new PaintedQuery($"{served.Id}/{upload.Id}", () => upload.Bytes, null, served), mask, negativeMask, request, cancellationToken);
    }

    /// <summary>The similarity of every image of a store, without the query's own.</summary>
    public (FeatureArray Layer, RegionKernel Region, DatasetSimilarities Similarities) ScoreAll(
        ServedStore served, SearchRequest request, bool withContrast, CancellationToken cancellationToken)
    {
        PhotographSearch photographs = served.RequirePhotographs();
        PaintedQuery query = Find(served, request.Image);
        PixelImage brush = ReadBrush(photographs, query, Base64Image.ReadMask("mask", request.Mask));
        PixelImage? contrast = !withContrast || request.NegativeMask is null ? null : ReadNegativeBrush(photographs, query, Base64Image.ReadMask("negativeMask", request.NegativeMask));
        SearchRequestOptions options = new() { Where = request.Where, LeaveOut = LeaveOut(query, request.LeaveOut, excludeSelf: true) };
        return photographs.ScoreAll(Maps(photographs, query), brush, contrast, request.Layer, options, cancellationToken);
    }

    /// <summary>The similarity of every window of one image.</summary>
    public (FeatureArray Layer, RegionKernel Region, float[]? Similarities) ScoreImage(ServedStore served, MapRequest request, long index)
    {
        PhotographSearch photographs = served.RequirePhotographs();
        PaintedQuery query = Find(served, request.Image);
        PixelImage brush = ReadBrush(photographs, query, Base64Image.ReadMask("mask", request.Mask));
        FeatureArray features = served.Store.FindLayer(request.Layer);
        RegionKernel region = photographs.Region(Maps(photographs, query), brush, features).Region;
        return (features, region, RegionSearch.ScoreImage(features, region, index));
    }

    /// <summary>The photograph that a request names.</summary>
    public PaintedQuery Find(ServedStore served, QueryImageModel? image)
    {
        ServedStore paintedOn = image?.Store is { } store ? catalogue.Find(store) : served;
        _ = paintedOn.RequirePhotographs();
        switch (image)
        {
            case { Index: { } index, Upload: null }:
                paintedOn.EnsureImage(index);
                return new PaintedQuery($"{served.Id}/{paintedOn.Id}/{index}", () => paintedOn.ReadImage(index), served.FindRow(paintedOn, index), paintedOn);
            case { Index: null, Upload: { } id }:
                Upload upload = uploads.Find(id);
                return new PaintedQuery($"{served.Id}/{upload.Id}", () => upload.Bytes, null, paintedOn);
            default:
                throw new RequestException("'image' must have either an 'index' of the store or an 'upload'");
        }
    }

    private static PixelImage ReadBrush(PhotographSearch photographs, PaintedQuery query, byte[] mask) => Place(photographs, query, Base64Image.DecodeMask(mask));

    private static PixelImage ReadNegativeBrush(PhotographSearch photographs, PaintedQuery query, byte[] mask)
    {
        const string name = "the negative mask";
        PixelImage alpha = Base64Image.DecodeMask(mask, name);
        return QueryPart.Named(name, () => Place(photographs, query, alpha));
    }

    /// <summary>A mask on the crop that it was painted on, as it lies on the searched store's.</summary>
    private static PixelImage Place(PhotographSearch photographs, PaintedQuery query, PixelImage alpha)
    {
        ImageTransform painted = query.PaintedOn.RequirePhotographs().Transform;
        if (alpha.Width == painted.InputWidth && alpha.Height == painted.InputHeight && painted.Equals(photographs.Transform))
        {
            // Without reading the photograph.
            return alpha;
        }

        PixelImage photograph = ImageDecoder.Decode(query.Read());
        return BrushMask.OnCrop(alpha, photograph.Width, photograph.Height, painted, photographs.Transform);
    }

    private static long[] LeaveOut(PaintedQuery query, IReadOnlyList<long>? rows, bool excludeSelf) =>
        [.. rows ?? [], .. excludeSelf && query.Index is { } own ? (long[])[own] : []];

    private SearchReport Search(ServedStore served, PaintedQuery query, byte[] mask, byte[]? negativeMask, SearchRequest request, CancellationToken cancellationToken)
    {
        if (request.Top is < 1 or > MaximumTop)
        {
            throw new RequestException($"'top' is {request.Top}: it must be from 1 to {MaximumTop}");
        }

        PhotographSearch photographs = served.RequirePhotographs();
        PixelImage brush = ReadBrush(photographs, query, mask);
        PixelImage? negative = negativeMask is null ? null : ReadNegativeBrush(photographs, query, negativeMask);
        SearchRequestOptions options = new()
        {
            Top = request.Top ?? (request.Threshold is null ? 10 : MaximumTop),
            MinimumSimilarity = request.Threshold,
            BudgetMilliseconds = request.BudgetMilliseconds,
            Windows = request.Windows,
            Where = request.Where,
            Unique = request.Unique,
            NearDuplicates = request.NearDuplicates ?? (request.ExcludeSelf && query.Index is null ? NearDuplicateRule.SameCosine : null),
            LeaveOut = LeaveOut(query, request.LeaveOut, request.ExcludeSelf),
        };

        // While a stroke grows, the last answer's images are likely to be in the next one too.
        string stroke = $"{query.Key}/{request.Layer}";
        (FeatureArray array, RegionKernel region, SearchAnswer answer) = photographs.Search(
            Maps(photographs, query), brush, negative, request.Layer, options, cache.LastAnswer(stroke), cancellationToken);
        cache.KeepAnswer(stroke, [.. answer.Matches.Take(100).Select(match => match.Index)]);
        return SearchReport.Create(served.Store, array, region, answer, request.Columns ?? []);
    }

    private IReadOnlyList<float[]> Maps(PhotographSearch photographs, PaintedQuery query) => cache.Maps(
        query.Key,
        () => photographs.Extract(cache.Crop(query.Key, () => photographs.Transform.Cut(ImageDecoder.Decode(query.Read())))));
}
