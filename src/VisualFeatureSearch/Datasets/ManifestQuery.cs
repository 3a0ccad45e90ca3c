using System.Globalization;
using DuckDB.NET.Data;

namespace VisualFeatureSearch.Datasets;

/// <summary>
/// Conditions and groups over the columns of a manifest, evaluated by DuckDB: everything that its SQL knows can stand in a
/// condition. Columns whose values are all numbers are numbers; <c>labels</c> is the list of an image's labels. Safe to use from several threads.
/// </summary>
public sealed class ManifestQuery : IDisposable
{
    private readonly DuckDBConnection _connection = new("DataSource=:memory:");
    private readonly Lock _lock = new();
    private readonly IReadOnlyList<ImageEntry> _images;
    private readonly string[] _columns;

    /// <summary>Loads a manifest.</summary>
    /// <param name="columns">The names of its further columns, besides path and label.</param>
    /// <param name="images">Its rows.</param>
    public ManifestQuery(IReadOnlyList<string> columns, IReadOnlyList<ImageEntry> images)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(images);
        _images = images;
        _columns = ["path", "label", .. columns];
        _connection.Open();
        Load();
    }

    /// <summary>Finds the rows that meet a condition.</summary>
    /// <param name="condition">As after SQL's WHERE, such as <c>label = 'dog' and site &lt;&gt; 12</c>.</param>
    /// <returns>For each row of the manifest, whether it meets the condition.</returns>
    /// <exception cref="DatasetException">The condition is not SQL, or names a column that there is not.</exception>
    public bool[] Where(string condition)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(condition);
        bool[] rows = new bool[_images.Count];
        lock (_lock)
        {
            try
            {
                // On a line of its own, so that a comment in it does not swallow the bracket.
                using DuckDBCommand command = Command($"SELECT row_number FROM manifest WHERE (\n{condition}\n)");
                using DuckDBDataReader reader = command.ExecuteReader();
                while (reader.Read())
                {
                    rows[reader.GetInt32(0)] = true;
                }
            }
            catch (Exception exception) when (exception is DuckDBException or InvalidCastException or InvalidOperationException)
            {
                throw new DatasetException($"the condition \"{condition}\" cannot be evaluated: {Describe(exception)} The columns are {string.Join(", ", _columns)}", exception);
            }
        }

        return rows;
    }

    /// <summary>Numbers the different values of a column.</summary>
    /// <param name="column">A column, <c>path</c> and <c>label</c> included.</param>
    /// <returns>For each row, the number of its value; equal values have equal numbers.</returns>
    /// <exception cref="DatasetException">There is no such column.</exception>
    public int[] Groups(string column)
    {
        int at = Array.FindIndex(_columns, name => string.Equals(name, column, StringComparison.OrdinalIgnoreCase));
        if (at < 0)
        {
            throw new DatasetException($"there is no column '{column}': the columns are {string.Join(", ", _columns)}");
        }

        Dictionary<string, int> numbers = new(StringComparer.Ordinal);
        int[] groups = new int[_images.Count];
        for (int i = 0; i < groups.Length; i++)
        {
            string value = Value(_images[i], at);
            if (!numbers.TryGetValue(value, out groups[i]))
            {
                numbers[value] = groups[i] = numbers.Count;
            }
        }

        return groups;
    }

    /// <inheritdoc />
    public void Dispose() => _connection.Dispose();

    private static string Value(ImageEntry image, int column) => column switch
    {
        0 => image.Path,
        1 => image.Label,
        _ => image.Columns[column - 2],
    };

    private static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>What DuckDB says, without its drawing of where in our own statement it is.</summary>
    private static string Describe(Exception exception)
    {
        string message = exception.Message.Split('\n')[0].Trim();
        return message.EndsWith('.') || message.EndsWith('!') ? message : message + ".";
    }

    private void Load()
    {
        // Nothing of the machine is within a condition's reach: no files, no network, little memory.
        Run("SET threads = 1");
        Run("SET memory_limit = '1GB'");
        string names = string.Join(", ", _columns.Select(column => $"{Quote(column)} VARCHAR"));
        Run($"CREATE TABLE loaded (row_number INTEGER, {names})");
        using (DuckDBAppender appender = _connection.CreateAppender("loaded"))
        {
            for (int i = 0; i < _images.Count; i++)
            {
                IDuckDBAppenderRow row = appender.CreateRow().AppendValue(i);
                for (int column = 0; column < _columns.Length; column++)
                {
                    row = row.AppendValue(Value(_images[i], column));
                }

                row.EndRow();
            }
        }

        Run($"CREATE TABLE manifest AS SELECT row_number, {string.Join(", ", _columns.Select((column, i) => i < 2 ? Quote(column) : Typed(Quote(column))))} FROM loaded");
        Run("DROP TABLE loaded");
        if (!_columns.Contains("labels", StringComparer.OrdinalIgnoreCase))
        {
            // For images of several labels: list_contains(labels, 'Effusion').
            Run($"ALTER TABLE manifest ADD COLUMN labels VARCHAR[]");
            Run($"UPDATE manifest SET labels = string_split(label, '{ImageEntry.LabelSeparator}') WHERE label <> ''");
        }

        Run("SET enable_external_access = false");
        Run("SET lock_configuration = true");
    }

    /// <summary>A column as numbers, where all of its values are some.</summary>
    private string Typed(string column)
    {
        foreach (string type in (string[])["BIGINT", "DOUBLE"])
        {
            using DuckDBCommand command = Command($"SELECT count(*) FROM loaded WHERE {column} <> '' AND TRY_CAST({column} AS {type}) IS NULL");
            if (Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture) == 0)
            {
                return $"TRY_CAST(NULLIF({column}, '') AS {type}) AS {column}";
            }
        }

        return column;
    }

    private void Run(string sql)
    {
        using DuckDBCommand command = Command(sql);
        command.ExecuteNonQuery();
    }

    private DuckDBCommand Command(string sql)
    {
        DuckDBCommand command = _connection.CreateCommand();
#pragma warning disable CA2100 // The condition is the user's own query: the database holds only this manifest and can reach nothing else.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command;
    }
}
