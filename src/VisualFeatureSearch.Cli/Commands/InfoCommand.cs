using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using VisualFeatureSearch.Cli.Terminal;
using VisualFeatureSearch.Features;

namespace VisualFeatureSearch.Cli.Commands;

/// <summary><c>vissearch info</c>: what a store holds and whether it is complete.</summary>
internal static class InfoCommand
{
    public static Command Create()
    {
        Argument<string> store = new("STORE") { Description = "A directory of features." };
        Option<bool> json = Parsing.JsonOption();
        Command command = new("info", "Says what a store holds, where it comes from, and whether it is complete.") { store, json };
        command.SetAction(parsed => Run(parsed.GetValue(store)!, parsed.GetValue(json)));
        return command;
    }

    private static int Run(string path, bool asJson)
    {
        FeatureStore store = FeatureStore.Open(path);
        StoreHeader? header = store.Header;
        IReadOnlyList<string> missing = StoreVerifier.FindMissing(store);
        string status = header is null ? "unknown" : missing.Count > 0 ? "damaged" : store.IsFinished ? "complete" : "unfinished";
        long? bytes = store.IsDirectory ? new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length)
            : File.Exists(path) ? new FileInfo(path).Length
            : null;
        if (asJson)
        {
            Json.Write(new
            {
                store = store.Name,
                status,
                images = store.Count,
                requested = header?.ImagesTotal,
                skipped = header?.Progress.Skipped,
                bytes,
                missing = missing.Count > 0 ? missing : null,
                layers = store.Arrays.Select(array => new
                {
                    name = array.Layer,
                    array = array.Name,
                    shape = (long[])[array.Count, array.Channels, array.Height, array.Width],
                    dtype = array.IsHalf ? "float16" : "float32",
                }),
                model = header?.Model,
                transform = header?.Transform,
                imagesRoot = header?.ImagesRoot,
                created = header?.Created,
                toolVersion = header?.ToolVersion,
                columns = header is null ? null : store.ColumnNames,
            });
            return missing.Count > 0 ? CommandRunner.Failed : 0;
        }

        Console.Out.WriteLine($"{store.Name}: {status switch
        {
            "damaged" => $"damaged: {Parsing.Plural(missing.Count, "file")} of it {(missing.Count == 1 ? "is" : "are")} not there or cut short, such as {missing[0]}. Mend it with: vissearch verify {store.Location} --repair",
            "complete" => $"complete, {Parsing.Plural(store.Count, "image")}",
            "unfinished" => $"unfinished, {store.Count:N0} of {header!.ImagesTotal:N0} images complete; the command that began it goes on",
            _ => $"{Parsing.Plural(store.Count, "image")}, written by another tool, which does not say whether it is complete",
        }}{(bytes is { } size ? $"; {Parsing.FormatBytes(size)}" : "")}");
        Table table = Tables.New("Layer", "Array", "Shape", "Type");
        foreach (FeatureArray array in store.Arrays)
        {
            table.AddCells(array.Layer, array.Name, $"{array.Count} x {array.Channels} x {array.Height} x {array.Width}", array.IsHalf ? "float16" : "float32");
        }

        Tables.Write(table);
        if (header is not null)
        {
            Console.Out.WriteLine($"model      {header.Model.Name} (SHA-256 {header.Model.Sha256})");
            Console.Out.WriteLine($"transform  {JsonSerializer.Serialize(header.Transform)}");
            Console.Out.WriteLine($"images     {header.ImagesRoot}");
            Console.Out.WriteLine($"left out   {header.Progress.Skipped:N0}{(header.Progress.Skipped > 0 ? ", listed in its skipped.csv" : "")}");
            Console.Out.WriteLine($"begun      {header.Created} by version {header.ToolVersion}");
        }

        return missing.Count > 0 ? CommandRunner.Failed : 0;
    }
}
