namespace VisualFeatureSearch.Cli.Terminal;

/// <summary>A command line that asks for something that makes no sense; the message names the option.</summary>
internal sealed class UsageException : Exception
{
    public UsageException(string message)
        : base(message)
    {
    }

    public UsageException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public UsageException()
    {
    }
}
