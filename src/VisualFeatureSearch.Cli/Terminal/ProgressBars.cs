using Spectre.Console;

namespace VisualFeatureSearch.Cli.Terminal;

/// <summary>Progress bars on stderr.</summary>
internal static class ProgressBars
{
    public static IAnsiConsole Stderr { get; } = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });

    /// <summary>Moves a bar forward with what is reported from any thread, in any order.</summary>
    /// <typeparam name="T">What is reported.</typeparam>
    public sealed class Bar<T>(ProgressTask task, Func<T, double> done) : IProgress<T>
    {
        public void Report(T value)
        {
            lock (task)
            {
                task.Value = Math.Max(task.Value, done(value));
            }
        }
    }
}
