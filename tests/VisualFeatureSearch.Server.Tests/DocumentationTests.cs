using System.Diagnostics;
using System.Text.RegularExpressions;
using NetVips;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Server.Tests;

/// <summary>The commands that docs/http-api.md shows, run as they stand there.</summary>
public sealed partial class DocumentationTests(GalleryServer server) : IClassFixture<GalleryServer>
{
    [Fact]
    public async Task Every_command_of_the_documentation_does_what_it_says()
    {
        Assert.SkipUnless(IsThere("bash") && IsThere("curl"), "The documentation's commands need bash and curl.");
        string document = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "http-api.md"), TestContext.Current.CancellationToken);
        string commands = string.Concat(ShellBlock().Matches(document).Select(block => block.Groups[1].Value))
            .Replace("http://127.0.0.1:5080", server.Client.BaseAddress!.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal)
            .Replace("photos.zarr", "gallery", StringComparison.Ordinal)
            .Replace("other.zarr", "animals", StringComparison.Ordinal);
        int count = Command().Count(commands);
        Assert.InRange(count, 20, 60);

        using TemporaryFolder folder = new();
        File.Copy(Path.Combine(Repository.Gallery, "dog-or-bear", "polar-bear.jpg"), folder["dog.jpg"]);
        using Image photograph = Image.NewFromFile(folder["dog.jpg"]);
        WriteMask(folder["head.png"], photograph.Width, photograph.Height);
        WriteMask(folder["crop-head.png"], 224, 224);
        WriteMask(folder["crop-grass.png"], 224, 224, bottom: true);

        // Every answer that is not a success ends the script, and its problem is what the test shows.
        await File.WriteAllTextAsync(folder["run.sh"], "set -euo pipefail\ncurl() { command curl -sS --fail-with-body \"$@\" | tee last >> answers; cat last; echo >> answers; }\n" + commands, TestContext.Current.CancellationToken);
        using Process shell = Process.Start(new ProcessStartInfo("bash", ["run.sh"]) { WorkingDirectory = folder.Path, RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = shell.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        string answers = await File.ReadAllTextAsync(folder["answers"], TestContext.Current.CancellationToken);
        Assert.True(shell.ExitCode == 0, $"{await errors}\n{answers.Split('\n')[^1]}");
        Assert.Equal(count, answers.Count(character => character == '\n'));
        foreach (string field in (string[])["\"sha256\":", "\"similarities\":", "\"overlaps\":", "\"distribution\":", "\"adjustedPValue\":", "\"negative\":", "\"windows\":"])
        {
            Assert.Contains(field, answers, StringComparison.Ordinal);
        }

        using Image large = Image.NewFromFile(folder["large.jpg"]);
        Assert.Equal((448, 448), (large.Width, large.Height));
    }

    private static void WriteMask(string path, int width, int height, bool bottom = false)
    {
        using Image nothing = Image.Black(width, height, bands: 4).Copy(interpretation: Enums.Interpretation.Srgb);
        using Image mask = nothing.Mutate(image => image.DrawRect([0, 0, 0, 255], width / 3, bottom ? height * 2 / 3 : height / 4, width / 4, height / 4, fill: true));
        mask.Pngsave(path);
    }

    private static bool IsThere(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    [GeneratedRegex("```bash\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex ShellBlock();

    [GeneratedRegex(@"\bcurl ")]
    private static partial Regex Command();
}
