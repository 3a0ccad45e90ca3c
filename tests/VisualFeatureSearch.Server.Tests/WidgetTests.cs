using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Encodings.Web;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Server.Widgets;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Server.Tests;

/// <summary>Widgets of notebooks and scripts: pictures in, a page, and a mask out.</summary>
public sealed class WidgetTests(GalleryServer server) : IClassFixture<GalleryServer>
{
    private static readonly string Kitten = Path.Combine(Repository.Gallery, "cat", "kitten.jpg");
    private static readonly string Calf = Path.Combine(Repository.Gallery, "hoofed-animal", "calf.jpg");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_painted_comes_back_as_a_NumPy_array_of_the_pictures_shape()
    {
        JsonNode widget = await CreateAsync(new { pictures = new[] { Picture(Kitten), Picture(Calf) }, size = 160 });
        string address = $"/api/widgets/{widget["id"]}";
        Assert.True(widget["isEmpty"]!.GetValue<bool>());
        int height = widget["pictures"]![1]!["maskHeight"]!.GetValue<int>();
        Assert.Equal(160.0 * widget["pictures"]![1]!["height"]!.GetValue<int>() / widget["pictures"]![1]!["width"]!.GetValue<int>(), height, 0.5);

        using HttpResponseMessage painted = await server.Client.PutAsJsonAsync(address, new { selected = 1, mask = Mask(160, height, 40, 50), isDone = true }, Token);
        JsonNode state = (await painted.Content.ReadFromJsonAsync<JsonNode>(Token))!;
        Assert.Equal((1, 1, false, true), (state["version"]!.GetValue<int>(), state["selected"]!.GetValue<int>(), state["isEmpty"]!.GetValue<bool>(), state["isDone"]!.GetValue<bool>()));

        NpyFile mask = NpyFile.Parse(await server.Client.GetByteArrayAsync(new Uri(address + "/mask.npy", UriKind.Relative), Token));
        Assert.Equal([height, 160], mask.Shape);
        Assert.Equal(255, mask.Values[(50 * 160) + 40]);
        Assert.Equal(100, mask.Values.Count(value => value > 0));
        NpyFile negative = NpyFile.Parse(await server.Client.GetByteArrayAsync(new Uri(address + "/negative-mask.npy", UriKind.Relative), Token));
        Assert.All(negative.Values, value => Assert.Equal(0, value));

        PixelImage shown = ImageDecoder.Decode(await server.Client.GetByteArrayAsync(new Uri(address + "/pictures/1", UriKind.Relative), Token));
        Assert.Equal(ImageDecoder.DecodeFile(Calf).Pixels, shown.Pixels);
    }

    [Fact]
    public async Task Who_waits_is_told_as_soon_as_something_is_painted_and_not_before()
    {
        JsonNode widget = await CreateAsync(new { pictures = new[] { Picture(Kitten) }, size = 64 });
        string address = $"/api/widgets/{widget["id"]}";
        JsonNode nothing = (await server.Client.GetFromJsonAsync<JsonNode>(address + "?after=0&wait=1", Token))!;
        Assert.Equal(0, nothing["version"]!.GetValue<int>());

        Task<JsonNode?> waiting = server.Client.GetFromJsonAsync<JsonNode>(address + "?after=0&wait=60", Token);
        int height = widget["pictures"]![0]!["maskHeight"]!.GetValue<int>();
        (await server.Client.PutAsJsonAsync(address, new { selected = 0, mask = Mask(64, height, 5, 5) }, Token)).Dispose();
        Assert.Equal(1, (await waiting.WaitAsync(TimeSpan.FromSeconds(20), Token))!["version"]!.GetValue<int>());

        (await server.Client.DeleteAsync(new Uri(address, UriKind.Relative), Token)).Dispose();
        using HttpResponseMessage gone = await server.Client.GetAsync(new Uri(address, UriKind.Relative), Token);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Theory]
    [InlineData("""{"pictures":[]}""", HttpStatusCode.BadRequest, "'pictures'")]
    [InlineData("""{"pictures":[null]}""", HttpStatusCode.BadRequest, "'pictures'")]
    [InlineData("""{"pictures":[{"data":"???"}]}""", HttpStatusCode.BadRequest, "'pictures[0].data'")]
    [InlineData("""{"pictures":[{"data":"AAAA"}]}""", HttpStatusCode.UnprocessableEntity, "image")]
    [InlineData("""{"pictures":[{"data":"AAAA"}],"size":3}""", HttpStatusCode.BadRequest, "'size'")]
    [InlineData("""{"pictures":[{"data":"AAAA"}],"radius":0}""", HttpStatusCode.BadRequest, "'radius'")]
    public async Task A_widget_that_cannot_be_is_refused_by_the_fields_name(string body, HttpStatusCode status, string words)
    {
        using StringContent content = new(body, MediaTypeHeaderValue.Parse("application/json"));
        using HttpResponseMessage response = await server.Client.PostAsync(new Uri("/api/widgets", UriKind.Relative), content, Token);
        Assert.Equal(status, response.StatusCode);
        Assert.Contains(words, (await response.Content.ReadFromJsonAsync<JsonNode>(Token))!["detail"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mask_of_another_size_is_refused_and_what_was_painted_stays()
    {
        JsonNode widget = await CreateAsync(new { pictures = new[] { Picture(Kitten) }, size = 64 });
        string address = $"/api/widgets/{widget["id"]}";
        using HttpResponseMessage response = await server.Client.PutAsJsonAsync(address, new { selected = 0, mask = Mask(32, 32, 5, 5) }, Token);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, response.StatusCode);
        using HttpResponseMessage picture = await server.Client.PutAsJsonAsync(address, new { selected = 7 }, Token);
        Assert.Equal(HttpStatusCode.BadRequest, picture.StatusCode);
        Assert.Equal(0, (await server.Client.GetFromJsonAsync<JsonNode>(address, Token))!["version"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_script_waits_for_the_mask_and_hears_of_every_stroke()
    {
        MultiHighlightWidget widget = new([Kitten, Calf], size: 96);
        int changes = 0;
        widget.Changed += (_, _) => Interlocked.Increment(ref changes);
        Assert.Null(widget.Mask);

        Uri? opened = null;
        Task<PixelImage> shown = widget.ShowAsync(address => opened = address, Token);
        using HttpClient browser = new() { BaseAddress = new Uri(opened!.GetLeftPart(UriPartial.Authority)) };
        string query = opened.Query;
        Assert.EndsWith("&done", query, StringComparison.Ordinal);
        string id = query.Split("widget=")[1].Split('&')[0];
        browser.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", query.Split("token=")[1].Split('&')[0]);
        int height = (await browser.GetFromJsonAsync<JsonNode>($"/api/widgets/{id}", Token))!["pictures"]![1]!["maskHeight"]!.GetValue<int>();
        (await browser.PutAsJsonAsync($"/api/widgets/{id}", new { selected = 1, mask = Mask(96, height, 10, 20) }, Token)).Dispose();
        Assert.False(shown.IsCompleted);
        (await browser.PutAsJsonAsync($"/api/widgets/{id}", new { selected = 1, mask = Mask(96, height, 10, 20), negativeMask = Mask(96, height, 1, 1), isDone = true }, Token)).Dispose();

        PixelImage mask = await shown.WaitAsync(TimeSpan.FromSeconds(20), Token);
        Assert.Equal((96, height, 1), (mask.Width, mask.Height, mask.Channels));
        Assert.Equal((2, 1), (changes, widget.SelectedIndex));
        Assert.NotNull(widget.NegativeMask);
    }

    [Fact]
    public async Task A_notebook_shows_a_widget_as_a_frame_that_only_its_address_opens()
    {
        HighlightWidget widget = new(ImageTransform.TensorFlow(224).Cut(ImageDecoder.DecodeFile(Kitten)));
        using StringWriter html = new();
        widget.WriteTo(html, HtmlEncoder.Default);
        Assert.Contains("<iframe src=\"" + HtmlEncoder.Default.Encode(widget.Address.AbsoluteUri), html.ToString(), StringComparison.Ordinal);

        using HttpClientHandler forgetful = new() { UseCookies = false };
        using HttpClient browser = new(forgetful) { BaseAddress = widget.Address };
        Assert.Contains("vfs-multi-highlight", await browser.GetStringAsync(widget.Address, Token), StringComparison.Ordinal);
        using HttpResponseMessage without = await browser.GetAsync(new Uri("/api/widgets/" + widget.Address.Query.Split("widget=")[1].Split('&')[0], UriKind.Relative), Token);
        Assert.Equal(HttpStatusCode.Unauthorized, without.StatusCode);
        Assert.Equal("application/problem+json", without.Content.Headers.ContentType!.MediaType);
        Assert.Throws<ImageException>(() => new HighlightWidget("missing.jpg"));
    }

    [Fact]
    public async Task A_token_opens_the_api_from_any_name_and_nothing_else_does()
    {
        await using WebApplication app = VisualFeatureSearchServer.Create(new ServerOptions { Stores = [Repository.Golden("zarr/g7")], Token = "correct horse" });
        await app.StartAsync(Token);
        using HttpClientHandler handler = new() { UseCookies = true };
        using HttpClient client = new(handler) { BaseAddress = new Uri(app.Urls.First()) };
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("/api/stores", null));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("/openapi/v1.json", null));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("/api/stores?token=correct", null));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("/api/stores", "wrong"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/api/stores", "correct horse", "notebooks.example.org"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/widgets.js", null));

        // The page is opened once with the token and then asks with its cookie.
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/?token=correct%20horse", null));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync("/api/stores", null));

        async Task<HttpStatusCode> StatusAsync(string path, string? bearer, string? host = null)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, path);
            request.Headers.Authorization = bearer is null ? null : new AuthenticationHeaderValue("Bearer", bearer);
            request.Headers.Host = host;
            using HttpResponseMessage response = await client.SendAsync(request, Token);
            return response.StatusCode;
        }
    }

    private static object Picture(string file) => new { data = Convert.ToBase64String(File.ReadAllBytes(file)), title = Path.GetFileName(file) };

    private static string Mask(int width, int height, int left, int top)
    {
        byte[] pixels = new byte[width * height * 4];
        for (int i = 0; i < 100; i++)
        {
            pixels[((((top + (i / 10)) * width) + left + (i % 10)) * 4) + 3] = 255;
        }

        using NetVips.Image mask = NetVips.Image.NewFromMemory(pixels, width, height, 4, NetVips.Enums.BandFormat.Uchar).Copy(interpretation: NetVips.Enums.Interpretation.Srgb);
        return Convert.ToBase64String(mask.PngsaveBuffer());
    }

    private async Task<JsonNode> CreateAsync(object body)
    {
        using HttpResponseMessage response = await server.Client.PostAsJsonAsync("/api/widgets", body, Token);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonNode>(Token))!;
    }
}
