namespace VisualFeatureSearch.Zarr;

/// <summary>A Zarr store, group, array or chunk that cannot be read or written as it is. The message names it.</summary>
public sealed class ZarrException : IOException
{
    /// <summary>Creates the exception with a message that names the key and says what is wrong.</summary>
    public ZarrException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and the failure underneath.</summary>
    public ZarrException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception without a message of its own.</summary>
    public ZarrException()
    {
    }
}
