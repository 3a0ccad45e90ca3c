namespace VisualFeatureSearch.Search;

/// <summary>A search was asked for something that cannot be: the message names the option.</summary>
public sealed class SearchRequestException : Exception
{
    /// <summary>Creates the exception with its message.</summary>
    public SearchRequestException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its message and the failure underneath.</summary>
    public SearchRequestException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception without a message of its own.</summary>
    public SearchRequestException()
    {
    }
}
