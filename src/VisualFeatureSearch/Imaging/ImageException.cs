namespace VisualFeatureSearch.Imaging;

/// <summary>An image file that cannot be used. The message says why in words for the person who brought it.</summary>
public sealed class ImageException : IOException
{
    /// <summary>Creates the exception with its message.</summary>
    public ImageException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its message and the failure underneath.</summary>
    public ImageException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception without a message of its own.</summary>
    public ImageException()
    {
    }
}
