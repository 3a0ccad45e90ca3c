namespace VisualFeatureSearch.Search.Index;

/// <summary>An index that cannot be built, or whose files are damaged.</summary>
public sealed class IndexException : Exception
{
    /// <summary>Creates the exception with its message.</summary>
    public IndexException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its message and the failure underneath.</summary>
    public IndexException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception without a message of its own.</summary>
    public IndexException()
    {
    }
}
