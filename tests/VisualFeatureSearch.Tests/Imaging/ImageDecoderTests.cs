using NetVips;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Tests.Imaging;

public sealed class ImageDecoderTests
{
    private static readonly string Kitten = Path.Combine(Repository.Gallery, "cat", "kitten.jpg");

    public static TheoryData<string> Formats => [".png", ".webp[lossless]", ".tif", ".tif[compression=lzw]", ".gif", ".png[palette]", ".jpg[Q=95]"];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Every_format_decodes_to_the_same_photograph(string format)
    {
        using Image photograph = Image.NewFromFile(Kitten);
        PixelImage decoded = ImageDecoder.Decode(photograph.WriteToBuffer(format));
        PixelImage expected = ImageDecoder.DecodeFile(Kitten);
        Assert.Equal((expected.Width, expected.Height, 3), (decoded.Width, decoded.Height, decoded.Channels));
        Assert.True(MeanDifference(expected, decoded) < 6, $"{MeanDifference(expected, decoded)} grey levels apart");
    }

    [Fact]
    public void Bmp_decodes_upright_in_colour()
    {
        // Two by two, 24 bits, bottom row first: blue, green / red, white.
        byte[] bmp = [
            (byte)'B', (byte)'M', 70, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 24, 0,
            0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            255, 0, 0, 0, 255, 0, 0, 0, 0, 0, 255, 255, 255, 255, 0, 0];
        Assert.Equal([255, 0, 0, 255, 255, 255, 0, 0, 255, 0, 255, 0], ImageDecoder.Decode(bmp).Pixels);
        Assert.Contains("truncated", Assert.Throws<ImageException>(() => ImageDecoder.Decode(bmp[..60])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Grey_sixteen_bit_and_CMYK_become_RGB()
    {
        using Image photograph = Image.NewFromFile(Kitten);
        using Image grey = photograph.Colourspace(Enums.Interpretation.Bw);
        PixelImage fromGrey = ImageDecoder.Decode(grey.PngsaveBuffer());
        Assert.Equal(fromGrey.Pixels[0], fromGrey.Pixels[1]);

        using Image deep = (grey.Cast(Enums.BandFormat.Ushort) * 256).Cast(Enums.BandFormat.Ushort).Copy(interpretation: Enums.Interpretation.Grey16);
        Assert.Equal(fromGrey.Pixels, ImageDecoder.Decode(deep.PngsaveBuffer()).Pixels);

        using Image cmyk = photograph.Colourspace(Enums.Interpretation.Cmyk);
        PixelImage fromCmyk = ImageDecoder.Decode(cmyk.JpegsaveBuffer(q: 95));
        Assert.Equal(3, fromCmyk.Channels);
        Assert.True(MeanDifference(ImageDecoder.DecodeFile(Kitten), fromCmyk) < 30);
    }

    [Fact]
    public void Alpha_is_dropped_without_blending_as_Pillow_does()
    {
        using Image colour = Image.NewFromMemory(new byte[] { 10, 20, 30, 0 }, 1, 1, 4, Enums.BandFormat.Uchar).Copy(interpretation: Enums.Interpretation.Srgb);
        byte[] png = colour.PngsaveBuffer();
        Assert.Equal([10, 20, 30], ImageDecoder.Decode(png).Pixels);
        Assert.Equal([0], ImageDecoder.DecodeAlpha(png).Pixels);
    }

    [Theory]
    [InlineData(1, new byte[] { 1, 2 })]
    [InlineData(3, new byte[] { 2, 1 })]
    [InlineData(6, new byte[] { 1, 2 })]
    [InlineData(8, new byte[] { 2, 1 })]
    public void The_EXIF_orientation_is_applied(int orientation, byte[] expected)
    {
        using Image plain = Image.NewFromMemory(new byte[] { 1, 1, 1, 2, 2, 2 }, 2, 1, 3, Enums.BandFormat.Uchar).Copy(interpretation: Enums.Interpretation.Srgb);
        using Image tagged = plain.Mutate(image => image.Set(GValue.GIntType, "orientation", orientation));
        PixelImage decoded = ImageDecoder.Decode(tagged.TiffsaveBuffer());
        Assert.Equal(orientation < 5 ? (2, 1) : (1, 2), (decoded.Width, decoded.Height));
        Assert.Equal((expected[0], expected[1]), (decoded.Pixels[0], decoded.Pixels[3]));
    }

    [Fact]
    public void Files_that_are_no_whole_images_say_why()
    {
        byte[] whole = File.ReadAllBytes(Kitten);
        AssertSays("empty", []);
        AssertSays("not an image", "plain text"u8.ToArray());
        AssertSays("cannot be decoded", whole[..(whole.Length / 2)]);
        Assert.Contains("megapixels", Assert.Throws<ImageException>(() => ImageDecoder.Decode(whole, 1000)).Message, StringComparison.Ordinal);
        Assert.Contains("alpha", Assert.Throws<ImageException>(() => ImageDecoder.DecodeAlpha(whole)).Message, StringComparison.Ordinal);
        Assert.Contains("no such file", Assert.Throws<ImageException>(() => ImageDecoder.DecodeFile("/nowhere.png")).Message, StringComparison.Ordinal);

        static void AssertSays(string words, byte[] bytes) => Assert.Contains(words, Assert.Throws<ImageException>(() => ImageDecoder.Decode(bytes)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(".jpg[Q=95]")]
    [InlineData(".png")]
    [InlineData(".webp[lossless]")]
    public void A_small_image_looks_like_the_whole_one_and_is_never_enlarged(string format)
    {
        using Image photograph = Image.NewFromFile(Kitten);
        byte[] file = photograph.WriteToBuffer(format);
        PixelImage whole = ImageDecoder.Decode(file);
        PixelImage small = ImageDecoder.DecodeSmall(file, 128);
        Assert.Equal(128, Math.Max(small.Width, small.Height));
        Assert.Equal((double)whole.Width / whole.Height, (double)small.Width / small.Height, 0.02);
        Assert.InRange(MeanDifference(Resampler.Resize(whole, small.Width, small.Height), small), 0, 6);

        PixelImage same = ImageDecoder.DecodeSmall(file, 5000);
        Assert.Equal((whole.Width, whole.Height), (same.Width, same.Height));
        Assert.Throws<ImageException>(() => ImageDecoder.DecodeSmall([.. file.Reverse()], 128));
        Assert.Throws<ImageException>(() => ImageDecoder.DecodeSmall([], 128));
    }

    private static double MeanDifference(PixelImage left, PixelImage right) =>
        left.Pixels.Zip(right.Pixels, (a, b) => (double)Math.Abs(a - b)).Average();
}
