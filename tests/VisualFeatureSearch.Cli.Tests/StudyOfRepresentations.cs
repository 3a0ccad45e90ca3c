using System.Globalization;
using System.Text.RegularExpressions;

namespace VisualFeatureSearch.Cli.Tests;

/// <summary>What the study of representations must print, as a notebook and as a script.</summary>
internal static class StudyOfRepresentations
{
    public static void AssertSeesTheEdit(string output)
    {
        Match[] rows = [.. Regex.Matches(output, @"^(.+?) +(\d+) of 10 shared, rank correlation (\d\.\d+), buildings before (\d+), after (\d+)\r?$", RegexOptions.Multiline).Cast<Match>()];
        Assert.Equal(["gorilla's head", "macaque's head", "windmill", "scissors", "butterfly"], rows.Select(row => row.Groups[1].Value));
        Assert.InRange(Number(rows[0], 2), 0, 6);
        Assert.InRange(Number(rows[0], 3), 0, 0.85);
        Assert.InRange(Number(rows[0], 5) - Number(rows[0], 4), 3, 10);
        Assert.All(rows[1..], row =>
        {
            Assert.InRange(Number(row, 2), 9, 10);
            Assert.InRange(Number(row, 3), 0.97, 1);
        });
        Match cka = Regex.Match(output, @"linear CKA of the layer before and after: ([\d.]+\d)");
        Assert.InRange(Number(cka, 1), 0.999, 1);

        static double Number(Match match, int group) => double.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);
    }
}
