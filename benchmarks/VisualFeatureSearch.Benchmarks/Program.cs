using System.CommandLine;
using BenchmarkDotNet.Running;
using VisualFeatureSearch.Benchmarks;
using VisualFeatureSearch.Features;

Option<int> runs = new("--runs") { Description = "Measured runs; the median is reported.", DefaultValueFactory = _ => 7 };

Option<string> photographs = new("--photographs") { Description = "A folder of JPEG photographs.", DefaultValueFactory = _ => GalleryCrops.Gallery };
Command precompute = new("precompute", "Images per second of precompute against the bare network in a loop, in the same run.") { photographs, runs };
precompute.SetAction((parsed, _) => PrecomputeBenchmark.RunAsync(parsed.GetValue(photographs)!, parsed.GetValue(runs)));

Option<string> store = new("--store") { Description = "Where to make, or find, the store.", Required = true };
Option<StoreKind?> kind = new("--kind") { Description = "What to generate; without it the store must be there." };
Option<int> images = new("--images") { DefaultValueFactory = _ => 50_000 };
Option<int> channels = new("--channels") { DefaultValueFactory = _ => 512 };
Option<int> grid = new("--grid") { DefaultValueFactory = _ => 7 };
Option<int> plain = new("--plain") { Description = "How many of the queries the plain scan answers too.", DefaultValueFactory = _ => 7 };
Option<string?> only = new("--mask") { Description = "Only the mask of this name." };
only.AcceptOnlyFromAmong([.. SearchBenchmark.Masks(7).Select(mask => mask.Name)]);
Command search = new("search", "Milliseconds of the search through an index and of the plain scan, against reading the bytes; all answers are compared.") { store, kind, images, channels, grid, runs, plain, only };
search.SetAction(parsed =>
{
    string path = parsed.GetValue(store)!;
    FeatureStore opened = parsed.GetValue(kind) is { } wanted
        ? GeneratedStore.Open(path, wanted, parsed.GetValue(images), parsed.GetValue(channels), parsed.GetValue(grid))
        : FeatureStore.Open(path);
    return SearchBenchmark.Run(opened, parsed.GetValue(runs), parsed.GetValue(plain), parsed.GetValue(only));
});

Option<int> queries = new("--queries") { DefaultValueFactory = _ => 10_000 };
Command equivalence = new("equivalence", "Compares the answers of the index and of the plain scan over stores of every kind; fails if any differs.") { queries };
equivalence.SetAction(parsed => EquivalenceCheck.Run(parsed.GetValue(queries)));

Option<double> minutes = new("--minutes") { DefaultValueFactory = _ => 60 };
Option<long> firstInput = new("--first") { Description = "The number of the first input, to look at one again." };
Command fuzz = new("fuzz", "Reads damaged Zarr stores; fails at the first crash, hang or large allocation.") { minutes, firstInput };
fuzz.SetAction(parsed => FuzzCheck.Run(parsed.GetValue(minutes), parsed.GetValue(firstInput)));

Option<string> format = new("--format") { DefaultValueFactory = _ => "csv" };
Option<int> rows = new("--rows") { DefaultValueFactory = _ => 100_000 };
Option<bool> withQueries = new("--where") { Description = "Load it for conditions as well." };
Command manifest = new("manifest", "Time and memory to load a manifest of 20 columns.") { format, rows, withQueries };
manifest.SetAction(parsed => ManifestBenchmark.Run(parsed.GetValue(format)!, parsed.GetValue(rows), 5, parsed.GetValue(withQueries)));

Option<int> clients = new("--clients") { DefaultValueFactory = _ => 8 };
Command concurrent = new("clients", "Searches of several clients at once against those of one.") { store, clients };
concurrent.SetAction(parsed => ClientsBenchmark.Run(FeatureStore.Open(parsed.GetValue(store)!), parsed.GetValue(clients)));

Option<int> cropImages = new("--images") { Description = "How many crops of the gallery to make the store of, where it is not there; 0 for the gallery itself." };
Option<int> strokeCount = new("--strokes") { DefaultValueFactory = _ => 200 };
Option<string> chromium = new("--chromium") { Description = "The browser.", DefaultValueFactory = _ => "/usr/bin/chromium" };
Command strokes = new("strokes", "From a stroke on the page to its results, in a real Chromium.") { store, cropImages, strokeCount, chromium };
strokes.SetAction(async (parsed, _) =>
    await StrokesBenchmark.RunAsync(await CropDataset.OpenAsync(parsed.GetValue(store)!, parsed.GetValue(cropImages)), parsed.GetValue(strokeCount), parsed.GetValue(chromium)!));

Option<string> pictures = new("--out") { Description = "The folder of the pictures.", DefaultValueFactory = _ => Path.Combine(GalleryCrops.Gallery, "..", "..", "docs", "images") };
Command screenshots = new("screenshots", "Renews the documentation's pictures of the pages.") { pictures, chromium };
screenshots.SetAction((parsed, _) => Screenshots.RunAsync(parsed.GetValue(pictures)!, parsed.GetValue(chromium)!));

Command quality = new("quality", "How good retrieval is on photographs with pasted objects, for layers, networks and shapes of the mask.");
quality.SetAction((_, _) => QualityBenchmark.RunAsync());

Argument<string[]> rest = new("ARGS") { Arity = ArgumentArity.ZeroOrMore };
Command kernels = new("kernels", "BenchmarkDotNet over the kernels of the scan and of the index.") { rest };
kernels.SetAction(parsed => BenchmarkSwitcher.FromTypes([typeof(KernelBenchmarks), typeof(CodeKernelBenchmarks)]).Run(parsed.GetValue(rest)));

return await new RootCommand("Benchmarks of VisualFeatureSearch: always in Release.") { precompute, search, equivalence, fuzz, manifest, concurrent, strokes, screenshots, quality, kernels }.Parse(args).InvokeAsync().ConfigureAwait(false);
