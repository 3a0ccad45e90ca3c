using System.CommandLine;
using BenchmarkDotNet.Running;
using VisualFeatureSearch.Benchmarks;

Option<int> runs = new("--runs") { Description = "Measured runs; the median is reported.", DefaultValueFactory = _ => 7 };

Option<string> photographs = new("--photographs") { Description = "A folder of JPEG photographs.", DefaultValueFactory = _ => "assets/gallery" };
Command precompute = new("precompute", "Images per second of precompute against the bare network in a loop, in the same run.") { photographs, runs };
precompute.SetAction((parsed, _) => PrecomputeBenchmark.RunAsync(parsed.GetValue(photographs)!, parsed.GetValue(runs)));

Option<string> store = new("--store") { Description = "Where to make, or find, the generated store.", Required = true };
Option<int> images = new("--images") { DefaultValueFactory = _ => 40_504 };
Option<int> channels = new("--channels") { DefaultValueFactory = _ => 512 };
Option<int> grid = new("--grid") { DefaultValueFactory = _ => 7 };
Command search = new("search", "Milliseconds of the plain exact search over a generated store, with peak memory, against reading its bytes.") { store, images, channels, grid, runs };
search.SetAction(parsed => SearchBenchmark.Run(
    parsed.GetValue(store)!, parsed.GetValue(images), parsed.GetValue(channels), parsed.GetValue(grid), parsed.GetValue(runs)));

Argument<string[]> rest = new("ARGS") { Arity = ArgumentArity.ZeroOrMore };
Command kernels = new("kernels", "BenchmarkDotNet over the kernels of the scan.") { rest };
kernels.SetAction(parsed => BenchmarkRunner.Run<KernelBenchmarks>(args: parsed.GetValue(rest)));

return await new RootCommand("Benchmarks of VisualFeatureSearch: always in Release.") { precompute, search, kernels }.Parse(args).InvokeAsync().ConfigureAwait(false);
