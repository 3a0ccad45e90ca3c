using System.Globalization;
using System.Text.Json.Nodes;
using CsvHelper;
using DuckDB.NET.Data;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Cli.Tests;

/// <summary><c>vissearch search --batch</c>: many queries from a table.</summary>
public sealed class BatchTests(GalleryStore gallery) : IClassFixture<GalleryStore>
{
    private static readonly string Gorilla = Path.Combine(Repository.Gallery, "primate", "mountain-gorilla.jpg");
    private static readonly string Kitten = Path.Combine(Repository.Gallery, "cat", "kitten.jpg");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_query_gets_the_answer_that_it_gets_alone()
    {
        using TemporaryFolder folder = new();
        string mask = gallery.Head(0.47, 0.45, 0.2, 0.25);
        string negative = gallery.Head(0.1, 0.9, 0.1, 0.1);
        await File.WriteAllTextAsync(
            folder["queries.csv"],
            $"path,mask,negative,layer,label\n{Gorilla},{mask},,,primate\n{Gorilla},{mask},{negative},expanded_conv_5/add,primate\n{Kitten},{mask},,,cat\n",
            Token);
        Outcome outcome = await Vissearch.RunAsync("search", gallery.Store, "--batch", folder["queries.csv"], "--top", "7");
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Dictionary<string, string>[] rows = ReadCsv(outcome.Out);
        Assert.Equal(21, rows.Length);

        string[][] alone = [["--image", Gorilla], ["--image", Gorilla, "--negative", negative, "--layer", "expanded_conv_5/add"], ["--image", Kitten]];
        for (int query = 0; query < alone.Length; query++)
        {
            Outcome single = await Vissearch.RunAsync(["search", gallery.Store, "--mask", mask, "--top", "7", "--json", .. alone[query]]);
            JsonNode report = JsonNode.Parse(single.Out)!;
            Dictionary<string, string>[] own = [.. rows.Where(row => row["query"] == $"{query}")];
            Assert.Equal(report["results"]!.AsArray().Select(result => $"{result!["rank"]} {result["index"]} {result["path"]} {result["label"]} {result["window"]!["y"]} {result["window"]!["x"]}"),
                own.Select(row => $"{row["rank"]} {row["index"]} {row["path"]} {row["label"]} {row["y"]} {row["x"]}"));
            Assert.Equal(report["results"]!.AsArray().Select(result => result!["similarity"]!.GetValue<float>()), own.Select(row => float.Parse(row["similarity"], CultureInfo.InvariantCulture)));
            Assert.All(own, row => Assert.Equal(report["query"]!["layer"]!.GetValue<string>(), row["layer"]));
        }

        Assert.Equal(["primate", "cat"], rows.Select(row => row["query_label"]).Distinct());
    }

    [Theory]
    [InlineData("answers.csv")]
    [InlineData("answers.jsonl")]
    [InlineData("answers.parquet")]
    public async Task The_answers_are_the_same_table_in_every_format(string name)
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["queries.csv"], $"path,x,y,width,height\n{Gorilla},150,60,180,160\n{Kitten},100,100,120,90.4\n", Token);
        string[] batch = ["search", gallery.Store, "--batch", folder["queries.csv"], "--top", "5", "--windows", "2"];
        Outcome direct = await Vissearch.RunAsync(batch);
        Outcome outcome = await Vissearch.RunAsync([.. batch, "--out", folder[name]]);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
        Assert.Contains("2 of 2 queries answered", outcome.Error, StringComparison.Ordinal);
        Assert.Equal([name, "queries.csv"], Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order());

        Dictionary<string, string>[] expected = ReadCsv(direct.Out);
        Assert.InRange(expected.Length, 11, 20);
        Assert.Equal(expected.Select(Line), ReadTable(folder[name]).Select(Line));
    }

    [Fact]
    public async Task The_querys_own_photograph_is_left_out_where_the_store_has_it()
    {
        using TemporaryFolder folder = new();
        File.Copy(Kitten, folder["elsewhere.jpg"]);
        await File.WriteAllTextAsync(folder["queries.csv"], $"path,x,y,width,height\n{Kitten},100,100,120,90\nelsewhere.jpg,100,100,120,90\n", Token);
        Outcome outcome = await Vissearch.RunAsync("search", gallery.Store, "--batch", folder["queries.csv"], "--top", "1", "--exclude-self");
        Dictionary<string, string>[] rows = ReadCsv(outcome.Out);
        Assert.NotEqual("cat/kitten.jpg", rows[0]["path"]);

        // So it is where the query is a copy, and where the photographs were moved.
        Assert.Equal(rows[0]["path"], rows[1]["path"]);
    }

    [Fact]
    public async Task Queries_that_cannot_be_answered_are_named_and_the_others_go_on()
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["broken.jpg"], "no photograph", Token);
        string nothing = gallery.Head(0.5, 0.5, 0, 0);
        await File.WriteAllTextAsync(
            folder["queries.csv"],
            $"path,mask,x,y,width,height,layer\nmissing.jpg,,1,1,9,9,\nbroken.jpg,,1,1,9,9,\n{Kitten},,9000,0,9,9,\n{Kitten},{nothing},,,,,\n{Kitten},gone.png,,,,,\n{Kitten},,100,100,120,90,nowhere\n{Kitten},,100,100,120,90,\n",
            Token);
        Outcome outcome = await Vissearch.RunAsync("search", gallery.Store, "--batch", folder["queries.csv"], "--out", folder["answers.csv"], "--top", "3");
        Assert.Equal(1, outcome.ExitCode);
        string[] problems = outcome.Error.Split('\n');
        Assert.Contains("query 0 (missing.jpg): no such file", outcome.Error, StringComparison.Ordinal);
        Assert.StartsWith("query 1 (broken.jpg): ", problems[1], StringComparison.Ordinal);
        Assert.Contains("9000, 0, 9, 9", problems[2], StringComparison.Ordinal);
        Assert.Contains("empty", problems[3], StringComparison.Ordinal);
        Assert.Contains("gone.png: no such file", problems[4], StringComparison.Ordinal);
        Assert.Contains("'nowhere'", problems[5], StringComparison.Ordinal);
        Assert.Contains("1 of 7 queries answered", problems[6], StringComparison.Ordinal);
        Assert.Equal(["6", "6", "6"], ReadTable(folder["answers.csv"]).Select(row => row["query"]));
    }

    [Theory]
    [InlineData("path,x,y\nkitten.jpg,1,2\n", "answers.csv", 1, "'mask'")]
    [InlineData("path,x,y,width,height\nkitten.jpg,1,2,three,4\n", "answers.csv", 1, "'three'")]
    [InlineData("path,mask\nkitten.jpg,\n", "answers.csv", 1, "query 0")]
    [InlineData("path,mask\n", "answers.csv", 1, "no rows")]
    [InlineData("path,x,y,width,height\nkitten.jpg,1,2,3,4\n", "answers.xlsx", 2, ".parquet")]
    public async Task A_table_that_says_no_regions_or_no_known_format_is_refused_before_anything_is_written(string table, string name, int exitCode, string words)
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["queries.csv"], table, Token);
        Outcome outcome = await Vissearch.RunAsync("search", gallery.Store, "--batch", folder["queries.csv"], "--out", folder[name]);
        Assert.Equal(exitCode, outcome.ExitCode);
        Assert.Contains(words, outcome.Error, StringComparison.Ordinal);
        Assert.Equal(["queries.csv"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    private static string Line(Dictionary<string, string> row) => string.Join('|', row.Select(field => $"{field.Key}={field.Value}"));

    private static Dictionary<string, string>[] ReadCsv(string text)
    {
        using CsvReader csv = new(new StringReader(text), CultureInfo.InvariantCulture);
        return [.. csv.GetRecords<dynamic>().Cast<IDictionary<string, object>>().Select(row => row.ToDictionary(field => field.Key, field => (string)field.Value))];
    }

    private static Dictionary<string, string>[] ReadTable(string path) => Path.GetExtension(path) switch
    {
        ".csv" => ReadCsv(File.ReadAllText(path)),
        ".jsonl" => [.. File.ReadAllLines(path).Select(line => JsonNode.Parse(line)!.AsObject().ToDictionary(field => field.Key, field => field.Value?.ToString() ?? ""))],
        _ => ReadParquet(path),
    };

    private static Dictionary<string, string>[] ReadParquet(string path)
    {
        using DuckDBConnection connection = new("DataSource=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = $"SELECT * FROM read_parquet('{path}')";
        using DuckDBDataReader reader = command.ExecuteReader();
        Assert.Equal(typeof(long), reader.GetFieldType(reader.GetOrdinal("index")));
        Assert.Equal(typeof(float), reader.GetFieldType(reader.GetOrdinal("similarity")));
        List<Dictionary<string, string>> rows = [];
        while (reader.Read())
        {
            rows.Add(Enumerable.Range(0, reader.FieldCount).ToDictionary(reader.GetName, column => reader.IsDBNull(column) ? "" : Convert.ToString(reader.GetValue(column), CultureInfo.InvariantCulture)!));
        }

        return [.. rows];
    }
}
