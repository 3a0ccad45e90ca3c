using System.CommandLine;
using Spectre.Console;
using VisualFeatureSearch.Cli.Terminal;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;

namespace VisualFeatureSearch.Cli.Commands;

/// <summary><c>vissearch verify</c>: whether a store is what was written, and making damaged parts again.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        Argument<string> store = new("STORE") { Description = "A directory of features." };
        Option<bool> repair = new("--repair") { Description = "Compute damaged chunks again, and nothing else; build damaged indexes anew." };
        Option<string?> model = new("--model") { HelpName = "MODEL", Description = "Where the store's network is now, if it was moved." };
        Option<string?> images = new("--images") { HelpName = "IMAGES", Description = "The dataset that the store was made of, as for 'precompute': to write a damaged manifest again." };
        DatasetChoices dataset = new();
        Command command = new(
            "verify",
            """
            Reads every chunk, the manifest and the indexes of a store and compares them with the checksums that were written with
            them (SHA256SUMS, which 'sha256sum -c' reads too). Names what is wrong; exits with 1 if anything is, or is left after
            --repair.
            """)
        {
            store, repair, model, images,
        };
        dataset.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            FeatureStore opened = FeatureStore.Open(parsed.GetValue(store)!);
            StoreVerification found = Verify(opened, cancellationToken);
            foreach (StoreProblem problem in found.Problems)
            {
                Console.Error.WriteLine($"{problem.File}: {problem.Problem}");
            }

            string read = $"{Parsing.Plural(found.Chunks, "chunk")}, {Parsing.FormatBytes(found.Bytes)}";
            if (found.Problems.Count == 0)
            {
                Console.Out.WriteLine($"{opened.Location}: all right ({read}{(found.HasChecksums ? "" : "; it has no checksums, so only lengths and codecs could be checked")}){(opened.IsFinished ? "" : "; it is unfinished")}");
                return Task.FromResult(0);
            }

            if (!parsed.GetValue(repair))
            {
                Console.Error.WriteLine($"{opened.Location}: {Parsing.Plural(found.Problems.Count, "problem")} ({read}).{(opened.Header is null ? "" : $" Repair with: vissearch verify {opened.Location} --repair")}");
                return Task.FromResult(CommandRunner.Failed);
            }

            StoreRepairer repairer = new(opened, PrecomputeCommand.Now())
            {
                Model = parsed.GetValue(model),
                ImagesRoot = dataset.ImagesRoot(parsed),
                Images = parsed.GetValue(images) is { } path ? ImageList.Open(path, dataset.Read(parsed)) : null,
            };
            int left = repairer.Repair(found.Problems, (problem, done) => Console.Error.WriteLine($"{problem.File}: {done}"), cancellationToken);
            Console.Out.WriteLine($"{opened.Location}: {Parsing.Plural(found.Problems.Count - left, "problem")} repaired, {left} left");
            return Task.FromResult(left == 0 ? 0 : CommandRunner.Failed);
        });
        return command;
    }

    private static StoreVerification Verify(FeatureStore store, CancellationToken cancellationToken) => Console.IsErrorRedirected
        ? StoreVerifier.Verify(store, null, cancellationToken)
        : ProgressBars.Stderr.Progress()
            .AutoClear(true)
            .Start(context => StoreVerifier.Verify(store, new ProgressBars.Bar<double>(context.AddTask("Verifying", maxValue: 1), share => share), cancellationToken));
}
