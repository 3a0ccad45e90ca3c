using System.Text.Json;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Tests.Regions;

public sealed class RegionMaskTests
{
    public static TheoryData<string, string> GoldenMasks
    {
        get
        {
            TheoryData<string, string> masks = [];
            using JsonDocument index = JsonDocument.Parse(File.ReadAllBytes(Repository.Golden("index.json")));
            foreach (JsonElement mask in index.RootElement.GetProperty("masks").EnumerateArray())
            {
                masks.Add(mask.GetProperty("png").GetString()!, mask.GetProperty("alpha_uint8").GetString()!);
            }

            return masks;
        }
    }

    [Theory]
    [MemberData(nameof(GoldenMasks))]
    public void A_painted_mask_shrinks_to_exactly_Pillows_alpha(string png, string alpha)
    {
        PixelImage brush = ImageDecoder.DecodeAlpha(File.ReadAllBytes(Repository.Golden(png)));
        NpyFile expected = NpyFile.Read(Repository.Golden(alpha));

        RegionMask mask = RegionMask.FromBrush(brush, expected.Shape[0], expected.Shape[1]);

        Assert.Equal(expected.Values, mask.Weights.ToArray().Select(weight => MathF.Round(weight * 255)));
    }

    [Theory]
    [InlineData(float.NaN, "finite")]
    [InlineData(float.NegativeInfinity, "finite")]
    [InlineData(-3e18f, "-3E+18")]
    public void A_mask_with_a_weight_that_means_nothing_is_refused(float weight, string words) =>
        Assert.Contains(words, Assert.Throws<RegionException>(() => new RegionMask(1, 2, [1, weight])).Message, StringComparison.Ordinal);
}
