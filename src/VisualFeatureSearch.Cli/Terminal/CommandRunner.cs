using System.CommandLine;
using System.CommandLine.Parsing;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Search.Index;
using VisualFeatureSearch.Server.Articles;
using VisualFeatureSearch.Zarr;

namespace VisualFeatureSearch.Cli.Terminal;

/// <summary>Runs a command; what goes wrong becomes one message on stderr and an exit code.</summary>
internal static class CommandRunner
{
    public const int Failed = 1;
    public const int BadUsage = 2;

    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0 && WantsCommand(parsed) && CommandPath(parsed).Split(' ').Skip(1).SequenceEqual(args))
        {
            // Nothing was asked, so a newcomer asks what there is.
            return await root.Parse([.. args, "--help"]).InvokeAsync().ConfigureAwait(false);
        }

        string[] mistakes = FindMistakes(parsed);
        if (mistakes.Length > 0)
        {
            return await RefuseAsync(parsed, mistakes).ConfigureAwait(false);
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false }).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is UsageException or SearchRequestException)
        {
            string message = exception is SearchRequestException { Field: { } field } wrong ? $"'{OptionOf(field)}' {wrong.Problem}" : exception.Message;
            return await RefuseAsync(parsed, message).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("vissearch: stopped").ConfigureAwait(false);
            return Failed;
        }
        catch (Exception exception) when (IsExpected(exception))
        {
            string hint = exception is ZarrException && parsed.CommandResult.Command.Name != "verify" ? "\nWhat else is damaged: vissearch verify STORE, which mends it with --repair" : "";
            await Console.Error.WriteLineAsync($"vissearch: {exception.Message}{hint}").ConfigureAwait(false);
            return Failed;
        }
    }

    private static async Task<int> RefuseAsync(ParseResult parsed, params string[] messages)
    {
        foreach (string message in messages)
        {
            await Console.Error.WriteLineAsync($"vissearch: {message}").ConfigureAwait(false);
        }

        await Console.Error.WriteLineAsync($"See: {CommandPath(parsed)} --help").ConfigureAwait(false);
        return BadUsage;
    }

    /// <summary>Whether what is asked for has commands of its own, one of which must follow.</summary>
    private static bool WantsCommand(ParseResult parsed) => parsed.CommandResult.Command.Subcommands.Count > 0;

    /// <summary>What is wrong with a command line before anything is done; nothing where it can be.</summary>
    private static string[] FindMistakes(ParseResult parsed)
    {
        if (FindForgotten(parsed.CommandResult) is { } forgotten)
        {
            return [$"{forgotten} needs a value"];
        }

        if (parsed.Errors.Count == 0)
        {
            return FindEmpty(parsed.CommandResult) is { } empty ? [$"{empty} is empty"] : [];
        }

        return WantsCommand(parsed) && parsed.UnmatchedTokens.FirstOrDefault(token => !token.StartsWith('-')) is { } unknown
            ? [$"there is no command '{unknown}': the commands are {string.Join(", ", parsed.CommandResult.Command.Subcommands.Select(command => command.Name))}"]
            : [.. parsed.Errors.Select(Describe)];
    }

    /// <summary>What is wrong, on one line and with the name of the option.</summary>
    private static string Describe(ParseError error)
    {
        string message = string.Join(' ', error.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        OptionResult? option = error.SymbolResult as OptionResult ?? error.SymbolResult?.Parent as OptionResult;
        return option is null || message.Contains(option.Option.Name, StringComparison.Ordinal) ? message : $"{option.Option.Name}: {message}";
    }

    /// <summary>An option whose value was forgotten, so that the next option was taken for it; null where there is none.</summary>
    private static string? FindForgotten(CommandResult command) => command.Children.OfType<OptionResult>()
        .FirstOrDefault(option => option.Tokens.Any(token => command.Command.Options.Any(other => other.Name == token.Value)))?.Option.Name;

    /// <summary>An argument or option that is given as an empty text, as by a script whose variable is not set; null where there is none.</summary>
    private static string? FindEmpty(CommandResult command)
    {
        foreach (SymbolResult child in command.Children)
        {
            if (child.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
            {
                return child is OptionResult option ? option.Option.Name : ((ArgumentResult)child).Argument.Name;
            }
        }

        return null;
    }

    /// <summary>What the command line calls a field of a search.</summary>
    private static string OptionOf(string field) => field switch
    {
        "budgetMilliseconds" => "--budget",
        "nearDuplicates" => "--near-duplicates",
        "leaveOut" => "--leave-out",
        _ => "--" + field,
    };

    private static bool IsExpected(Exception exception) => exception
        is ArticleException or FeatureStoreException or ZarrException or ModelException or ImageException or RegionException or DatasetException or IndexException
        or IOException or UnauthorizedAccessException;

    private static string CommandPath(ParseResult parsed)
    {
        List<string> names = [];
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult command; at = at.Parent)
        {
            names.Insert(0, at.Parent is null ? "vissearch" : command.Command.Name);
        }

        return string.Join(' ', names);
    }
}
