using System.CommandLine;
using VisualFeatureSearch.Cli.Terminal;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Server;
using VisualFeatureSearch.Server.Articles;

namespace VisualFeatureSearch.Cli.Commands;

/// <summary><c>vissearch article</c>: Markdown with live cells, served or as one static file.</summary>
internal static class ArticleCommand
{
    public static Command Create()
    {
        Argument<string> file = new("FILE.md") { Description = "The article: Markdown with cells (docs/articles.md describes them)." };
        Argument<string[]> stores = new("STORE") { Description = "Stores beside those that the article names at its top.", Arity = ArgumentArity.ZeroOrMore };
        Option<string?> export = new("--export") { HelpName = "OUT.html", Description = "Write the article as one HTML file with all answers in it, instead of serving it." };
        Option<int> port = ServeCommand.PortOption();
        Option<bool> noBrowser = ServeCommand.NoBrowserOption();
        Option<string?> token = ServeCommand.TokenOption();
        Option<string?> model = new("--model") { HelpName = "MODEL", Description = "Where the stores' network is now, if it was moved." };
        Option<string> provider = ModelChoices.ProviderOption();
        Option<string?> imagesRoot = new("--images-root") { HelpName = "FOLDER", Description = "Where the images are now, if they were moved." };
        Command command = new(
            "article",
            """
            Shows an article whose highlights a reader can paint anew, on this machine only; change the text and reload the page.
              vissearch article study.md
              vissearch article study.md photos.zarr --export study.html
            """)
        {
            file, stores, export, port, noBrowser, token, model, provider, imagesRoot,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string path = parsed.GetValue(file)!;
            ArticleFile article = ArticleFile.Read(path);

            // Before features are computed, which may take minutes.
            ServerOptions options = new()
            {
                OpenStores = [.. article.Stores.Concat(parsed.GetValue(stores)!).Select(FeatureStore.Open)],
                Article = article.FilePath,
                Port = ServeCommand.ReadPort(parsed.GetValue(port)),
                Token = ServeCommand.ReadToken(parsed.GetValue(token)),
                Model = parsed.GetValue(model),
                Provider = ModelChoices.ReadProvider(parsed.GetValue(provider)!),
                ImagesRoot = parsed.GetValue(imagesRoot),
            };
            ImageFiles.RequireRoot(options.ImagesRoot);
            string? target = parsed.GetValue(export);
            if (Path.GetDirectoryName(target) is { Length: > 0 } folder && !Directory.Exists(folder))
            {
                throw new UsageException($"--export {target}: there is no folder {folder}");
            }

            options = options with { OpenStores = [.. options.OpenStores, .. await ComputeAsync(article, options.Provider, cancellationToken).ConfigureAwait(false)] };
            if (target is null)
            {
                return await ServeCommand.RunAsync(options, !parsed.GetValue(noBrowser), cancellationToken, "article", "Read").ConfigureAwait(false);
            }

            string page = await ArticleExport.RenderAsync(article, options, cancellationToken).ConfigureAwait(false);
            await WriteAsync(target, page, cancellationToken).ConfigureAwait(false);
            await Console.Out.WriteLineAsync($"{target}: {Parsing.Plural(article.Cells.Count, "cell")}, {Parsing.FormatBytes(new FileInfo(target).Length)}, opens anywhere").ConfigureAwait(false);
            return 0;
        });
        return command;
    }

    private static async Task<IReadOnlyList<FeatureStore>> ComputeAsync(ArticleFile article, ExecutionProvider provider, CancellationToken cancellationToken)
    {
        List<FeatureStore> computed = [];
        foreach (LiveDataset dataset in article.Settings.Live)
        {
            PrecomputeJob job;
            try
            {
                job = dataset.ToJob(article.Folder, PrecomputeCommand.Now(), provider);
            }
            catch (FormatException exception)
            {
                throw new ArticleException($"{article.FilePath}: 'transform' of the dataset {dataset.Name}: {exception.Message}", exception);
            }

            computed.Add(await PrecomputeDisplay.RunInMemoryAsync(job, TimeProvider.System, cancellationToken).ConfigureAwait(false));
        }

        return computed;
    }

    /// <summary>The file appears under its name when it is whole.</summary>
    private static async Task WriteAsync(string target, string page, CancellationToken cancellationToken)
    {
        string partial = target + ".partial";
        try
        {
            await File.WriteAllTextAsync(partial, page, cancellationToken).ConfigureAwait(false);
            File.Move(partial, target, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }
    }
}
