namespace VisualFeatureSearch.Datasets.Archives;

/// <summary>A file that holds files: read without unpacking. Safe to use from several threads.</summary>
internal interface IImageArchive : IDisposable
{
    /// <summary>The names of its files, in their order.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>The bytes of a file.</summary>
    /// <exception cref="FileNotFoundException">There is no file of this name.</exception>
    /// <exception cref="IOException">The archive is damaged.</exception>
    byte[] Read(string name);
}
