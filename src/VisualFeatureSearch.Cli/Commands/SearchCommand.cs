using System.CommandLine;
using Spectre.Console;
using VisualFeatureSearch.Cli.Terminal;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Zarr;

namespace VisualFeatureSearch.Cli.Commands;

/// <summary><c>vissearch search</c>: the images most similar to a region, by photograph or by features.</summary>
internal static class SearchCommand
{
    public static Command Create()
    {
        Argument<string> store = new("STORE") { Description = "A directory, zip file or web address of features." };
        Option<string?> image = new("--image") { HelpName = "FILE", Description = "The query photograph." };
        Option<string?> mask = new("--mask") { HelpName = "FILE", Description = "A PNG whose alpha is the brush: as large as the crop that the network sees, or as the photograph." };
        Option<string?> layer = new("--layer") { HelpName = "L", Description = "The layer; without it the store's last one." };
        Option<string?> model = new("--model") { HelpName = "MODEL", Description = "Where the store's network is now, if it was moved." };
        Option<string> provider = ModelChoices.ProviderOption();
        Option<string?> array = new("--array") { HelpName = "NAME", Description = "The array to search with --query-features." };
        Option<string?> features = new("--query-features") { HelpName = "Q.npy", Description = "The query's feature map: C x H x W, or 1 x C x H x W." };
        Option<string?> maskArray = new("--mask-array") { HelpName = "M.npy", Description = "The region mask: H x W floats, usually 0 to 1." };
        Option<int?> top = new Option<int?>("--top") { HelpName = "K", Description = "How many images to return: 10, or with --threshold all." }.AsNumber();
        SearchQuestions questions = new();
        BatchRun batch = new();
        Option<bool> json = Parsing.JsonOption();
        Command command = new(
            "search",
            """
            Finds the images with the windows most similar to a region.

            By photograph, with the network that the store was made with:
              vissearch search photos.zarr --image dog.jpg --mask head.png --top 20
            By features, for scripts and for stores of other tools; no network is needed:
              vissearch search cache.zarr --array conv5 --query-features Q.npy --mask-array M.npy --json
            Many queries at once, from a table with a photograph and a mask or box a row:
              vissearch search photos.zarr --batch queries.csv --out answers.parquet
            """)
        {
            store, image, mask, layer, model, provider, array, features, maskArray, top, json,
        };
        questions.AddTo(command);
        batch.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            SearchRequestOptions request = questions.Read(parsed) with { Top = parsed.GetValue(top) };
            if (request.Top < 1)
            {
                throw new UsageException($"--top is {request.Top}: it must be at least 1");
            }

            request.EnsureValid();
            bool useIndex = !parsed.GetValue(questions.Plain);
            (string? Image, string? Mask) photograph = (parsed.GetValue(image), parsed.GetValue(mask));
            (string? Features, string? Mask) arrays = (parsed.GetValue(features), parsed.GetValue(maskArray));
            string path = parsed.GetValue(store)!;
            if (parsed.GetValue(batch.Batch) is not null)
            {
                if (photograph != (null, null) || arrays != (null, null) || parsed.GetValue(questions.Negative) is not null)
                {
                    throw new UsageException("--batch has the photographs and masks in its table: give it without --image, --mask, --negative, --query-features and --mask-array");
                }

                FeatureStore opened = FeatureStore.Open(path);
                WarnIfUnfinished(opened);
                return Task.FromResult(batch.Run(
                    parsed, opened, parsed.GetValue(layer) ?? parsed.GetValue(array), parsed.GetValue(model), ModelChoices.ReadProvider(parsed.GetValue(provider)!), request, useIndex, parsed.GetValue(json), cancellationToken));
            }

            batch.EnsureUnused(parsed);
            SearchReport report = (photograph, arrays) switch
            {
                (({ } file, { } brush), (null, null)) =>
                    ByPhotograph(path, file, brush, parsed.GetValue(questions.Negative), parsed.GetValue(layer) ?? parsed.GetValue(array), parsed.GetValue(model), ModelChoices.ReadProvider(parsed.GetValue(provider)!), request, useIndex, cancellationToken),
                ((null, null), ({ } query, { } region)) =>
                    ByFeatures(path, parsed.GetValue(array) ?? parsed.GetValue(layer), query, region, parsed.GetValue(questions.Negative), request, useIndex, cancellationToken),
                _ => throw new UsageException("give --image and --mask, or --query-features and --mask-array, or --batch"),
            };
            Write(report, parsed.GetValue(json));
            return Task.FromResult(0);
        });
        return command;
    }

    private static SearchReport ByPhotograph(
        string path, string image, string mask, string? negative, string? layer, string? model, ExecutionProvider provider, SearchRequestOptions request, bool useIndex, CancellationToken cancellationToken)
    {
        FeatureStore store = FeatureStore.Open(path);
        WarnIfUnfinished(store);
        using PhotographSearch search = new(store, model, useIndex, provider);
        PixelImage photograph = QueryFiles.ReadPhotograph("--image", image);
        PixelImage brush = QueryFiles.ReadBrush("--mask", mask, photograph, search.Transform);
        PixelImage? negativeBrush = negative is null ? null : QueryFiles.ReadBrush("--negative", negative, photograph, search.Transform);
        string? problem = WarnOfIndex(search.OpenLayer(layer));
        (FeatureArray array, RegionKernel region, SearchAnswer answer) =
            search.Search(search.Extract(search.Transform.Cut(photograph)), brush, negativeBrush, layer, request, cancellationToken: cancellationToken);
        WarnOfIndex(search.OpenLayer(layer), problem);
        return SearchReport.Create(store, array, region, answer);
    }

    private static SearchReport ByFeatures(
        string path, string? arrayName, string featuresFile, string maskFile, string? negativeFile, SearchRequestOptions request, bool useIndex, CancellationToken cancellationToken)
    {
        FeatureStore store = FeatureStore.Open(path);
        WarnIfUnfinished(store);
        if (arrayName is null && store.Arrays.Count > 1)
        {
            throw new UsageException($"--array is needed: {path} has {string.Join(", ", store.Arrays.Select(candidate => candidate.Name))}");
        }

        FeatureArray array = store.FindLayer(arrayName);
        NpyFile query = NpyFile.Read(featuresFile);
        int[] shape = [.. query.Shape.Count == 4 && query.Shape[0] == 1 ? query.Shape.Skip(1) : query.Shape];
        if (shape.Length != 3 || shape.Contains(0))
        {
            throw new RegionException($"{featuresFile} has the shape ({string.Join(", ", query.Shape)}): features need (C, H, W) or (1, C, H, W)");
        }

        using LayerSearch layer = LayerSearch.Open(store, arrayName, useIndex);
        string? problem = WarnOfIndex(layer);
        RegionKernel region = Region(maskFile);
        using ManifestQuery? manifest = request.Where is null && request.Unique is null || store.Header is null ? null : new ManifestQuery(store.ColumnNames, store.Images);
        SearchOptions options = request.Resolve(store, () => manifest!, query.Values) with { Negative = negativeFile is null ? null : Region(negativeFile) };
        SearchAnswer answer = layer.Search(region, options, cancellationToken);
        WarnOfIndex(layer, problem);
        return SearchReport.Create(store, array, region, answer);

        RegionKernel Region(string file)
        {
            NpyFile mask = ReadMask(file, featuresFile, shape);
            return QueryPart.Named(file, () => RegionKernel.Create(query.Values, shape[0], new RegionMask(shape[1], shape[2], mask.Values)));
        }
    }

    private static NpyFile ReadMask(string file, string featuresFile, int[] shape)
    {
        NpyFile mask = NpyFile.Read(file);
        if (mask.Shape.Count != 2 || mask.Shape[0] != shape[1] || mask.Shape[1] != shape[2])
        {
            throw new RegionException($"{file} has the shape ({string.Join(", ", mask.Shape)}): the features of {featuresFile} need a mask of ({shape[1]}, {shape[2]})");
        }

        return mask.ElementType.Kind is ZarrElementKind.Float or ZarrElementKind.Boolean
            ? mask
            : throw new RegionException($"{file} holds {mask.ElementType}: a mask needs floats, usually 0 to 1, or booleans (divide an alpha of 0..255 by 255)");
    }

    private static void Write(SearchReport report, bool asJson)
    {
        if (asJson)
        {
            Console.Out.WriteLine(report.ToJson());
            return;
        }

        bool hasManifest = report.Results.Any(result => result.Path is not null);
        Table table = Tables.New("Rank", "Similarity", "Window (y, x, h, w)", "Image", "Label");
        foreach (ResultReport result in report.Results)
        {
            table.AddCells(
                result.Rank, result.Similarity.ToString("0.0000"), string.Join("; ", (result.Windows?.Select(found => found.Window) ?? [result.Window]).Select(Describe)),
                hasManifest ? result.Path : result.Index, result.Label);
        }

        Tables.Write(table);
        StatsReport stats = report.Stats;
        Console.Out.WriteLine(
            $"{report.Query.Layer}, grid {report.Query.Grid.Height} x {report.Query.Grid.Width}: {Parsing.Plural(stats.Images, "image")} in {stats.Milliseconds:0.0} ms"
            + (stats.NonFiniteImages > 0 ? $", {stats.NonFiniteImages:N0} left out for infinities or NaN" : "")
            + (stats.LargestMissable is { } missable ? $"; the time was up: images of a similarity up to {missable:0.0000} may be missing" : ""));
    }

    private static string Describe(Window window) => $"{window.Y}, {window.X}, {window.Height}, {window.Width}";

    /// <summary>Says why an index is not used, before searching, and again after it, for damage may only be found then.</summary>
    /// <returns>What was said; null for nothing.</returns>
    private static string? WarnOfIndex(LayerSearch layer, string? said = null)
    {
        if (layer.IndexProblem is { } problem && problem != said)
        {
            Console.Error.WriteLine(problem);
        }

        return layer.IndexProblem;
    }

    private static void WarnIfUnfinished(FeatureStore store)
    {
        if (!store.IsFinished)
        {
            Console.Error.WriteLine($"{store.Location} is unfinished: searching the {store.Count:N0} of {store.Header!.ImagesTotal:N0} images that are complete");
        }
    }
}
