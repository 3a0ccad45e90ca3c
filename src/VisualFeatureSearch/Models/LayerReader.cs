namespace VisualFeatureSearch.Models;

/// <summary>How a layer's tensor becomes feature maps, each <c>[C, H, W]</c>.</summary>
/// <param name="Layout">The order of the tensor's numbers.</param>
/// <param name="Shape">The feature map's shape.</param>
/// <param name="SkippedTokens">Tokens before the grid, such as a class token; 0 for the layouts with a grid of their own.</param>
internal sealed record LayerReader(FeatureLayout Layout, LayerShape Shape, int SkippedTokens)
{
    /// <summary>A class token and a few registers stand before the grid; more is no such thing.</summary>
    private const int MaximumSkippedTokens = 16;

    /// <summary>Whether the tensor's numbers are those of the feature maps as they are.</summary>
    public bool IsPlain => Layout == FeatureLayout.Nchw;

    /// <summary>Finds how to read a tensor, or null where it is no feature map.</summary>
    /// <param name="shape">The tensor's extents.</param>
    /// <param name="batch">Images a run.</param>
    /// <param name="image">The size of the images, whose proportions a grid has.</param>
    /// <param name="isInputChannelsLast">Whether the network takes images as NHWC, which its tensors then may be too.</param>
    /// <param name="grids">The grids of the network's convolutions, to fold tokens to.</param>
    /// <param name="options">What a person says of it.</param>
    public static LayerReader? Find(ReadOnlySpan<long> shape, int batch, GridSize image, bool isInputChannelsLast, IReadOnlyCollection<GridSize> grids, ModelOptions options) => shape.Length switch
    {
        4 when shape[0] == batch && options.Layout is null or FeatureLayout.Nchw or FeatureLayout.Nhwc => FromGrid(shape, image, isInputChannelsLast, options),
        3 when shape[0] == batch && options.Layout is null or FeatureLayout.Tokens => FromTokens(FeatureLayout.Tokens, shape[1], shape[2], image, grids, options),
        3 when shape[1] == batch && options.Layout is null or FeatureLayout.TokensFirst => FromTokens(FeatureLayout.TokensFirst, shape[0], shape[2], image, grids, options),
        _ => null,
    };

    /// <summary>Copies one image's feature map out of the tensor.</summary>
    /// <param name="tensor">All images' numbers.</param>
    /// <param name="image">The image's place in the run.</param>
    /// <param name="batch">Images a run.</param>
    /// <param name="map">Room for <c>[C, H, W]</c>.</param>
    public void Copy(ReadOnlySpan<float> tensor, int image, int batch, Span<float> map)
    {
        int cells = Shape.Height * Shape.Width;
        int channels = Shape.Channels;
        if (Layout == FeatureLayout.Nchw)
        {
            tensor.Slice(image * Shape.Elements, Shape.Elements).CopyTo(map);
            return;
        }

        int tokens = SkippedTokens + cells;
        int first = Layout == FeatureLayout.TokensFirst ? ((SkippedTokens * batch) + image) * channels : ((image * tokens) + SkippedTokens) * channels;
        int step = Layout == FeatureLayout.TokensFirst ? batch * channels : channels;
        for (int cell = 0; cell < cells; cell++)
        {
            ReadOnlySpan<float> vector = tensor.Slice(first + (cell * step), channels);
            for (int channel = 0; channel < vector.Length; channel++)
            {
                map[(channel * cells) + cell] = vector[channel];
            }
        }
    }

    private static LayerReader? FromGrid(ReadOnlySpan<long> shape, GridSize image, bool isInputChannelsLast, ModelOptions options)
    {
        // A grid has about the proportions of the images, and seldom as many cells as there are channels; where both readings
        // are as likely, the way in which the network takes images decides.
        double first = Likeness(shape[2], shape[3], image);
        double last = Likeness(shape[1], shape[2], image);
        bool isLast = options.Layout is { } said ? said == FeatureLayout.Nhwc : last > first || (last == first && isInputChannelsLast);
        return isLast
            ? Create(FeatureLayout.Nhwc, shape[3], shape[1], shape[2], 0)
            : Create(FeatureLayout.Nchw, shape[1], shape[2], shape[3], 0);
    }

    /// <summary>How much two extents are in proportion to an image's height and width: 1 where they are, less where not.</summary>
    private static double Likeness(long height, long width, GridSize image)
    {
        double a = (double)height * image.Width;
        double b = (double)width * image.Height;
        return Math.Min(a, b) / Math.Max(a, b);
    }

    private static LayerReader? FromTokens(FeatureLayout layout, long tokens, long channels, GridSize image, IReadOnlyCollection<GridSize> grids, ModelOptions options)
    {
        foreach (GridSize grid in options.Grid is { } said ? [said] : grids)
        {
            long skipped = tokens - ((long)grid.Height * grid.Width);
            if (skipped is >= 0 and <= MaximumSkippedTokens)
            {
                return Create(layout, channels, grid.Height, grid.Width, (int)skipped);
            }
        }

        // No convolution tells the grid: the largest of the images' proportions will do.
        long height = (long)Math.Sqrt((double)tokens * image.Height / image.Width);
        long width = height * image.Width / image.Height;
        return options.Grid is null && grids.Count == 0 && tokens - (height * width) is var extra && extra <= Math.Min(MaximumSkippedTokens, height)
            ? Create(layout, channels, height, width, (int)extra)
            : null;
    }

    private static LayerReader? Create(FeatureLayout layout, long channels, long height, long width, int skipped) =>
        channels > 0 && height > 0 && width > 0 && channels * height * width <= int.MaxValue
            ? new(layout, new LayerShape((int)channels, (int)height, (int)width), skipped)
            : null;
}
