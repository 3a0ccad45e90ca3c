using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using NetVips;

namespace VisualFeatureSearch.Server.Tests;

/// <summary>Comparisons and statistics over HTTP.</summary>
public sealed class AnalysisTests(GalleryServer server) : IClassFixture<GalleryServer>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Layers_are_compared_each_with_its_own_answer_and_how_much_they_agree()
    {
        object search = new { image = new { index = 17 }, mask = Mask(56, 74), top = 20, excludeSelf = true };
        object[] wanted = [new { store = "gallery", layer = "expanded_conv_5/add" }, new { store = "gallery" }];
        JsonNode comparison = await PostAsync("/api/compare", new { search, rows = wanted, distributions = true });
        JsonArray rows = comparison["rows"]!.AsArray();
        Assert.Equal(["expanded_conv_5/add", "expanded_conv_15/add"], rows.Select(row => row!["layer"]!.GetValue<string>()));
        long[][] rankings = [.. rows.Select(row => Indexes(row!["report"]!))];
        JsonNode alone = await PostAsync("/api/stores/gallery/search", new { image = new { index = 17 }, mask = Mask(56, 74), top = 20, excludeSelf = true, layer = "expanded_conv_5/add" });
        Assert.Equal(Indexes(alone), rankings[0]);
        Assert.All(rankings, ranking => Assert.DoesNotContain(17, ranking));

        JsonNode overlap = Assert.Single(comparison["overlaps"]!.AsArray())!;
        Assert.Equal((0, 1, 20), (overlap["first"]!.GetValue<int>(), overlap["second"]!.GetValue<int>(), overlap["depth"]!.GetValue<int>()));
        Assert.Equal(rankings[0].Intersect(rankings[1]).Count() / 20.0, overlap["atDepth"]!.GetValue<double>(), 1e-9);
        Assert.InRange(overlap["rankBiased"]!.GetValue<double>(), 0, 1);
        Assert.InRange(overlap["rankCorrelation"]!.GetValue<double>(), -0.5, 0.95);
        JsonNode quick = await PostAsync("/api/compare", new { search, rows = wanted });
        Assert.Null(quick["overlaps"]![0]!["rankCorrelation"]);

        JsonNode distribution = rows[0]!["distribution"]!;
        Assert.Equal(211, distribution["count"]!.GetValue<int>());
        Assert.Equal(alone["results"]![0]!["similarity"]!.GetValue<double>(), distribution["maximum"]!.GetValue<double>(), 1e-6);
    }

    [Fact]
    public async Task Layers_and_networks_are_compared_over_the_images_that_both_stores_have()
    {
        object[] rows = [new { store = "gallery", layer = "expanded_conv_5/add" }, new { store = "gallery" }, new { store = "animals" }];
        JsonNode all = await PostAsync("/api/compare/representations", new { rows = rows[..2] });
        Assert.Equal(212, all["images"]!.GetValue<int>());
        Assert.Equal(1, all["linearCka"]![1]![1]!.GetValue<double>(), 1e-9);
        Assert.InRange(all["linearCka"]![0]![1]!.GetValue<double>(), 0.2, 0.9);
        JsonNode shared = await PostAsync("/api/compare/representations", new { rows });
        Assert.InRange(shared["images"]!.GetValue<int>(), 10, 211);
        Assert.Equal(["expanded_conv_5/add", "expanded_conv_15/add"], shared["rows"]!.AsArray().Take(2).Select(row => row!["layer"]!.GetValue<string>()));
        JsonNode few = await PostAsync("/api/compare/representations", new { rows, images = 5 });
        Assert.Equal(5, few["images"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("{}", 400, "'rows' has 0")]
    [InlineData("""{ "rows": [{}] }""", 400, "'store' is missing in a row")]
    [InlineData("""{ "rows": [null] }""", 400, "'store' is missing in a row")]
    [InlineData("""{ "rows": [{ "store": "gallery" }], "images": 3 }""", 400, "'images' is 3: it must be from 4 to 2000")]
    [InlineData("""{ "rows": [{ "store": "nowhere" }] }""", 404, "there is no store 'nowhere'")]
    [InlineData("""{ "rows": [{ "store": "gallery", "layer": "conv9" }] }""", 409, "has no layer 'conv9'")]
    public async Task A_comparison_of_layers_that_makes_no_sense_is_a_problem_that_names_the_field(string body, int status, string words)
    {
        using StringContent content = new(body, System.Text.Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await server.Client.PostAsync(new Uri("/api/compare/representations", UriKind.Relative), content, Token);
        Assert.Equal(status, (int)response.StatusCode);
        JsonNode problem = JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!;
        Assert.Contains(words, problem["detail"]!.GetValue<string>(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Another_network_answers_for_the_same_part_of_the_photograph()
    {
        // A primate of both stores, whose crops differ: the network that sees more of it still finds the photograph itself first.
        JsonArray images = (await GetAsync("/api/stores/gallery/images?label=primate"))["images"]!.AsArray();
        JsonNode photograph = images[0]!;
        object search = new { image = new { store = "gallery", index = photograph["index"]!.GetValue<int>() }, mask = Mask(56, 74), top = 10 };
        JsonNode comparison = await PostAsync("/api/compare", new { search, rows = (object[])[new { store = "gallery" }, new { store = "animals" }] });
        JsonNode[] best = [.. comparison["rows"]!.AsArray().Select(row => row!["report"]!["results"]![0]!)];
        Assert.All(best, match => Assert.Equal(photograph["path"]!.GetValue<string>(), match["path"]!.GetValue<string>()));
        Assert.All(best, match => Assert.True(match["similarity"]!.GetValue<double>() > 0.98));
        Assert.True(comparison["overlaps"]![0]!["atDepth"]!.GetValue<double>() >= 0.1);

        JsonNode without = await PostAsync("/api/stores/animals/search", new { image = new { store = "gallery", index = photograph["index"]!.GetValue<int>() }, mask = Mask(56, 74), excludeSelf = true });
        Assert.DoesNotContain(without["results"]!.AsArray(), match => match!["path"]!.GetValue<string>() == photograph["path"]!.GetValue<string>());
    }

    [Fact]
    public async Task Highlights_of_several_photographs_are_rows_of_one_comparison()
    {
        object search = new { image = new { index = 3 }, mask = Mask(56, 74), top = 5 };
        JsonNode comparison = await PostAsync("/api/compare", new { search, rows = (object[])[new { store = "gallery" }, new { store = "gallery", image = new { index = 40 }, mask = Mask(20, 90) }] });
        Assert.Equal([3, 40], comparison["rows"]!.AsArray().Select(row => row!["report"]!["results"]![0]!["index"]!.GetValue<int>()));
    }

    [Fact]
    public async Task A_comparison_that_makes_no_sense_is_refused_with_the_field()
    {
        object search = new { image = new { index = 17 }, mask = Mask(56, 74) };
        await AssertProblemAsync(HttpStatusCode.BadRequest, "'rows'", "/api/compare", new { search, rows = Array.Empty<object>() });
        await AssertProblemAsync(HttpStatusCode.BadRequest, "'search'", "/api/compare", new { rows = (object[])[new { store = "gallery" }] });
        await AssertProblemAsync(HttpStatusCode.BadRequest, "'store'", "/api/compare", new { search, rows = (object[])[new { layer = "x" }] });
        await AssertProblemAsync(HttpStatusCode.Conflict, "conv5", "/api/compare", new { search, rows = (object[])[new { store = "gallery", layer = "conv5" }] });
        await AssertProblemAsync(HttpStatusCode.NotFound, "no store 'x'", "/api/compare", new { search, rows = (object[])[new { store = "x" }] });
    }

    [Fact]
    public async Task Results_tell_the_mask_of_the_layer_and_leave_out_what_was_hidden()
    {
        JsonNode first = await PostAsync("/api/stores/gallery/search", new { image = new { index = 3 }, mask = Mask(56, 74), top = 4 });
        JsonNode box = first["query"]!["box"]!;
        double[] weights = [.. first["query"]!["weights"]!.AsArray().Select(weight => weight!.GetValue<double>())];
        Assert.Equal(box["height"]!.GetValue<int>() * box["width"]!.GetValue<int>(), weights.Length);
        Assert.All(weights, weight => Assert.InRange(weight, 0, 1));

        long[] hidden = Indexes(first)[..2];
        JsonNode second = await PostAsync("/api/stores/gallery/search", new { image = new { index = 3 }, mask = Mask(56, 74), top = 2, leaveOut = hidden });
        Assert.Equal(Indexes(first)[2..], Indexes(second));
        await AssertProblemAsync(HttpStatusCode.BadRequest, "no column 'site'", "/api/stores/gallery/search", new { image = new { index = 3 }, mask = Mask(56, 74), columns = (string[])["site"] });
    }

    [Fact]
    public async Task Statistics_describe_every_label_and_how_precise_the_first_results_are()
    {
        int own = (await GetAsync("/api/stores/gallery/images?label=primate"))["images"]![1]!["index"]!.GetValue<int>();
        object search = new { image = new { index = own }, mask = Mask(40, 180) };
        JsonNode statistics = await PostAsync("/api/stores/gallery/statistics", new { search });
        JsonNode store = await GetAsync("/api/stores/gallery");
        Dictionary<string, int> counts = store["labels"]!.AsArray().ToDictionary(label => label!["label"]!.GetValue<string>(), label => label!["images"]!.GetValue<int>());
        counts["primate"]--;
        JsonArray groups = statistics["groups"]!.AsArray();
        Assert.Equal(counts, groups.ToDictionary(group => group!["name"]!.GetValue<string>(), group => group!["distribution"]!["count"]!.GetValue<int>()));
        Assert.Equal(211, statistics["all"]!["count"]!.GetValue<int>());
        Assert.All(groups, group =>
        {
            Assert.InRange(group!["test"]!["pValue"]!.GetValue<double>(), 1e-5, 1);
            Assert.True(group["test"]!["adjustedPValue"]!.GetValue<double>() >= group["test"]!["pValue"]!.GetValue<double>());
            Assert.True(group["againstOthers"]!["low"]!.GetValue<double>() <= group["againstOthers"]!["high"]!.GetValue<double>());
        });

        JsonArray results = (await PostAsync("/api/stores/gallery/search", new { image = new { index = own }, mask = Mask(40, 180), top = 5, excludeSelf = true }))["results"]!.AsArray();
        JsonNode atFive = statistics["precision"]!["at"]![1]!;
        Assert.Equal(5, atFive["depth"]!.GetValue<int>());
        Assert.Equal(results.Count(result => result!["label"]!.GetValue<string>() == "primate") / 5.0, atFive["share"]!.GetValue<double>(), 1e-9);
        Assert.Equal(counts["primate"] / 211.0, statistics["precision"]!["chance"]!.GetValue<double>(), 1e-9);
        Assert.Equal(statistics.ToJsonString(), (await PostAsync("/api/stores/gallery/statistics", new { search })).ToJsonString());
    }

    [Fact]
    public async Task A_second_highlight_gives_the_contrast_and_without_one_it_is_asked_for()
    {
        object image = new { index = 3 };
        object both = new { image, mask = Mask(40, 100), negativeMask = Mask(120, 200), where = "label <> 'cat'" };
        double highlight = Median(await PostAsync("/api/stores/gallery/statistics", new { search = both }));
        double contrast = Median(await PostAsync("/api/stores/gallery/statistics", new { search = both, measure = "contrast" }));
        double swapped = Median(await PostAsync("/api/stores/gallery/statistics", new { search = new { image, mask = Mask(120, 200), where = "label <> 'cat'" } }));
        Assert.Equal(swapped, contrast, 1e-9);
        Assert.NotEqual(highlight, contrast, 1e-9);
        JsonNode difference = await PostAsync("/api/stores/gallery/statistics", new { search = both, measure = "difference" });
        Assert.DoesNotContain(difference["groups"]!.AsArray(), group => group!["name"]!.GetValue<string>() == "cat");

        object one = new { image, mask = Mask(40, 100) };
        await AssertProblemAsync(HttpStatusCode.BadRequest, "'measure'", "/api/stores/gallery/statistics", new { search = one, measure = "difference" });
        await AssertProblemAsync(HttpStatusCode.BadRequest, "'measure'", "/api/stores/gallery/statistics", new { search = one, measure = "7" });
        await AssertProblemAsync(HttpStatusCode.BadRequest, "no column 'site'", "/api/stores/gallery/statistics", new { search = one, by = "site" });
        await AssertProblemAsync(HttpStatusCode.BadRequest, "no image takes part", "/api/stores/gallery/statistics", new { search = new { image, mask = Mask(40, 100), where = "label = 'x'" } }, ignoreCase: true);

        static double Median(JsonNode statistics) => statistics["all"]!["median"]!.GetValue<double>();
    }

    private static long[] Indexes(JsonNode report) => [.. report["results"]!.AsArray().Select(result => result!["index"]!.GetValue<long>())];

    /// <summary>A mask on the gallery's crop: a square from one pixel to another, in both directions.</summary>
    private static string Mask(int from, int to)
    {
        byte[] pixels = new byte[224 * 224 * 4];
        for (int y = from; y < to; y++)
        {
            for (int x = from; x < to; x++)
            {
                pixels[(((y * 224) + x) * 4) + 3] = 255;
            }
        }

        using Image image = Image.NewFromMemory(pixels, 224, 224, 4, Enums.BandFormat.Uchar);
        return Convert.ToBase64String(image.WriteToBuffer(".png"));
    }

    private async Task<JsonNode> GetAsync(string path) => (await server.Client.GetFromJsonAsync<JsonNode>(path, Token))!;

    private async Task<JsonNode> PostAsync(string path, object body)
    {
        using HttpResponseMessage answer = await server.Client.PostAsJsonAsync(path, body, Token);
        string text = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    private async Task AssertProblemAsync(HttpStatusCode status, string text, string path, object body, bool ignoreCase = false)
    {
        using HttpResponseMessage answer = await server.Client.PostAsJsonAsync(path, body, Token);
        Assert.Equal(status, answer.StatusCode);
        Assert.Contains(text, (await answer.Content.ReadFromJsonAsync<JsonNode>(Token))!["detail"]!.GetValue<string>(), ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
    }
}
