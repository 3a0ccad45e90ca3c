namespace VisualFeatureSearch.Regions;

/// <summary>A query that cannot be searched for: an empty mask, a mask of another shape, features that are all zero.</summary>
public sealed class RegionException : Exception
{
    /// <summary>Creates the exception with its message.</summary>
    public RegionException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its message and the failure underneath.</summary>
    public RegionException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception without a message of its own.</summary>
    public RegionException()
    {
    }
}
