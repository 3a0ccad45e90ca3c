using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Cli.Tests;

/// <summary>The studies' C# scripts, run as a person does but for the painting.</summary>
public sealed class SampleTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public async Task The_basic_demo_lists_heads_and_draws_them()
    {
        using TemporaryFolder folder = new();
        string output = await RunAsync(folder, "1-basic-demo");
        Assert.StartsWith("  1  1.000  primate/mountain-gorilla.jpg", output, StringComparison.Ordinal);
        XDocument figure = XDocument.Parse(await File.ReadAllTextAsync(folder["basic-demo.svg"], TestContext.Current.CancellationToken));

        // The photograph, its mask, and twelve matches, each with its window framed.
        Assert.Equal(14, figure.Descendants(Svg + "image").Count());
        Assert.Equal(12, figure.Descendants(Svg + "rect").Count(rect => rect.Attribute("stroke") is not null));
        Assert.Contains(figure.Descendants(Svg + "text"), text => text.Value == "2. red panda");
    }

    [Fact]
    public async Task The_study_of_the_cache_builds_it_once()
    {
        using TemporaryFolder folder = new();
        string output = await RunAsync(folder, "2-building-a-cache");
        Assert.Contains("again: 212 were there already", output, StringComparison.Ordinal);
        Assert.Contains("expanded_conv_12_add [212, 96, 20, 20], the first image is ancient-ruin/ajanta-caves.jpg (ancient-ruin)", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_live_study_draws_a_row_for_each_layer()
    {
        using TemporaryFolder folder = new();
        string output = await RunAsync(folder, "3-no-cache");
        Assert.Matches(@"expanded_conv_15/add +10 x 10 cells, furry animals among the first ten: ([89]|10)", output);
        foreach (string layer in (string[])["early", "late"])
        {
            Assert.Equal(10, XDocument.Parse(await File.ReadAllTextAsync(folder[layer + ".svg"], TestContext.Current.CancellationToken)).Descendants(Svg + "image").Count());
        }
    }

    [Fact]
    public async Task The_out_of_domain_study_answers_for_each_version()
    {
        using TemporaryFolder folder = new();
        string output = await RunAsync(folder, "4-out-of-domain");
        Match[] rows = [.. Regex.Matches(output, @"^(photograph|stylised|drawing) +best ([\d.]+).* (\d+) of 10 shared", RegexOptions.Multiline).Cast<Match>()];
        Assert.Equal(["10"], rows.Where(row => row.Groups[1].Value == "photograph").Select(row => row.Groups[3].Value));
        Assert.Equal(3, rows.Length);
        foreach (string version in (string[])["photograph", "stylised", "drawing"])
        {
            Assert.Equal(12, XDocument.Parse(await File.ReadAllTextAsync(folder[version + ".svg"], TestContext.Current.CancellationToken)).Descendants(Svg + "image").Count());
        }
    }

    [Fact]
    public async Task The_study_of_domains_finds_the_animal_at_other_cameras()
    {
        using TemporaryFolder folder = new();
        string output = await RunAsync(folder, "5-domain-generalisation");
        Match unique = Regex.Match(output, @"^one of each domain +8 sites, (\d) of 8", RegexOptions.Multiline);
        Assert.InRange(int.Parse(unique.Groups[1].Value, CultureInfo.InvariantCulture), 6, 8);
        Assert.Equal(10, XDocument.Parse(await File.ReadAllTextAsync(folder["out of domain.svg"], TestContext.Current.CancellationToken)).Descendants(Svg + "image").Count());
    }

    [Fact]
    public async Task The_label_study_finds_what_was_planted_and_nothing_else()
    {
        using TemporaryFolder folder = new();
        string output = await RunAsync(folder, "6-label-correlation");
        Assert.InRange(P("planted "), 0, 0.01);
        Assert.InRange(P("planted, marker minus beside"), 0, 0.01);
        Assert.InRange(P("planted, beside alone"), 0.01, 1);
        Assert.InRange(P("null "), 0.01, 1);
        Assert.NotEmpty(XDocument.Parse(await File.ReadAllTextAsync(folder["label-correlation.svg"], TestContext.Current.CancellationToken)).Descendants(Svg + "path"));

        double P(string line) => double.Parse(Regex.Match(output, $@"^{line}.*p ([\d.]+)\r?$", RegexOptions.Multiline).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task The_study_of_representations_sees_an_edit_where_it_was_made_and_nowhere_else()
    {
        using TemporaryFolder folder = new();
        string output = await RunAsync(folder, "7-comparing-representations");
        Assert.Equal(10, Regex.Count(output, @"of 10 shared, rank-biased overlap 0\.\d\d, rank correlation -?0\.\d\d, linear CKA 0\.\d\d", RegexOptions.Multiline));
        StudyOfRepresentations.AssertSeesTheEdit(output);
        foreach (string version in (string[])["before", "after"])
        {
            Assert.Equal(10, XDocument.Parse(await File.ReadAllTextAsync(folder[version + ".svg"], TestContext.Current.CancellationToken)).Descendants(Svg + "image").Count());
        }
    }

    private static async Task<string> RunAsync(TemporaryFolder folder, string name)
    {
        ProcessStartInfo start = new("dotnet", ["run", Path.Combine(Repository.Root, "samples", name + ".cs"), "--", "--headless"])
        {
            WorkingDirectory = folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // What the test host says to MSBuild is not meant for another build.
        foreach (string variable in start.Environment.Keys.Where(key => key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(variable);
        }

        using Process run = Process.Start(start)!;
        Task<string> errors = run.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await run.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await run.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(run.ExitCode == 0, output + await errors);
        return output;
    }
}
