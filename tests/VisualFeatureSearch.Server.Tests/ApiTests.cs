using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NetVips;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Server.Tests;

public sealed class ApiTests(GalleryServer server) : IClassFixture<GalleryServer>
{
    private static readonly string Calf = Path.Combine(Repository.Gallery, "hoofed-animal", "calf.jpg");

    private HttpClient Client => server.Client;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Stores_whose_photographs_are_there_and_stores_that_name_none_give_no_warning() => Assert.Empty(server.Warnings);

    [Fact]
    public async Task Stores_are_listed_with_layers_network_and_labels()
    {
        JsonNode stores = await GetAsync("/api/stores");
        Assert.Equal(["gallery", "g7", "animals"], stores.AsArray().Select(store => store!["id"]!.GetValue<string>()));
        JsonNode gallery = await GetAsync("/api/stores/gallery");
        Assert.Equal(212, gallery["images"]!.GetValue<int>());
        Assert.Equal("ssd-mobilenet-v2-oid", gallery["model"]!.GetValue<string>());
        Assert.Equal(224, gallery["inputWidth"]!.GetValue<int>());
        Assert.Equal("""{"channels":160,"height":7,"width":7}""", gallery["layers"]![1]!["grid"]!.ToJsonString());
        Assert.Contains(gallery["labels"]!.AsArray(), label => label!["label"]!.GetValue<string>() == "fish");
        Assert.Null((await GetAsync("/api/stores/g7"))["model"]);
    }

    [Fact]
    public async Task Images_come_in_pages_and_by_label()
    {
        JsonNode page = await GetAsync("/api/stores/gallery/images?offset=10&limit=5");
        Assert.Equal(212, page["total"]!.GetValue<int>());
        Assert.Equal(Enumerable.Range(10, 5), page["images"]!.AsArray().Select(image => image!["index"]!.GetValue<int>()));
        JsonNode cats = await GetAsync("/api/stores/gallery/images?label=cat");
        Assert.Equal(4, cats["total"]!.GetValue<int>());
        Assert.All(cats["images"]!.AsArray(), image => Assert.StartsWith("cat/", image!["path"]!.GetValue<string>(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Images_are_found_by_a_condition_and_one_alone_tells_its_hash()
    {
        JsonNode page = await GetAsync("/api/stores/gallery/images?offset=1&limit=2&where=" + Uri.EscapeDataString("label in ('cat', 'fish')"));
        int total = (await GetAsync("/api/stores/gallery/images?label=cat"))["total"]!.GetValue<int>() + (await GetAsync("/api/stores/gallery/images?label=fish"))["total"]!.GetValue<int>();
        Assert.Equal(total, page["total"]!.GetValue<int>());
        Assert.Equal(2, page["images"]!.AsArray().Count);
        JsonNode image = await GetAsync($"/api/stores/gallery/images/{page["images"]![0]!["index"]}");
        byte[] file = await File.ReadAllBytesAsync(Path.Combine(Repository.Gallery, image["path"]!.GetValue<string>()), Token);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(file)), image["sha256"]!.GetValue<string>());
        Assert.Null(page["images"]![0]!["sha256"]);

        using HttpResponseMessage wrong = await Client.GetAsync(new Uri("/api/stores/gallery/images?where=colour%20%3D%201", UriKind.Relative), Token);
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
    }

    [Fact]
    public async Task Crops_and_thumbnails_are_JPEG_of_the_promised_size_and_cacheable()
    {
        using HttpResponseMessage crop = await Client.GetAsync(new Uri("/api/stores/gallery/images/3/crop", UriKind.Relative), Token);
        PixelImage square = ImageDecoder.Decode(await crop.Content.ReadAsByteArrayAsync(Token));
        Assert.Equal((224, 224), (square.Width, square.Height));
        Assert.Equal("image/jpeg", crop.Content.Headers.ContentType!.MediaType);
        using HttpRequestMessage again = new(HttpMethod.Get, "/api/stores/gallery/images/3/crop");
        again.Headers.IfNoneMatch.Add(crop.Headers.ETag!);
        Assert.Equal(HttpStatusCode.NotModified, (await Client.SendAsync(again, Token)).StatusCode);

        PixelImage thumbnail = ImageDecoder.Decode(await Client.GetByteArrayAsync(new Uri("/api/stores/gallery/images/3/thumbnail?size=100", UriKind.Relative), Token));
        Assert.Equal(100, Math.Max(thumbnail.Width, thumbnail.Height));
    }

    [Fact]
    public async Task A_region_of_a_stores_image_finds_that_image_first_in_the_same_window()
    {
        JsonNode report = await SearchAsync(new { image = new { index = 3 }, mask = Mask(224), layer = "expanded_conv_15/add", top = 5 });
        JsonNode first = report["results"]![0]!;
        Assert.Equal(3, first["index"]!.GetValue<int>());
        Assert.Equal(1, first["rank"]!.GetValue<int>());
        Assert.True(first["similarity"]!.GetValue<float>() > 0.999f);
        Assert.Equal(report["query"]!["box"]!.ToJsonString(), first["window"]!.ToJsonString());
        Assert.Equal(212, report["stats"]!["images"]!.GetValue<int>());
        Assert.Equal(5, report["results"]!.AsArray().Count);
    }

    [Fact]
    public async Task An_upload_and_a_form_give_the_same_answer()
    {
        byte[] photograph = await File.ReadAllBytesAsync(Calf, Token);
        using ByteArrayContent body = new(photograph);
        body.Headers.ContentType = MediaTypeHeaderValue.Parse("application/x-www-form-urlencoded");
        using HttpResponseMessage created = await Client.PostAsync(new Uri("/api/uploads", UriKind.Relative), body, Token);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        string id = (await created.Content.ReadFromJsonAsync<JsonNode>(Token))!["id"]!.GetValue<string>();
        JsonNode byReference = await SearchAsync(new { image = new { upload = id }, mask = "data:image/png;base64," + Mask(224), top = 4 });

        using MultipartFormDataContent form = new()
        {
            { new ByteArrayContent(photograph), "image", "calf.jpg" },
            { new ByteArrayContent(Convert.FromBase64String(Mask(224))), "mask", "mask.png" },
            { new StringContent("4"), "top" },
            { new StringContent("false"), "excludeSelf" },
            { new StringContent("7"), "leaveOut" },
            { new StringContent("8"), "leaveOut" },
        };
        using HttpResponseMessage answer = await Client.PostAsync(new Uri("/api/stores/gallery/search/photograph", UriKind.Relative), form, Token);
        JsonNode byForm = (await answer.Content.ReadFromJsonAsync<JsonNode>(Token))!;

        JsonArray others = (await SearchAsync(new { image = new { upload = id }, mask = Mask(224), top = 3, excludeSelf = true }))["results"]!.AsArray();
        Assert.Equal(byReference["results"]!.AsArray().Skip(1).Select(result => result!["index"]!.GetValue<int>()), others.Select(result => result!["index"]!.GetValue<int>()));

        Assert.Equal("hoofed-animal/calf.jpg", byReference["results"]![0]!["path"]!.GetValue<string>());
        Assert.Equal(byReference["results"]!.ToJsonString(), byForm["results"]!.ToJsonString());
        PixelImage crop = ImageDecoder.Decode(await Client.GetByteArrayAsync(new Uri($"/api/stores/gallery/uploads/{id}/crop", UriKind.Relative), Token));
        Assert.Equal(224, crop.Width);
    }

    [Fact]
    public async Task A_search_takes_filters_and_a_second_mask_and_its_map_has_the_best_window()
    {
        object image = new { index = 3 };
        JsonArray narrowed = (await SearchAsync(new { image, mask = Mask(224), where = "label <> 'cat'", unique = "label", excludeSelf = true, nearDuplicates = 0.99, budgetMilliseconds = 60000, top = 8 }))["results"]!.AsArray();
        Assert.Equal(8, narrowed.Count);
        Assert.Equal(8, narrowed.Select(result => result!["label"]!.GetValue<string>()).Distinct().Count());
        Assert.DoesNotContain(narrowed, result => result!["index"]!.GetValue<int>() == 3 || result["label"]!.GetValue<string>() == "cat");

        Assert.Equal(3, (await SearchAsync(new { image, mask = Mask(224), where = " ", top = 3 }))["results"]!.AsArray().Count);

        JsonNode contrast = await SearchAsync(new { image, mask = Mask(224), negativeMask = Mask(224), threshold = -0.5 });
        Assert.All(contrast["results"]!.AsArray(), result => Assert.Equal(0, result!["similarity"]!.GetValue<double>(), 1e-6));
        Assert.True(contrast["stats"]!["exact"]!.GetValue<bool>());

        JsonNode best = (await SearchAsync(new { image, mask = Mask(224), top = 2 }))["results"]![1]!;
        using HttpResponseMessage answer = await Client.PostAsJsonAsync("/api/stores/gallery/search/map", new { image, mask = Mask(224), index = best["index"]!.GetValue<int>() }, Token);
        JsonNode map = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!;
        double[] similarities = [.. map["similarities"]!.AsArray().Select(value => value!.GetValue<double>())];
        Assert.Equal(map["rows"]!.GetValue<int>() * map["columns"]!.GetValue<int>(), similarities.Length);
        Assert.Equal(best["similarity"]!.GetValue<double>(), similarities.Max(), 1e-6);
        Assert.Equal(
            (best["window"]!["y"]!.GetValue<int>() * map["columns"]!.GetValue<int>()) + best["window"]!["x"]!.GetValue<int>(), Array.IndexOf(similarities, similarities.Max()));

        await AssertProblemAsync(HttpStatusCode.BadRequest, "'index' is missing", () => Client.PostAsJsonAsync("/api/stores/gallery/search/map", new { image, mask = Mask(224) }, Token));
        await AssertSearchProblemAsync(HttpStatusCode.BadRequest, "colour", new { image, mask = Mask(224), where = "colour = 1" });
        await AssertSearchProblemAsync(HttpStatusCode.BadRequest, "no column 'site'", new { image, mask = Mask(224), unique = "site" });
        await AssertSearchProblemAsync(HttpStatusCode.BadRequest, "'threshold'", new { image, mask = Mask(224), threshold = 3 });
        await AssertSearchProblemAsync(HttpStatusCode.BadRequest, "'budgetMilliseconds'", new { image, mask = Mask(224), budgetMilliseconds = -5 });
        await AssertSearchProblemAsync(HttpStatusCode.BadRequest, "'nearDuplicates'", new { image, mask = Mask(224), nearDuplicates = 2 });
        await AssertSearchProblemAsync(HttpStatusCode.BadRequest, "'windows'", new { image, mask = Mask(224), windows = 0 });
    }

    [Fact]
    public async Task Wrong_requests_get_problems_that_say_what_to_do()
    {
        await AssertProblemAsync(HttpStatusCode.NotFound, "no store 'x'", () => Client.GetAsync(new Uri("/api/stores/x", UriKind.Relative), Token));
        await AssertProblemAsync(HttpStatusCode.NotFound, "0 to 211", () => Client.GetAsync(new Uri("/api/stores/gallery/images/212/crop", UriKind.Relative), Token));
        await AssertProblemAsync(HttpStatusCode.BadRequest, "'limit'", () => Client.GetAsync(new Uri("/api/stores/gallery/images?limit=0", UriKind.Relative), Token));
        await AssertProblemAsync(HttpStatusCode.BadRequest, "limit", () => Client.GetAsync(new Uri("/api/stores/gallery/images?limit=many", UriKind.Relative), Token));
        using StringContent broken = new("{broken", MediaTypeHeaderValue.Parse("application/json"));
        await AssertProblemAsync(HttpStatusCode.BadRequest, "JSON", () => Client.PostAsync(new Uri("/api/stores/gallery/search", UriKind.Relative), broken, Token));
        using MultipartFormDataContent maskless = new() { { new ByteArrayContent([1]), "image", "a.jpg" } };
        await AssertProblemAsync(HttpStatusCode.BadRequest, "mask", () => Client.PostAsync(new Uri("/api/stores/gallery/search/photograph", UriKind.Relative), maskless, Token));
        await AssertSearchProblemAsync(HttpStatusCode.BadRequest, "'mask' is missing", new { image = new { index = 1 } });
        await AssertSearchProblemAsync(HttpStatusCode.BadRequest, "base64", new { image = new { index = 1 }, mask = "!!" });
        await AssertSearchProblemAsync(HttpStatusCode.BadRequest, "'image'", new { mask = Mask(224) });
        await AssertSearchProblemAsync(HttpStatusCode.BadRequest, "'top'", new { image = new { index = 1 }, mask = Mask(224), top = 0 });
        await AssertSearchProblemAsync(HttpStatusCode.UnprocessableEntity, "empty", new { image = new { index = 1 }, mask = Mask(224, alpha: 0) });
        await AssertSearchProblemAsync(HttpStatusCode.UnprocessableEntity, "100 x 100", new { image = new { index = 1 }, mask = Mask(100) });
        await AssertSearchProblemAsync(HttpStatusCode.UnprocessableEntity, "mask", new { image = new { index = 1 }, mask = Convert.ToBase64String("no png"u8) });
        await AssertSearchProblemAsync(HttpStatusCode.UnprocessableEntity, "The negative mask: the mask is empty", new { image = new { index = 1 }, mask = Mask(224), negativeMask = Mask(224, alpha: 0) });
        await AssertSearchProblemAsync(HttpStatusCode.UnprocessableEntity, "The negative mask: the mask is 100 x 100", new { image = new { index = 1 }, mask = Mask(224), negativeMask = Mask(100) });
        await AssertSearchProblemAsync(HttpStatusCode.UnprocessableEntity, "The negative mask: it is not an image", new { image = new { index = 1 }, mask = Mask(224), negativeMask = Convert.ToBase64String("no png"u8) });
        await AssertSearchProblemAsync(HttpStatusCode.Conflict, "'conv5'", new { image = new { index = 1 }, mask = Mask(224), layer = "conv5" });
        await AssertSearchProblemAsync(HttpStatusCode.NotFound, "upload", new { image = new { upload = "abc" }, mask = Mask(224) });
        await AssertSearchProblemAsync(HttpStatusCode.Conflict, "another tool", new { image = new { index = 1 }, mask = Mask(224) }, "g7");
    }

    [Theory]
    [InlineData("""{"top": "ten"}""", "'top' has a value of another kind: a whole number is expected.")]
    [InlineData("""{"threshold": true}""", "'threshold' has a value of another kind: a number is expected.")]
    [InlineData("""{"excludeSelf": "yes"}""", "'excludeSelf' has a value of another kind: true or false is expected.")]
    [InlineData("""{"columns": ["label", 3]}""", "'columns[1]' has a value of another kind: text is expected.")]
    [InlineData("""{"columns": "label"}""", "'columns' has a value of another kind: a list is expected.")]
    [InlineData("""{"image": 5}""", "'image' has a value of another kind: an object is expected.")]
    [InlineData("""{"image": {"index": 1.5}}""", "'image.index' has a value of another kind: a whole number is expected.")]
    [InlineData("""{"image": {"indexx": 1}}""", "There is no field 'image.indexx': the fields are index, upload, store.")]
    [InlineData("""{"wher": "label = 'cat'"}""", "There is no field 'wher': the fields are image, mask, ")]
    [InlineData("""{"top": 1, "TOP": 2}""", "'TOP' is there twice.")]
    [InlineData("""{"a.b": 1}""", "There is no field '['a.b']': the fields are ")]
    [InlineData("[1]", "The body has a value of another kind: an object is expected.")]
    [InlineData("null", "The body is empty: an object in JSON is expected.")]
    [InlineData("", "The body is empty: an object in JSON is expected.")]
    [InlineData("{\n \"top\": 3", "The body is not JSON at line 2, byte 10.")]
    public async Task A_body_that_cannot_be_read_is_answered_with_the_field_and_what_it_takes(string body, string detail)
    {
        using StringContent content = new(body, MediaTypeHeaderValue.Parse("application/json"));
        await AssertProblemAsync(HttpStatusCode.BadRequest, detail, () => Client.PostAsync(new Uri("/api/stores/gallery/search", UriKind.Relative), content, Token));
    }

    [Theory]
    [InlineData("top", "ten", "'top' is 'ten': a whole number is expected.")]
    [InlineData("threshold", "high", "'threshold' is 'high': a number is expected.")]
    [InlineData("topp", "10", "There is no field 'topp': the fields are layer, top, ")]
    [InlineData("label", "cat", "There is no field 'label'")]
    [InlineData("top", "99999999999", "'top' is '99999999999': a smaller number is expected.")]
    [InlineData("threshold", "0,1", "'threshold' is '0,1': a number such as 0.5 is expected.")]
    [InlineData("negativeMask", "mask.png", "'negativeMask' is text: a file is expected")]
    [InlineData("top", "@", "'top' is a file: text is expected")]
    [InlineData("image", "@", "The file 'image' is there 2 times")]
    public async Task A_form_that_cannot_be_read_is_answered_with_the_field_and_what_it_takes(string field, string value, string detail)
    {
        using MultipartFormDataContent form = new()
        {
            { new ByteArrayContent([1]), "image", "a.jpg" },
            { new ByteArrayContent([1]), "mask", "a.png" },
        };
        if (value == "@")
        {
            form.Add(new ByteArrayContent([1]), field, "file");
        }
        else
        {
            form.Add(new StringContent(value), field);
        }

        await AssertProblemAsync(HttpStatusCode.BadRequest, detail, () => Client.PostAsync(new Uri("/api/stores/gallery/search/photograph", UriKind.Relative), form, Token));
    }

    [Theory]
    [InlineData("GET", "/api/stores/gallery/search", HttpStatusCode.MethodNotAllowed, "/api/stores/gallery/search takes POST, not GET.")]
    [InlineData("POST", "/api/stores/gallery/search", HttpStatusCode.UnsupportedMediaType, "The Content-Type is 'text/plain; charset=utf-8'. JSON is sent as application/json")]
    [InlineData("GET", "/api/nothing", HttpStatusCode.NotFound, "There is nothing at /api/nothing.")]
    [InlineData("GET", "/api/stores/gallery/images?lable=cat", HttpStatusCode.BadRequest, "There is no parameter 'lable': the parameters of /api/stores/gallery/images are offset, limit, label, where.")]
    [InlineData("POST", "/api/stores/gallery/images?label=cat", HttpStatusCode.MethodNotAllowed, "takes GET, not POST")]
    [InlineData("GET", "/api/stores/gallery/images/x", HttpStatusCode.NotFound, "/openapi/v1.json")]
    public async Task A_request_that_no_endpoint_takes_is_told_what_to_do(string method, string path, HttpStatusCode status, string detail)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), path) { Content = method == "GET" ? null : new StringContent("x") };
        await AssertProblemAsync(status, detail, () => Client.SendAsync(request, Token));
    }

    [Fact]
    public async Task What_a_form_takes_is_not_taken_from_the_address()
    {
        using MultipartFormDataContent form = new() { { new ByteArrayContent([1]), "image", "a.jpg" }, { new ByteArrayContent([1]), "mask", "a.png" } };
        await AssertProblemAsync(HttpStatusCode.BadRequest, "There is no parameter 'top'", () => Client.PostAsync(new Uri("/api/stores/gallery/search/photograph?top=3", UriKind.Relative), form, Token));
    }

    [Theory]
    [InlineData("multipart/form-data", "search/photograph", "{}", HttpStatusCode.BadRequest, "cannot be read as a form with files")]
    [InlineData("multipart/form-data; boundary=a", "search/photograph", "--a\r\nContent-Disposition: form-data; name=\"top\"\r\n\r\n3", HttpStatusCode.BadRequest, "The body ended before it was complete")]
    [InlineData("application/json; charset=nonsense", "search", "{}", HttpStatusCode.UnsupportedMediaType, "charset 'nonsense' is not a known encoding")]
    public async Task A_body_of_another_form_than_it_says_is_told_so(string type, string path, string text, HttpStatusCode status, string detail)
    {
        using ByteArrayContent body = new(Encoding.UTF8.GetBytes(text));
        body.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        await AssertProblemAsync(status, detail, () => Client.PostAsync(new Uri($"/api/stores/gallery/{path}", UriKind.Relative), body, Token));
    }

    [Fact]
    public async Task Uploads_are_limited_before_they_are_decoded()
    {
        using ByteArrayContent large = new(new byte[(20 * 1024 * 1024) + 1]);
        await AssertProblemAsync(HttpStatusCode.RequestEntityTooLarge, "20 MB", () => Client.PostAsync(new Uri("/api/uploads", UriKind.Relative), large, Token));
        using Image blank = Image.Black(8000, 7000);
        using ByteArrayContent wide = new(blank.PngsaveBuffer(compression: 9));
        await AssertProblemAsync(HttpStatusCode.UnprocessableEntity, "50 megapixels", () => Client.PostAsync(new Uri("/api/uploads", UriKind.Relative), wide, Token));
        using ByteArrayContent text = new("not an image"u8.ToArray());
        await AssertProblemAsync(HttpStatusCode.UnprocessableEntity, "not an image", () => Client.PostAsync(new Uri("/api/uploads", UriKind.Relative), text, Token));
    }

    [Theory]
    [InlineData("crop?scale=2", 448)]
    [InlineData("crop?scale=4", 896)]
    [InlineData("crop", 224)]
    public async Task A_crop_comes_with_as_many_pixels_as_are_wanted(string path, int size)
    {
        using Image crop = Image.NewFromBuffer(await Client.GetByteArrayAsync(new Uri("/api/stores/gallery/images/17/" + path, UriKind.Relative), Token));
        Assert.Equal((size, size), (crop.Width, crop.Height));
    }

    [Theory]
    [InlineData("crop?scale=0", "scale")]
    [InlineData("crop?scale=5", "scale")]
    [InlineData("thumbnail?size=3", "size")]
    public async Task Sizes_out_of_range_are_refused_by_name(string path, string field)
    {
        using HttpResponseMessage response = await Client.GetAsync(new Uri("/api/stores/gallery/images/17/" + path, UriKind.Relative), Token);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains($"'{field}'", (await response.Content.ReadFromJsonAsync<JsonNode>(Token))!["detail"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_this_machines_names_are_answered()
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/stores");
        request.Headers.Host = "attacker.example";
        Assert.Equal(HttpStatusCode.BadRequest, (await Client.SendAsync(request, Token)).StatusCode);
        Assert.True(IPAddress.IsLoopback(IPAddress.Parse(Client.BaseAddress!.Host)));
    }

    [Fact]
    public async Task The_API_describes_itself()
    {
        JsonNode document = await GetAsync("/openapi/v1.json");
        foreach (string path in (string[])["/api/stores", "/api/stores/{store}/images", "/api/uploads", "/api/stores/{store}/search", "/api/stores/{store}/search/photograph", "/api/stores/{store}/search/map", "/api/compare", "/api/stores/{store}/statistics"])
        {
            Assert.NotNull(document["paths"]![path]);
        }
    }

    [Fact]
    public async Task The_page_and_its_widgets_are_served()
    {
        string page = await Client.GetStringAsync(new Uri("/", UriKind.Relative), Token);
        Assert.Contains("<vfs-app>", page, StringComparison.Ordinal);
        using HttpResponseMessage widgets = await Client.GetAsync(new Uri("/widgets.js", UriKind.Relative), Token);
        Assert.Equal("text/javascript", widgets.Content.Headers.ContentType!.MediaType);
        Assert.Equal("*", Assert.Single(widgets.Headers.GetValues("Access-Control-Allow-Origin")));
    }

    [Fact]
    public async Task Pages_of_other_origins_may_load_the_widgets_but_read_nothing_else()
    {
        foreach (string path in (string[])["/", "/api/stores", "/widgets-example.html"])
        {
            using HttpResponseMessage response = await Client.GetAsync(new Uri(path, UriKind.Relative), Token);
            Assert.False(response.Headers.Contains("Access-Control-Allow-Origin"), path);
        }
    }

    private static string Mask(int size, byte alpha = 255)
    {
        byte[] pixels = new byte[size * size * 4];
        for (int y = size / 3; y < size / 2; y++)
        {
            for (int x = size / 4; x < size / 2; x++)
            {
                pixels[(((y * size) + x) * 4) + 3] = alpha;
            }
        }

        using Image mask = Image.NewFromMemory(pixels, size, size, 4, Enums.BandFormat.Uchar).Copy(interpretation: Enums.Interpretation.Srgb);
        return Convert.ToBase64String(mask.PngsaveBuffer());
    }

    private async Task<JsonNode> PostAsync(string path, object body)
    {
        using HttpResponseMessage answer = await Client.PostAsJsonAsync(path, body, Token);
        string text = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    private async Task<JsonNode> GetAsync(string path) => (await Client.GetFromJsonAsync<JsonNode>(path, Token))!;

    private async Task<JsonNode> SearchAsync(object request)
    {
        using HttpResponseMessage response = await Client.PostAsJsonAsync("/api/stores/gallery/search", request, Token);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Token));
        return (await response.Content.ReadFromJsonAsync<JsonNode>(Token))!;
    }

    private Task AssertSearchProblemAsync(HttpStatusCode status, string words, object request, string store = "gallery") =>
        AssertProblemAsync(status, words, () => Client.PostAsync(
            new Uri($"/api/stores/{store}/search", UriKind.Relative),
            new StringContent(JsonSerializer.Serialize(request), Encoding.UTF8, MediaTypeHeaderValue.Parse("application/json")),
            Token));

    private static async Task AssertProblemAsync(HttpStatusCode status, string words, Func<Task<HttpResponseMessage>> send)
    {
        using HttpResponseMessage response = await send();
        string body = await response.Content.ReadAsStringAsync(Token);
        Assert.True(status == response.StatusCode, $"{response.StatusCode}: {body}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        JsonNode problem = JsonNode.Parse(body)!;
        Assert.Equal((int)status, problem["status"]!.GetValue<int>());
        Assert.NotEmpty(problem["title"]!.GetValue<string>());
        Assert.Contains(words, problem["detail"]!.GetValue<string>(), StringComparison.OrdinalIgnoreCase);
    }
}
