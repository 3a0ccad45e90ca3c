using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Server.Api;
using VisualFeatureSearch.Server.Articles.Cells;
using VisualFeatureSearch.Server.Images;
using VisualFeatureSearch.Server.Problems;
using VisualFeatureSearch.Server.Stores;

namespace VisualFeatureSearch.Server.Articles.Rendering;

/// <summary>A highlight of an article, ready to be searched for.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Store">The store on whose crop it is painted.</param>
/// <param name="Image">The photograph.</param>
/// <param name="Photograph">Reads the photograph's file.</param>
/// <param name="Mask">A PNG as data URL whose alpha is the brush, of the crop's size, in the brush's colour.</param>
internal sealed record PaintedHighlight(HighlightCell Cell, ServedStore Store, QueryImageModel Image, Func<byte[]> Photograph, string Mask)
{
    /// <summary>What a reader painted as counting against a result, a PNG as data URL; null for nothing.</summary>
    public string? NegativeMask { get; init; }

    /// <summary>The search for it.</summary>
    public SearchRequest ToRequest(string? layer = null, int? top = null) => new(Image, Mask, layer, top) { ExcludeSelf = true, NegativeMask = NegativeMask };

    /// <summary>Reads a highlight as the article has it.</summary>
    /// <param name="article">The article.</param>
    /// <param name="cell">Its cell.</param>
    /// <param name="catalogue">The stores.</param>
    /// <param name="uploads">Takes a photograph in that is in no store.</param>
    /// <param name="painted">What a reader painted instead, a PNG as data URL; null for the article's own.</param>
    /// <exception cref="KeyNotFoundException">There is no such store.</exception>
    /// <exception cref="ImageException">The photograph or the mask cannot be read.</exception>
    public static PaintedHighlight Read(ArticleFile article, HighlightCell cell, StoreCatalogue catalogue, UploadCache uploads, string? painted)
    {
        ServedStore store = cell.Store is null ? catalogue.Stores[0] : catalogue.Find(cell.Store);
        ImageTransform transform = store.RequirePhotographs().Transform;
        (QueryImageModel image, Func<byte[]> read) = FindImage(article, cell, store, uploads);
        return new PaintedHighlight(cell, store, image, read, painted ?? Encode(Draw(article, cell, transform, read)));
    }

    private static (QueryImageModel Image, Func<byte[]> Read) FindImage(ArticleFile article, HighlightCell cell, ServedStore store, UploadCache uploads)
    {
        for (int row = 0; row < store.Store.Images.Count; row++)
        {
            if (store.Store.Images[row].Path == cell.Image)
            {
                int index = row;
                return (new QueryImageModel(Index: row, Store: store.Id), () => store.ReadImage(index));
            }
        }

        if (!File.Exists(Path.Combine(article.Folder, cell.Image!)))
        {
            throw new ImageException($"'image' is {cell.Image}: the store {store.Id} has no such path, and there is no such file beside the article");
        }

        Upload upload = uploads.Add(ArticlePictures.Read(article.Folder, Uri.EscapeDataString(cell.Image!)));
        return (new QueryImageModel(Upload: upload.Id, Store: store.Id), () => upload.Bytes);
    }

    private static PixelImage Draw(ArticleFile article, HighlightCell cell, ImageTransform transform, Func<byte[]> read)
    {
        if (cell.Mask is not null)
        {
            PixelImage photograph = ImageDecoder.Decode(read());
            PixelImage mask = ImageDecoder.DecodeAlpha(ArticlePictures.Read(article.Folder, Uri.EscapeDataString(cell.Mask)));
            return BrushMask.OnCrop(mask, photograph.Width, photograph.Height, transform);
        }

        (int width, int height) = (transform.InputWidth, transform.InputHeight);
        byte[] alpha = new byte[width * height];
        for (int i = 0; i < alpha.Length; i++)
        {
            (double x, double y) = (((i % width) + 0.5) / width, ((i / width) + 0.5) / height);
            alpha[i] = cell.Ellipse is { } ellipse ? IsInEllipse(ellipse, x, y) : IsInBox(cell.Box!, x, y);
        }

        return alpha.AsSpan().ContainsAnyExcept((byte)0)
            ? new PixelImage(width, height, 1, alpha)
            : throw new RequestException("the highlight is smaller than a pixel");
    }

    private static byte IsInEllipse(IReadOnlyList<double> ellipse, double x, double y) =>
        Math.Pow((x - ellipse[0]) / ellipse[2], 2) + Math.Pow((y - ellipse[1]) / ellipse[3], 2) <= 1 ? byte.MaxValue : (byte)0;

    private static byte IsInBox(IReadOnlyList<double> box, double x, double y) =>
        x >= box[0] && x < box[0] + box[2] && y >= box[1] && y < box[1] + box[3] ? byte.MaxValue : (byte)0;

    /// <summary>In the brush's colour, so that the same PNG is the mask of a search and what lies over the photograph.</summary>
    private static string Encode(PixelImage alpha) => $"data:image/png;base64,{Convert.ToBase64String(ImageEncoder.ToBrushPng(alpha, 0xFF, 0x7A, 0x1A))}";
}
