namespace VisualFeatureSearch.Server.Articles.Cells;

/// <summary>A layer of a store, one of several in a cell.</summary>
public sealed class CellRow
{
    /// <summary>The store; absent for that of the highlight.</summary>
    public string? Store { get; set; }

    /// <summary>The layer; absent for the store's last one.</summary>
    public string? Layer { get; set; }

    /// <summary>What to call the row; absent for the names of store and layer.</summary>
    public string? Title { get; set; }
}
