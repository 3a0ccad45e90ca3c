using Microsoft.Playwright;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Browser.Tests;

/// <summary>What the tests of every page do and look at.</summary>
internal static class PageExtensions
{
    private static readonly string Axe = File.ReadAllText(Repository.Axe);

    /// <summary>What the browser complains about from now on: errors and warnings of the console, and exceptions.</summary>
    public static IReadOnlyList<string> Complaints(this IPage page)
    {
        List<string> complaints = [];
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                complaints.Add(message.Text);
            }
        };
        page.PageError += (_, error) => complaints.Add(error);
        return complaints;
    }

    /// <summary>Paints from point to point, given as parts of a stage; the pointer stays down.</summary>
    public static async Task StrokeAsync(this IPage page, ILocator stage, params (float X, float Y)[] points)
    {
        await stage.ScrollIntoViewIfNeededAsync();
        LocatorBoundingBoxResult box = (await stage.BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(box.X + (points[0].X * box.Width), box.Y + (points[0].Y * box.Height));
        await page.Mouse.DownAsync();
        foreach ((float x, float y) in points)
        {
            await page.Mouse.MoveAsync(box.X + (x * box.Width), box.Y + (y * box.Height), new() { Steps = 6 });
        }
    }

    /// <summary>Examines the page's accessibility with axe-core.</summary>
    public static async Task AssertAccessibleAsync(this IPage page)
    {
        await page.EvaluateAsync(Axe);
        string[] violations = await page.EvaluateAsync<string[]>("""
            async () => (await axe.run()).violations.map(violation =>
              `${violation.impact} ${violation.id}: ${violation.help}: ${violation.nodes.map(node => node.target.flat().join(' ') + ' ' + node.failureSummary).join('; ')}`)
            """);
        Assert.True(violations.Length == 0, string.Join("\n", violations));
    }
}
