namespace VisualFeatureSearch.Batch;

/// <summary>What the answers of a batch are written as.</summary>
internal enum BatchFormat
{
    /// <summary>A line of fields a row.</summary>
    Csv,

    /// <summary>A JSON object a row.</summary>
    JsonLines,

    /// <summary>A Parquet file, with the columns' types.</summary>
    Parquet,
}
