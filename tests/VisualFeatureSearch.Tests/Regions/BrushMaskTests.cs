using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Regions;

namespace VisualFeatureSearch.Tests.Regions;

public sealed class BrushMaskTests
{
    private static readonly ImageTransform Torchvision = ImageTransform.TorchvisionImageNet();
    private static readonly ImageTransform Square = ImageTransform.TensorFlow(320);

    [Theory]
    [InlineData(640, 480)]
    [InlineData(333, 517)]
    [InlineData(224, 224)]
    public void A_mask_painted_on_one_crop_lies_on_the_same_part_of_the_photograph_on_another(int width, int height)
    {
        PixelImage photograph = Box(width, height, width * 0.4, height * 0.35, width * 0.2, height * 0.25);
        PixelImage moved = BrushMask.BetweenCrops(BrushMask.OnCrop(photograph, width, height, Torchvision), width, height, Torchvision, Square);
        PixelImage expected = BrushMask.OnCrop(photograph, width, height, Square);
        Assert.Equal((320, 320), (moved.Width, moved.Height));

        // Two resizings blur an edge more than one; where the box lies is the same to a pixel of the first crop, 1.4 of the second.
        Assert.InRange(expected.Pixels.Zip(moved.Pixels, (a, b) => Math.Abs(a - b)).Average(), 0, 4);
        Assert.Equal(Middle(expected).X, Middle(moved).X, 1.4);
        Assert.Equal(Middle(expected).Y, Middle(moved).Y, 1.4);
    }

    [Fact]
    public void What_the_first_crop_does_not_show_stays_unpainted()
    {
        PixelImage all = new(224, 224, 1, [.. Enumerable.Repeat((byte)255, 224 * 224)]);
        PixelImage moved = BrushMask.BetweenCrops(all, 400, 400, Torchvision, Square);

        // The centre 224 of 256 pixels: a sixteenth of the photograph at each side is outside.
        Assert.Equal(0, moved.Pixels[(160 * 320) + 17]);
        Assert.Equal(255, moved.Pixels[(160 * 320) + 23]);
        Assert.Equal(0, moved.Pixels[(300 * 320) + 303]);
    }

    [Fact]
    public void Between_equal_crops_the_mask_stays_as_it_is()
    {
        PixelImage mask = Box(224, 224, 50, 60, 70, 80);
        Assert.Same(mask, BrushMask.BetweenCrops(mask, 640, 480, ImageTransform.TensorFlow(224), ImageTransform.Raw(224)));
    }

    [Theory]
    [InlineData(640, 480, 160, 120)]
    [InlineData(333, 517, 150, 233)]
    public void A_mask_of_the_photographs_shape_may_be_smaller(int width, int height, int maskWidth, int maskHeight)
    {
        PixelImage whole = BrushMask.OnCrop(Box(width, height, width * 0.4, height * 0.35, width * 0.2, height * 0.25), width, height, Square);
        PixelImage small = BrushMask.OnCrop(Box(maskWidth, maskHeight, maskWidth * 0.4, maskHeight * 0.35, maskWidth * 0.2, maskHeight * 0.25), width, height, Square);
        Assert.Equal((320, 320), (small.Width, small.Height));
        Assert.Equal(Middle(whole).X, Middle(small).X, 2.5);
        Assert.Equal(Middle(whole).Y, Middle(small).Y, 2.5);
    }

    [Fact]
    public void A_mask_of_neither_size_is_refused_with_the_sizes_it_may_have()
    {
        PixelImage mask = Box(100, 90, 10, 10, 10, 10);
        Assert.Contains("100 x 90", Assert.Throws<RegionException>(() => BrushMask.BetweenCrops(mask, 640, 480, Torchvision, Square)).Message, StringComparison.Ordinal);
        string message = Assert.Throws<RegionException>(() => BrushMask.OnCrop(mask, 640, 480, Square)).Message;
        Assert.Contains("320 x 320", message, StringComparison.Ordinal);
        Assert.Contains("640 x 480", message, StringComparison.Ordinal);
    }

    private static PixelImage Box(int width, int height, double left, double top, double boxWidth, double boxHeight)
    {
        byte[] alpha = new byte[width * height];
        for (int y = (int)top; y < (int)(top + boxHeight); y++)
        {
            alpha.AsSpan((y * width) + (int)left, (int)boxWidth).Fill(255);
        }

        return new PixelImage(width, height, 1, alpha);
    }

    private static (double X, double Y) Middle(PixelImage mask)
    {
        double sum = mask.Pixels.Sum(value => (double)value);
        return (mask.Pixels.Select((value, i) => (double)value * (i % mask.Width)).Sum() / sum, mask.Pixels.Select((value, i) => (double)value * (i / mask.Width)).Sum() / sum);
    }
}
