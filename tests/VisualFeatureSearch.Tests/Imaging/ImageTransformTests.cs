using VisualFeatureSearch.Features;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Tests.Imaging;

public sealed class ImageTransformTests
{
    public static TheoryData<string> Pictures { get; } = ["up_96x128", "up_100x134", "down_500x375", "same_256x300", "gray_150x200"];

    [Theory]
    [MemberData(nameof(Pictures))]
    public void The_crop_is_within_a_grey_level_of_Pillows(string name)
    {
        PixelImage photograph = ImageDecoder.DecodeFile(Repository.Golden($"images/{name}.png"));
        PixelImage expected = ImageDecoder.DecodeFile(Repository.Golden($"images/{name}_vis.png"));

        PixelImage crop = ImageTransform.TorchvisionImageNet().Cut(photograph);

        Assert.Equal((expected.Width, expected.Height), (crop.Width, crop.Height));
        int worst = crop.Pixels.Zip(expected.Pixels, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(worst <= 1, $"differs by {worst} grey levels");
    }

    [Theory]
    [InlineData("up_96x128")]
    [InlineData("down_500x375")]
    public void The_networks_input_is_torchvisions(string name)
    {
        PixelImage photograph = ImageDecoder.DecodeFile(Repository.Golden($"images/{name}.png"));
        NpyFile expected = NpyFile.Read(Repository.Golden($"images/{name}_net.npy"));
        ImageTransform transform = ImageTransform.TorchvisionImageNet();
        float[] input = new float[3 * 224 * 224];

        transform.Normalise(transform.Cut(photograph), input);

        Assert.Equal([3, 56, 56], expected.Shape);
        for (int i = 0; i < expected.Values.Length; i++)
        {
            int c = i / (56 * 56), y = i / 56 % 56, x = i % 56;
            Assert.Equal(expected.Values[i], input[(((c * 224) + (4 * y)) * 224) + (4 * x)], 1e-5f);
        }
    }

    [Fact]
    public void A_preset_takes_a_size() => Assert.Equal(300, ImageTransform.Parse("tensorflow:300").InputHeight);

    [Fact]
    public void A_transform_survives_its_JSON()
    {
        ImageTransform transform = ImageTransform.TorchvisionImageNet(112) with { Channels = ChannelOrder.Bgr, Filter = ResizeFilter.Bicubic, Resize = ResizeMode.Stretch };
        Assert.Equal(transform, ImageTransform.Parse(transform.ToJson()));
    }

    [Theory]
    [InlineData("imagenet", "neither a preset")]
    [InlineData("tensorflow:0", "'0'")]
    [InlineData("""{"size": 10, "crop": 20}""", "\"crop\" is 20")]
    [InlineData("""{"size": 10, "mean": [1]}""", "\"mean\" has 1")]
    [InlineData("""{"size": 10, "krop": 5}""", "krop")]
    [InlineData("""{"size": """, "is not JSON at line 1")]
    public void A_wrong_transform_is_refused_with_its_field(string text, string named) =>
        Assert.Contains(named, Assert.Throws<FormatException>(() => ImageTransform.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Channels_are_scaled_ordered_and_made_grey_as_asked()
    {
        PixelImage pixel = new(1, 1, 3, [10, 20, 30]);
        float[] three = new float[3];
        (ImageTransform.Raw(1) with { Channels = ChannelOrder.Bgr }).Normalise(pixel, three);
        Assert.Equal([30, 20, 10], three);
        ImageTransform.TensorFlow(1).Normalise(pixel, three);
        Assert.Equal((10 / 127.5f) - 1, three[0], 1e-6f);
        float[] one = new float[1];
        (ImageTransform.Raw(1) with { Channels = ChannelOrder.Grey }).Normalise(pixel, one);
        Assert.Equal(18, one[0]);
    }

    [Theory]
    [InlineData(600, 300, 200, 100)]
    [InlineData(300, 300, 150, 150)]
    [InlineData(200, 300, 150, 225)]
    public void A_rectangle_is_covered_and_cut_from_the_centre(int width, int height, int resizedWidth, int resizedHeight)
    {
        ImageTransform transform = ImageTransform.Parse("tensorflow:100x150");
        (int foundWidth, int foundHeight, PixelBox crop) = transform.Place(width, height);
        Assert.Equal((resizedWidth, resizedHeight), (foundWidth, foundHeight));
        Assert.Equal((150, 100), (crop.Width, crop.Height));
        Assert.Equal((resizedWidth - 150) / 2, crop.X);
        PixelImage cut = transform.Cut(new PixelImage(width, height, 3, new byte[width * height * 3]));
        Assert.Equal((150, 100), (cut.Width, cut.Height));
        Assert.Equal(transform, ImageTransform.Parse(transform.ToJson()));
    }

    [Theory]
    [InlineData("torchvision-imagenet")]
    [InlineData("tensorflow:100x150")]
    public void An_enlarged_crop_shows_the_same_part_of_the_photograph(string name)
    {
        ImageTransform transform = ImageTransform.Parse(name);
        PixelImage photograph = ImageDecoder.DecodeFile(Path.Combine(Repository.Gallery, "cat", "kitten.jpg"));
        PixelImage crop = transform.Cut(photograph);
        PixelImage large = transform.Enlarge(3).Cut(photograph);
        Assert.Equal((3 * crop.Width, 3 * crop.Height), (large.Width, large.Height));
        PixelImage back = Resampler.Resize(large, crop.Width, crop.Height);
        Assert.InRange(crop.Pixels.Zip(back.Pixels, (a, b) => Math.Abs(a - b)).Average(), 0, 5);
        Assert.Throws<ArgumentOutOfRangeException>(() => transform.Enlarge(0));
    }
}
