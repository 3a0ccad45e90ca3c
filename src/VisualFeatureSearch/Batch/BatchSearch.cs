using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search;

namespace VisualFeatureSearch.Batch;

/// <summary>Searches a store by many queries, one after another; while one is searched, the next photograph goes through the network.</summary>
public sealed class BatchSearch
{
    private readonly PhotographSearch _search;

    /// <summary>Prepares a batch.</summary>
    /// <param name="search">The store with its network.</param>
    public BatchSearch(PhotographSearch search)
    {
        ArgumentNullException.ThrowIfNull(search);
        _search = search;
    }

    /// <summary>The layer of queries that name none; null for the store's last one.</summary>
    public string? Layer { get; init; }

    /// <summary>What else is asked for, of every query.</summary>
    public SearchRequestOptions Request { get; init; } = new();

    /// <summary>
    /// Whether an image of the store that is the query's own photograph is left out: the same file, or one of the same features,
    /// as a copy is, and the file itself once the images were moved.
    /// </summary>
    public bool ExcludeSelf { get; init; }

    /// <summary>Columns of the manifest to report with each match.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>Answers the queries in their order. A query that cannot be answered, such as one with a broken photograph, has a problem instead; the others go on.</summary>
    /// <param name="queries">The queries.</param>
    /// <param name="cancellationToken">Ends the batch between two queries.</param>
    /// <exception cref="SearchRequestException">A value of the request is out of its range.</exception>
    /// <exception cref="DatasetException">A condition or column makes no sense for the manifest.</exception>
    /// <exception cref="FeatureStoreException">There is no such layer.</exception>
    /// <exception cref="Models.ModelException">The network is not found, or is another one.</exception>
    public IEnumerable<BatchOutcome> Run(BatchQueries queries, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(queries);

        // What is wrong for all of them is told at once, and not once for each.
        FeatureStore store = _search.Store;
        Request.EnsureValid();
        _ = store.FindLayer(Layer);
        _search.LoadModel();
        Dictionary<string, long> rows = new(StringComparer.Ordinal);
        for (int row = 0; ExcludeSelf && row < store.Images.Count; row++)
        {
            rows.TryAdd(Path.GetFullPath(Path.Combine(store.Header!.ImagesRoot, store.Images[row].Path)), row);
        }

        return Answer(queries, rows, cancellationToken);
    }

    private IEnumerable<BatchOutcome> Answer(BatchQueries queries, Dictionary<string, long> rows, CancellationToken cancellationToken)
    {
        using ImageFiles files = new(queries.Root);
        IReadOnlyList<BatchQuery> all = queries.Queries;
        Task<Prepared> next = Task.Run(() => Prepare(files, all[0], null), cancellationToken);
        for (int i = 0; i < all.Count; i++)
        {
            Prepared prepared = next.GetAwaiter().GetResult();
            if (i + 1 < all.Count)
            {
                BatchQuery following = all[i + 1];
                next = Task.Run(() => Prepare(files, following, prepared), cancellationToken);
            }

            cancellationToken.ThrowIfCancellationRequested();
            yield return prepared.Problem is { } problem ? new BatchOutcome(all[i], null, problem) : Search(all[i], prepared, rows.TryGetValue(Path.GetFullPath(Path.Combine(queries.Root, all[i].Path)), out long own) ? own : null, cancellationToken);
        }
    }

    /// <summary>Reads a query's files; the photograph goes through the network unless it is that of the query before.</summary>
    private Prepared Prepare(ImageFiles files, BatchQuery query, Prepared? before)
    {
        try
        {
            (int width, int height, IReadOnlyList<float[]> maps) = before is { Maps: { } known } && before.Path == query.Path
                ? (before.Width, before.Height, known)
                : Extract(ImageDecoder.Decode(files.Read(query.Path)));
            PixelImage brush = query.Mask is { } mask ? ReadBrush(mask) : Fill(query.Box!.Value, width, height);
            PixelImage? negative = query.Negative is { } against ? ReadBrush(against) : null;
            return new Prepared(query.Path, width, height, maps, brush, negative, null);

            PixelImage ReadBrush(string file) => QueryPart.Named(file, () => BrushMask.OnCrop(ImageDecoder.DecodeAlpha(files.Read(file)), width, height, _search.Transform));
        }
        catch (Exception exception) when (exception is ImageException or RegionException)
        {
            return new Prepared(query.Path, 0, 0, null, null, null, exception.Message);
        }
    }

    private (int Width, int Height, IReadOnlyList<float[]> Maps) Extract(PixelImage photograph) =>
        (photograph.Width, photograph.Height, _search.Extract(_search.Transform.Cut(photograph)));

    private BatchOutcome Search(BatchQuery query, Prepared prepared, long? own, CancellationToken cancellationToken)
    {
        SearchRequestOptions request = !ExcludeSelf ? Request : Request with
        {
            LeaveOut = own is { } row ? [.. Request.LeaveOut, row] : Request.LeaveOut,
            NearDuplicates = Request.NearDuplicates ?? NearDuplicateRule.SameCosine,
        };
        try
        {
            (FeatureArray layer, RegionKernel region, SearchAnswer answer) =
                _search.Search(prepared.Maps!, prepared.Brush!, prepared.Negative, query.Layer ?? Layer, request, cancellationToken: cancellationToken);
            return new BatchOutcome(query, SearchReport.Create(_search.Store, layer, region, answer, Columns), null);
        }
        catch (Exception exception) when (exception is RegionException || (exception is FeatureStoreException && query.Layer is not null))
        {
            return new BatchOutcome(query, null, exception.Message);
        }
    }

    /// <summary>The mask on the crop that is a box of the photograph.</summary>
    private PixelImage Fill(PixelBox box, int width, int height)
    {
        int left = Math.Clamp(box.X, 0, width);
        int right = Math.Clamp(box.X + box.Width, 0, width);
        (int top, int bottom) = (Math.Clamp(box.Y, 0, height), Math.Clamp(box.Y + box.Height, 0, height));
        if (right <= left || bottom <= top)
        {
            throw new RegionException($"the box {box.X}, {box.Y}, {box.Width}, {box.Height} (x, y, width, height) has nothing of the photograph, which is {width} x {height} pixels");
        }

        byte[] alpha = new byte[width * height];
        for (int y = top; y < bottom; y++)
        {
            alpha.AsSpan((y * width) + left, right - left).Fill(byte.MaxValue);
        }

        PixelImage brush = BrushMask.OnCrop(new PixelImage(width, height, 1, alpha), width, height, _search.Transform);
        return brush.Pixels.AsSpan().ContainsAnyExcept((byte)0) ? brush
            : throw new RegionException($"the box {box.X}, {box.Y}, {box.Width}, {box.Height} (x, y, width, height) is outside of the part of the photograph that the network sees");
    }

    /// <summary>A query's files, read: either everything or a problem.</summary>
    private sealed record Prepared(string Path, int Width, int Height, IReadOnlyList<float[]>? Maps, PixelImage? Brush, PixelImage? Negative, string? Problem);
}
