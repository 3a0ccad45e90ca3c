namespace VisualFeatureSearch.Regions;

/// <summary>
/// What a highlighted region is searched with: the query's features and the mask, both cropped to the box of the cells
/// whose weight is positive, with the features normalised: k = Q·m / ‖Q·m‖ (Ulrich and Fong, arXiv 2211.15060).
/// </summary>
public sealed class RegionKernel
{
    private RegionKernel(int channels, int mapHeight, int mapWidth, Window box, float[] weights, float[] kernel)
    {
        Channels = channels;
        MapHeight = mapHeight;
        MapWidth = mapWidth;
        Box = box;
        Weights = weights;
        Kernel = kernel;
    }

    /// <summary>Channels of the layer, C.</summary>
    public int Channels { get; }

    /// <summary>Cells down of the query's feature map, H.</summary>
    public int MapHeight { get; }

    /// <summary>Cells across of the query's feature map, W.</summary>
    public int MapWidth { get; }

    /// <summary>The bounding box of the positive weights, in the query's own feature map.</summary>
    public Window Box { get; }

    /// <summary>The cropped mask m, h x w. Weights that are zero or negative stay as they are inside the box.</summary>
    public IReadOnlyList<float> Weights { get; }

    /// <summary>The normalised features k, <c>[C, h, w]</c>, of Euclidean length 1.</summary>
    public IReadOnlyList<float> Kernel { get; }

    /// <summary>Makes the kernel of a highlighted region.</summary>
    /// <param name="features">The query's feature map Q, <c>[C, H, W]</c>.</param>
    /// <param name="channels">C.</param>
    /// <param name="mask">The region, H x W.</param>
    /// <exception cref="RegionException">
    /// Nothing is highlighted, the features have another shape or are not finite, or they are zero under the mask.
    /// </exception>
    public static RegionKernel Create(ReadOnlySpan<float> features, int channels, RegionMask mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        int height = mask.Height;
        int width = mask.Width;
        if (features.Length != (long)channels * height * width)
        {
            throw new RegionException($"the mask has {height} x {width} cells, which does not fit features of {features.Length} numbers in {channels} channels");
        }

        Window box = BoundingBox(mask);
        float[] weights = new float[box.Height * box.Width];
        for (int y = 0; y < box.Height; y++)
        {
            for (int x = 0; x < box.Width; x++)
            {
                weights[(y * box.Width) + x] = mask[box.Y + y, box.X + x];
            }
        }

        float[] kernel = new float[channels * weights.Length];
        double squares = 0;
        for (int c = 0, at = 0; c < channels; c++)
        {
            for (int y = 0; y < box.Height; y++)
            {
                int row = (((c * height) + box.Y + y) * width) + box.X;
                for (int x = 0; x < box.Width; x++, at++)
                {
                    float product = features[row + x] * weights[(y * box.Width) + x];
                    kernel[at] = product;
                    squares += (double)product * product;
                }
            }
        }

        if (!double.IsFinite(squares))
        {
            throw new RegionException("the query's features contain an infinity or NaN under the mask");
        }

        if (squares == 0)
        {
            throw new RegionException("the query's features are all zero under the mask, so nothing is similar to them: highlight another region or choose another layer");
        }

        double norm = Math.Sqrt(squares);
        for (int i = 0; i < kernel.Length; i++)
        {
            kernel[i] = (float)(kernel[i] / norm);
        }

        return new RegionKernel(channels, height, width, box, weights, kernel);
    }

    private static Window BoundingBox(RegionMask mask)
    {
        int top = mask.Height, left = mask.Width, bottom = -1, right = -1;
        for (int y = 0; y < mask.Height; y++)
        {
            for (int x = 0; x < mask.Width; x++)
            {
                if (mask[y, x] > 0)
                {
                    top = Math.Min(top, y);
                    bottom = y;
                    left = Math.Min(left, x);
                    right = Math.Max(right, x);
                }
            }
        }

        return bottom >= 0
            ? new Window(top, left, bottom - top + 1, right - left + 1)
            : throw new RegionException("the mask is empty: highlight a region, or a larger one if it vanished at the layer's resolution");
    }
}
