using System.Runtime.ExceptionServices;

namespace VisualFeatureSearch.Search;

/// <summary>Several workers at one job.</summary>
internal static class Workers
{
    /// <summary>Runs workers side by side until all have ended. What one of them throws is thrown as it is.</summary>
    /// <param name="count">How many.</param>
    /// <param name="work">What each does; told its number.</param>
    /// <param name="cancellationToken">Ends the job early.</param>
    /// <exception cref="OperationCanceledException">The job was cancelled.</exception>
    public static void Run(int count, Action<int> work, CancellationToken cancellationToken = default)
    {
        try
        {
            Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = count, CancellationToken = cancellationToken }, work);
        }
        catch (AggregateException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }
    }
}
