using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Cli.Tests;

/// <summary>The studies' notebooks, run from a clean kernel, with what they show.</summary>
public sealed partial class NotebookTests
{
    [Fact]
    public async Task The_basic_demo_finds_heads_for_a_head()
    {
        using TemporaryFolder folder = new();
        string[] outputs = await RunAsync(folder, "1-basic-demo");
        string table = Assert.Single(outputs, output => output.Contains("similarity", StringComparison.Ordinal) && output.Contains("rank", StringComparison.Ordinal));
        Assert.Contains("primate/mountain-gorilla.jpg", table, StringComparison.Ordinal);
        Assert.Contains(outputs, output => output.Contains("widget-frame.html?widget=", StringComparison.Ordinal));
        Assert.Equal(12, Figure().Count(Assert.Single(outputs, output => output.Contains("<figure", StringComparison.Ordinal))));
        Assert.InRange(new FileInfo(folder["basic-demo.png"]).Length, 50_000, 5_000_000);
    }

    [Fact]
    public async Task The_study_of_the_cache_builds_it_once_and_opens_it()
    {
        using TemporaryFolder folder = new();
        string all = string.Join('\n', await RunAsync(folder, "2-building-a-cache"));
        Assert.Contains("expanded_conv_15_add (212, 160, 10, 10) float16", all, StringComparison.Ordinal);
        Assert.Contains("the store was complete already", all, StringComparison.Ordinal);
        Assert.Matches(@"middle 2\d\.\d, corners 3\d\.\d", all);
        Assert.InRange(new FileInfo(folder["building-a-cache.png"]).Length, 5_000, 1_000_000);
    }

    [Fact]
    public async Task The_live_study_puts_two_layers_side_by_side()
    {
        using TemporaryFolder folder = new();
        string all = string.Join('\n', await RunAsync(folder, "3-no-cache"));
        Assert.Matches(@"expanded_conv_15/add +furry animals among the first ten: ([89]|10)", all);
        Assert.Matches(@"of 24: shared \d\d%, rank-biased overlap 0\.\d\d", all);
        Assert.InRange(new FileInfo(folder["no-cache.png"]).Length, 100_000, 5_000_000);
    }

    [Fact]
    public async Task The_out_of_domain_study_shows_a_row_for_each_version()
    {
        using TemporaryFolder folder = new();
        string all = string.Join('\n', await RunAsync(folder, "4-out-of-domain"));
        Match[] rows = [.. Regex.Matches(all, @"^(photograph|stylised|drawing) +best ([\d.]+), median of all ([\d.]+), (\d+) of 10 shared", RegexOptions.Multiline).Cast<Match>()];
        Assert.Equal(["photograph", "stylised", "drawing"], rows.Select(row => row.Groups[1].Value));
        Assert.Equal("10", rows[0].Groups[4].Value);
        Assert.All(rows[1..], row => Assert.InRange(int.Parse(row.Groups[4].Value, System.Globalization.CultureInfo.InvariantCulture), 0, 7));
        Assert.InRange(new FileInfo(folder["out-of-domain.png"]).Length, 100_000, 5_000_000);
        Assert.InRange(new FileInfo(folder["out-of-domain-similarities.png"]).Length, 5_000, 1_000_000);
    }

    [Fact]
    public async Task The_study_of_domains_leaves_the_querys_own_camera()
    {
        using TemporaryFolder folder = new();
        string all = string.Join('\n', await RunAsync(folder, "5-domain-generalisation"));
        Match[] rows = [.. Regex.Matches(all, @"^(all domains|one of each domain|out of domain) +(\d+) sites, (\d+) of 8 with", RegexOptions.Multiline).Cast<Match>()];
        Assert.Equal(3, rows.Length);
        Assert.Equal("8", rows[1].Groups[2].Value);
        Assert.NotEqual("8", rows[0].Groups[2].Value);
        Assert.InRange(new FileInfo(folder["domain-generalisation.png"]).Length, 100_000, 5_000_000);
    }

    [Fact]
    public async Task The_label_study_finds_what_was_planted_and_nothing_else()
    {
        using TemporaryFolder folder = new();
        string all = string.Join('\n', await RunAsync(folder, "6-label-correlation"));
        Assert.InRange(P("planted "), 0, 0.01);
        Assert.InRange(P("null "), 0.01, 1);
        Assert.InRange(P("marker minus beside"), 0, 0.01);
        Assert.InRange(P("beside alone"), 0.01, 1);
        Assert.InRange(new FileInfo(folder["label-correlation.png"]).Length, 10_000, 1_000_000);

        double P(string line) => double.Parse(Regex.Match(all, $@"^{line}.*p ([\d.]+)$", RegexOptions.Multiline).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task The_study_of_representations_sees_an_edit_where_it_was_made_and_nowhere_else()
    {
        using TemporaryFolder folder = new();
        string all = string.Join('\n', await RunAsync(folder, "7-comparing-representations"));
        Match[] pairs = [.. Regex.Matches(all, @"^(\d) and (\d) +(\d+) +(0\.\d\d) +(-?0\.\d\d) +(0\.\d\d)$", RegexOptions.Multiline).Cast<Match>()];
        Assert.Equal(10, pairs.Length);
        StudyOfRepresentations.AssertSeesTheEdit(all);
        Assert.InRange(new FileInfo(folder["comparing-representations.png"]).Length, 100_000, 5_000_000);
    }

    /// <summary>Runs a notebook in a folder of its own.</summary>
    /// <returns>The text and HTML of its outputs.</returns>
    private static async Task<string[]> RunAsync(TemporaryFolder folder, string name)
    {
        const string Program = "import sys, nbformat, nbclient; book = nbformat.read(sys.argv[1], 4); nbclient.NotebookClient(book, timeout=300).execute(); nbformat.write(book, sys.argv[2])";
        ProcessStartInfo start = Peer.PythonClient(
            "nbclient, ipykernel, PIL, pandas, matplotlib", folder.Path, "-c", Program, Path.Combine(Repository.Root, "notebooks", name + ".ipynb"), folder["executed.ipynb"]);
        start.Environment["HOME"] = folder.Path;
        await Vissearch.RunPythonAsync(start);
        JsonNode book = JsonNode.Parse(await File.ReadAllTextAsync(folder["executed.ipynb"], TestContext.Current.CancellationToken))!;
        return [.. book["cells"]!.AsArray().SelectMany(cell => cell!["outputs"]?.AsArray() ?? []).SelectMany(Texts)];
    }

    private static IEnumerable<string> Texts(JsonNode? output)
    {
        JsonNode? html = output!["data"]?["text/html"];
        yield return Join(html ?? output["data"]?["text/plain"] ?? output["text"]);

        static string Join(JsonNode? lines) => lines is JsonArray list ? string.Concat(list.Select(line => line!.GetValue<string>())) : lines?.GetValue<string>() ?? "";
    }

    [GeneratedRegex("<figure")]
    private static partial Regex Figure();
}
