namespace VisualFeatureSearch.Server.Articles;

/// <summary>An article that cannot be read or a cell that cannot be answered; the message names the file and the line.</summary>
public sealed class ArticleException : Exception
{
    /// <summary>Creates the exception with its message.</summary>
    public ArticleException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its message and the failure underneath.</summary>
    public ArticleException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception without a message of its own.</summary>
    public ArticleException()
    {
    }
}
