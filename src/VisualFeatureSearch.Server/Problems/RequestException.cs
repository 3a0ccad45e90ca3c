namespace VisualFeatureSearch.Server.Problems;

/// <summary>A request with a field that is missing or has a value it cannot have; the message names it.</summary>
internal sealed class RequestException : Exception
{
    public RequestException(string message)
        : base(message)
    {
    }

    public RequestException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public RequestException()
    {
    }
}
