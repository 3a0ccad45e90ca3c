using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using VisualFeatureSearch.Analysis;
using VisualFeatureSearch.Cli.Terminal;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search;

namespace VisualFeatureSearch.Cli.Commands;

/// <summary><c>vissearch compare</c>: how alike layers and networks are, over a dataset and for one highlight.</summary>
internal static class CompareCommand
{
    private const int DefaultTop = 10;

    public static Command Create()
    {
        Argument<string[]> stores = new("STORE") { Description = "One or more stores.", Arity = ArgumentArity.OneOrMore };
        Option<string[]> layers = new("--layer") { HelpName = "L", Description = "Only this layer, of every store that has it; several times for several. Without it all layers." };
        Option<int> images = new Option<int>("--images") { HelpName = "N", Description = "Images to compare at most, an even sample of more.", DefaultValueFactory = _ => RepresentationTable.DefaultImages }.AsNumber();
        Option<string?> image = new("--image") { HelpName = "FILE", Description = "A photograph with a highlight: how much the layers' answers to it agree." };
        Option<string?> mask = new("--mask") { HelpName = "FILE", Description = "With --image: a PNG whose alpha is the brush, as large as the crop that the first store's network sees, or as the photograph." };
        Option<int> top = new Option<int>("--top") { HelpName = "K", Description = "With --image: how many images of each answer to compare.", DefaultValueFactory = _ => DefaultTop }.AsNumber();
        Option<string> provider = ModelChoices.ProviderOption();
        Option<string?> imagesRoot = new("--images-root") { HelpName = "FOLDER", Description = "Where the images are now, if they were moved." };
        Option<bool> json = Parsing.JsonOption();
        Command command = new(
            "compare",
            """
            Compares the layers of one or more stores, each with each: linear CKA over the images that all of them have, 1 for the
            same but for rotation and scale, 0 for unrelated.
              vissearch compare resnet50.zarr dinov2.zarr
            With a highlight, also how much their answers agree: neighbour overlap, rank-biased overlap, rank correlation.
              vissearch compare before.zarr after.zarr --layer conv5 --image dog.jpg --mask head.png
            """)
        {
            stores, layers, images, image, mask, top, provider, imagesRoot, json,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            int count = parsed.GetValue(images);
            if (count is < LinearCka.FewestImages or > RepresentationTable.MaximumImages)
            {
                throw new UsageException($"--images is {count}: it must be from {LinearCka.FewestImages} to {RepresentationTable.MaximumImages}");
            }

            if (parsed.GetValue(top) < 1)
            {
                throw new UsageException($"--top is {parsed.GetValue(top)}: it must be at least 1");
            }

            ImageFiles.RequireRoot(parsed.GetValue(imagesRoot));
            (string Photograph, PixelImage Pixels, PixelImage Mask)? highlight = (parsed.GetValue(image), parsed.GetValue(mask)) switch
            {
                ({ } photograph, { } brush) => (photograph, QueryFiles.ReadPhotograph("--image", photograph), QueryFiles.ReadMask("--mask", brush)),
                (null, null) => null,
                _ => throw new UsageException("--image and --mask belong together"),
            };
            (FeatureStore Store, FeatureArray Layer)[] rows = Rows(parsed.GetValue(stores)!, parsed.GetValue(layers) ?? []);
            RepresentationTable table = RepresentationTable.Create(rows, count, parsed.GetValue(imagesRoot), cancellationToken);
            IReadOnlyList<AnswerAgreement>? agreements = highlight is { } query
                ? Search(rows, query, parsed.GetValue(top), ModelChoices.ReadProvider(parsed.GetValue(provider)!), parsed.GetValue(imagesRoot), cancellationToken)
                : null;
            Write(rows, table, agreements, parsed.GetValue(json));
            return Task.FromResult(0);
        });
        return command;
    }

    private static (FeatureStore Store, FeatureArray Layer)[] Rows(string[] paths, string[] layers)
    {
        FeatureStore[] stores = [.. paths.Select(FeatureStore.Open)];
        if (Array.Find(layers, name => !stores.Any(store => store.Arrays.Any(array => array.IsCalled(name)))) is { } missing)
        {
            throw new UsageException($"--layer: no store has a layer '{missing}': they have {string.Join(", ", stores.SelectMany(store => store.Arrays).Select(array => array.Layer).Distinct())}");
        }

        (FeatureStore Store, FeatureArray Layer)[] rows =
            [.. stores.SelectMany(store => store.Arrays.Where(array => layers.Length == 0 || layers.Any(array.IsCalled)).Select(array => (store, array)))];
        return rows.Length switch
        {
            < 2 => throw new UsageException("there is only one layer, which has nothing to be compared with: give a further store or layer"),
            > RepresentationTable.MaximumLayers => throw new UsageException($"{rows.Length} layers are too many for one table: choose at most {RepresentationTable.MaximumLayers} with --layer"),
            _ => rows,
        };
    }

    private static IReadOnlyList<AnswerAgreement> Search(
        (FeatureStore Store, FeatureArray Layer)[] rows, (string File, PixelImage Pixels, PixelImage Mask) query, int top, ExecutionProvider provider, string? imagesRoot, CancellationToken cancellationToken)
    {
        (string image, PixelImage photograph, PixelImage painted) = query;
        ImageTransform? paintedOn = null;
        List<RankedAnswer> answers = [];
        foreach (IGrouping<FeatureStore, FeatureArray> store in rows.GroupBy(row => row.Store, row => row.Layer))
        {
            using PhotographSearch search = new(store.Key, provider: provider);
            paintedOn ??= search.Transform;
            PixelImage brush = BrushMask.OnCrop(painted, photograph.Width, photograph.Height, paintedOn, search.Transform);
            IReadOnlyList<float[]> maps = search.Extract(search.Transform.Cut(photograph));

            // The photograph itself is first in every answer, which would make all of them agree.
            long[] own = SharedImages.RowsOf(store.Key, imagesRoot).TryGetValue(Path.GetFullPath(image), out long row) ? [row] : [];
            SearchRequestOptions request = new() { Top = top, LeaveOut = own };
            foreach (FeatureArray layer in store)
            {
                SearchAnswer answer = search.Search(maps, brush, null, layer.Name, request, cancellationToken: cancellationToken).Answer;
                DatasetSimilarities all = search.ScoreAll(maps, brush, null, layer.Name, request, cancellationToken).Similarities;
                answers.Add(new RankedAnswer(store.Key, [.. answer.Matches.Select(match => match.Index)], all.Highlight));
            }
        }

        return AnswerAgreement.Create(answers, imagesRoot, cancellationToken);
    }

    private static void Write((FeatureStore Store, FeatureArray Layer)[] rows, RepresentationTable table, IReadOnlyList<AnswerAgreement>? agreements, bool asJson)
    {
        if (asJson)
        {
            Json.Write(new { Rows = rows.Select(row => new { Store = row.Store.Name, row.Layer.Layer }), table.Images, table.NonFiniteImages, table.LinearCka, table.BiasedLinearCka, Agreements = agreements });
            return;
        }

        Console.Out.WriteLine($"Linear CKA (unbiased) over {Parsing.Plural(table.Images, "image")}{(table.NonFiniteImages > 0 ? $", {table.NonFiniteImages:N0} left out for infinities or NaN" : "")}");
        Table matrix = Tables.New(["", "Store", "Layer", .. rows.Select((_, i) => Number(i))]);
        for (int i = 0; i < rows.Length; i++)
        {
            matrix.AddCells([Number(i), rows[i].Store.Name, rows[i].Layer.Layer, .. table.LinearCka[i].Select(value => Format(value))]);
        }

        Tables.Write(matrix);
        if (agreements is null)
        {
            return;
        }

        Console.Out.WriteLine("Agreement of the answers for the highlight, the photograph itself left out");
        Table pairs = Tables.New("", "", "Shared", "Rank-biased overlap", "Rank correlation");
        foreach (AnswerAgreement pair in agreements)
        {
            pairs.AddCells(Number(pair.First), Number(pair.Second), $"{pair.Shared} of {pair.Depth}", Format(pair.RankBiased), Format(pair.RankCorrelation));
        }

        Tables.Write(pairs);
    }

    private static string Number(int row) => (row + 1).ToString(CultureInfo.InvariantCulture);

    private static string Format(double? value) => value?.ToString("0.000", CultureInfo.InvariantCulture) ?? "-";
}
