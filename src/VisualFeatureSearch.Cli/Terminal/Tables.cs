using Spectre.Console;

namespace VisualFeatureSearch.Cli.Terminal;

/// <summary>Tables on stdout, wide enough for their text when they go into a file or a pipe.</summary>
internal static class Tables
{
    public static Table New(params string[] columns)
    {
        Table table = new() { Border = TableBorder.Simple };
        foreach (string column in columns)
        {
            table.AddColumn(new TableColumn(Markup.Escape(column)).NoWrap());
        }

        return table;
    }

    public static void AddCells(this Table table, params IEnumerable<object?> cells) =>
        table.AddRow(cells.Select(cell => new Text(cell?.ToString() ?? "")).ToArray());

    public static void Write(Table table)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        if (Console.IsOutputRedirected)
        {
            console.Profile.Width = 500;
        }

        console.Write(table);
    }
}
