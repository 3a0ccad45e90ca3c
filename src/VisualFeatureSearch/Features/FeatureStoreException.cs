namespace VisualFeatureSearch.Features;

/// <summary>A feature store that cannot be opened, searched or continued as it is. The message says why.</summary>
public sealed class FeatureStoreException : IOException
{
    /// <summary>Creates the exception with its message.</summary>
    public FeatureStoreException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its message and the failure underneath.</summary>
    public FeatureStoreException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception without a message of its own.</summary>
    public FeatureStoreException()
    {
    }
}
