using VisualFeatureSearch.Analysis;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Search;

namespace VisualFeatureSearch.Server.Stores;

/// <summary>A store that is being served, under an identifier of its own.</summary>
internal sealed class ServedStore : IDisposable
{
    private readonly ImageFiles? _files;
    private readonly string? _imagesRoot;
    private readonly Lazy<IReadOnlyDictionary<string, long>> _rows;

    public ServedStore(string id, FeatureStore store, ServerOptions options)
    {
        Id = id;
        Store = store;
        _imagesRoot = options.ImagesRoot;
        _rows = new(() => SharedImages.RowsOf(store, options.ImagesRoot));
        if (store.Header is { } header)
        {
            _files = new ImageFiles(options.ImagesRoot ?? header.ImagesRoot);
            Photographs = new PhotographSearch(store, options.Model, provider: options.Provider);
        }
    }

    public string Id { get; }

    /// <summary>
    /// The folder that photographs would be read from, where there is none; null where it is there, and for a store that needs none: one
    /// of another tool, or whose manifest has whole paths.
    /// </summary>
    public string? MissingFolder =>
        _files is { } files && !Directory.Exists(files.Root) && Store.Images.Any(image => !Path.IsPathRooted(image.Path)) ? files.Root : null;

    public FeatureStore Store { get; }

    /// <summary>Searching by photographs; null for a store of another tool, which does not name its network.</summary>
    public PhotographSearch? Photographs { get; }

    public PhotographSearch RequirePhotographs() => Photographs
        ?? throw new FeatureStoreException(StoreVerifier.HasLostHeader(Store)
            ? $"the store '{Id}' has lost its .zattrs, which says with which model it was made: restore it from a copy of the store"
            : $"the store '{Id}' was written by another tool and does not say which model it was made with, so it cannot be searched by photographs");

    /// <summary>The bytes of an image's file.</summary>
    /// <param name="index">The image's row.</param>
    /// <exception cref="KeyNotFoundException">There is no such image.</exception>
    /// <exception cref="ImageException">The file cannot be read any more.</exception>
    public byte[] ReadImage(long index)
    {
        EnsureImage(index);
        string path = Store.Images[(int)index].Path;
        try
        {
            return _files!.Read(path);
        }
        catch (ImageException exception)
        {
            throw new ImageException($"the image {index}, {Path.Combine(_files!.Root, path)}, cannot be read: {exception.Message}. If the folder has moved, start the server with --images-root", exception);
        }
    }

    /// <exception cref="KeyNotFoundException">There is no such image, or the store does not know its images' files.</exception>
    public void EnsureImage(long index)
    {
        if (index < 0 || index >= Store.Count)
        {
            throw new KeyNotFoundException($"the store '{Id}' has no image {index}: its images are 0 to {Store.Count - 1}");
        }

        if (_files is null)
        {
            throw new KeyNotFoundException($"the store '{Id}' was written by another tool and does not name its images' files");
        }
    }

    /// <summary>The row of an image of this or another store; null where this store does not have it.</summary>
    public long? FindRow(ServedStore store, long index) =>
        store == this ? index
        : SharedImages.FileOf(store.Store, index, _imagesRoot) is { } file && _rows.Value.TryGetValue(file, out long row) ? row
        : null;

    public void LoadModel()
    {
        try
        {
            Photographs?.LoadModel();
        }
        catch (ModelException exception)
        {
            throw new ModelException($"{Store.Location}: {exception.Message}", exception);
        }
    }

    public void Dispose()
    {
        Photographs?.Dispose();
        _files?.Dispose();
    }
}
