using System.CommandLine;
using Spectre.Console;
using VisualFeatureSearch.Batch;
using VisualFeatureSearch.Cli.Terminal;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Search;

namespace VisualFeatureSearch.Cli.Commands;

/// <summary><c>vissearch search --batch</c>: many queries from a table, their answers as a table.</summary>
internal sealed class BatchRun
{
    private readonly Option<string?> _out = new("--out") { HelpName = "FILE", Description = "With --batch: the table of answers, .csv, .jsonl or .parquet; without it CSV, or with --json JSON lines, on stdout." };
    private readonly Option<string[]> _columns = new("--column") { HelpName = "NAME", Description = "With --batch: a manifest column to report with each match; may be given several times." };
    private readonly Option<bool> _excludeSelf = new("--exclude-self") { Description = "With --batch: leave out a query's own photograph, and copies of it, where the store has them." };

    /// <summary>The table of queries.</summary>
    public Option<string?> Batch { get; } = new("--batch")
    {
        HelpName = "FILE",
        Description = "A table of queries (CSV, JSON lines, Parquet): path, and mask or x, y, width, height in pixels of the photograph; perhaps negative, layer, label.",
    };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[Batch, _out, _columns, _excludeSelf])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Refuses what is only for a table of queries where there is none.</summary>
    /// <exception cref="UsageException">Such an option is given.</exception>
    public void EnsureUnused(ParseResult parsed)
    {
        foreach (Option option in (Option[])[_out, _columns, _excludeSelf])
        {
            if (parsed.GetResult(option) is { Implicit: false })
            {
                throw new UsageException($"{option.Name} needs --batch");
            }
        }
    }

    /// <summary>Answers all queries of a table.</summary>
    /// <returns>The exit code: 1 where a query could not be answered.</returns>
    public int Run(ParseResult parsed, FeatureStore store, string? layer, string? model, ExecutionProvider provider, SearchRequestOptions request, bool useIndex, bool json, CancellationToken cancellationToken)
    {
        BatchQueries queries = BatchQueries.Open(parsed.GetValue(Batch)!);
        string[] columns = parsed.GetValue(_columns) ?? [];
        string? path = parsed.GetValue(_out);
        using PhotographSearch search = new(store, model, useIndex, provider);
        BatchSearch batch = new(search) { Layer = layer, Request = request, ExcludeSelf = parsed.GetValue(_excludeSelf), Columns = columns };
        IEnumerable<BatchOutcome> outcomes = batch.Run(queries, cancellationToken);
        using BatchWriter writer = path is null ? new BatchWriter(Console.Out, json, columns) : new BatchWriter(path, columns);
        List<BatchOutcome> failed = [];
        try
        {
            Answer(outcomes, queries.Queries.Count, writer, failed);
        }
        catch (OperationCanceledException) when (writer.PartialPath is { } partial)
        {
            Console.Error.WriteLine($"stopped: the answers so far are in {partial}");
            throw;
        }

        writer.Complete();
        foreach (BatchOutcome outcome in failed)
        {
            Console.Error.WriteLine($"query {outcome.Query.Number} ({outcome.Query.Path}): {outcome.Problem}");
        }

        if (path is not null || failed.Count > 0)
        {
            Console.Error.WriteLine($"{queries.Queries.Count - failed.Count:N0} of {queries.Queries.Count:N0} queries answered{(path is null ? "" : $": {path}")}");
        }

        return failed.Count > 0 ? 1 : 0;
    }

    private static void Answer(IEnumerable<BatchOutcome> outcomes, int count, BatchWriter writer, List<BatchOutcome> failed)
    {
        if (Console.IsErrorRedirected)
        {
            Write(() => { });
            return;
        }

        ProgressBars.Stderr.Progress().AutoClear(true).Start(context =>
        {
            ProgressTask task = context.AddTask("Searching", maxValue: count);
            Write(() => task.Increment(1));
        });

        void Write(Action done)
        {
            foreach (BatchOutcome outcome in outcomes)
            {
                if (outcome.Report is null)
                {
                    failed.Add(outcome);
                }
                else
                {
                    writer.Write(outcome);
                }

                done();
            }
        }
    }
}
