using VisualFeatureSearch.Imaging;

namespace VisualFeatureSearch.Regions;

/// <summary>A file or mask of a query: what is wrong with it is told with its name.</summary>
public static class QueryPart
{
    /// <summary>Reads a part of a query.</summary>
    /// <param name="name">What to call it in front of what is wrong with it.</param>
    /// <param name="read">Reads it.</param>
    /// <exception cref="ImageException">It is no image that can be used.</exception>
    /// <exception cref="RegionException">It cannot be searched for.</exception>
    public static T Named<T>(string name, Func<T> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        try
        {
            return read();
        }
        catch (ImageException exception)
        {
            throw new ImageException($"{name}: {exception.Message}", exception);
        }
        catch (RegionException exception)
        {
            throw new RegionException($"{name}: {exception.Message}", exception);
        }
    }
}
