namespace VisualFeatureSearch.Datasets;

/// <summary>A dataset that cannot be listed: a missing folder, a manifest without paths. The message names the file and the line or column.</summary>
public sealed class DatasetException : IOException
{
    /// <summary>Creates the exception with its message.</summary>
    public DatasetException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its message and the failure underneath.</summary>
    public DatasetException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception without a message of its own.</summary>
    public DatasetException()
    {
    }
}
