namespace VisualFeatureSearch.Search;

/// <summary>A search was asked for something that cannot be: the message names the field, as the HTTP API calls it.</summary>
public sealed class SearchRequestException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="field">The field of <see cref="SearchRequestOptions"/>, as the HTTP API calls it.</param>
    /// <param name="problem">What its value is and what it must be, to stand behind its name.</param>
    public SearchRequestException(string field, string problem)
        : base($"'{field}' {problem}")
    {
        Field = field;
        Problem = problem;
    }

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

    /// <summary>The field, as the HTTP API calls it; null where there is none.</summary>
    public string? Field { get; }

    /// <summary>What its value is and what it must be.</summary>
    public string Problem { get; } = "";
}
