namespace VisualFeatureSearch.Models;

/// <summary>A network that cannot be loaded, or a layer that it does not have. The message says why.</summary>
public sealed class ModelException : Exception
{
    /// <summary>Creates the exception with its message.</summary>
    public ModelException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with its message and the failure underneath.</summary>
    public ModelException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception without a message of its own.</summary>
    public ModelException()
    {
    }
}
