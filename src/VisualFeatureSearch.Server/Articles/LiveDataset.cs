using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;

namespace VisualFeatureSearch.Server.Articles;

/// <summary>A dataset whose features are computed into memory when the article is opened.</summary>
public sealed class LiveDataset
{
    /// <summary>What the article's cells call it.</summary>
    public string? Name { get; set; }

    /// <summary>Its images, as <c>vissearch precompute</c> takes them; a path relative to the article.</summary>
    public string? Images { get; set; }

    /// <summary>The network: the name of a bundled or fetched one, or a path relative to the article.</summary>
    public string? Model { get; set; }

    /// <summary>The layers.</summary>
    public IReadOnlyList<string> Layers { get; set => field = value ?? []; } = [];

    /// <summary>The image transform; absent for the network's own.</summary>
    public string? Transform { get; set; }

    /// <summary>What has to be computed.</summary>
    /// <param name="folder">The article's folder.</param>
    /// <param name="created">The time.</param>
    /// <param name="provider">What computes the network.</param>
    /// <exception cref="ModelException">The network is not found.</exception>
    /// <exception cref="DatasetException">The images are not found.</exception>
    /// <exception cref="FormatException">The transform cannot be read.</exception>
    public PrecomputeJob ToJob(string folder, DateTimeOffset created, ExecutionProvider provider = ExecutionProvider.Cpu)
    {
        string beside = Path.Combine(folder, Model!);
        NetworkModel network = ModelLocator.Load(File.Exists(beside) ? beside : Model!, new ModelOptions { Provider = provider });
        return new PrecomputeJob
        {
            Images = ImageList.Open(Path.GetFullPath(Path.Combine(folder, Images!))),
            Model = network,
            Layers = [.. Layers],
            Transform = Transform is null ? network.DefaultTransform() : ImageTransform.Parse(Transform),
            StorePath = Name!,
            Created = created,
        };
    }
}
