using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Server.Articles;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Server.Tests;

/// <summary>Articles over HTTP and as files: what is answered, and what is wrong with one.</summary>
public sealed class ArticleTests : IAsyncLifetime
{
    private const string Highlight = """
        ```highlight
        name: face
        image: primate/mountain-gorilla.jpg
        ellipse: [0.48, 0.4, 0.14, 0.18]
        ```
        """;

    /// <summary>Everything is painted.</summary>
    private static readonly string Mask = Convert.ToBase64String(ImageEncoder.ToBrushPng(new PixelImage(160, 160, 1, [.. Enumerable.Repeat(byte.MaxValue, 160 * 160)]), 1, 2, 3));

    private readonly TemporaryFolder _folder = new();
    private WebApplication? _app;
    private HttpClient _client = null!;
    private FeatureStore _store = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Article => _folder["article.md"];

    public async ValueTask InitializeAsync()
    {
        File.WriteAllText(Article, "");
        NetworkModel model = NetworkModel.Load(Repository.Model("ssd-mobilenet-v2-oid.onnx"));
        _store = await FeaturePrecomputer.RunInMemoryAsync(new PrecomputeJob
        {
            Images = ImageList.Open(Repository.Gallery, DatasetOptions.Default with { Where = "label in ('primate', 'cat', 'bird', 'windmill')" }),
            Model = model,
            Layers = ["expanded_conv_12/add", "expanded_conv_15/add"],
            Transform = ImageTransform.TensorFlow(160),
            StorePath = "animals",
            Created = DateTimeOffset.UnixEpoch,
        });
        _app = VisualFeatureSearchServer.Create(new ServerOptions { OpenStores = [_store], Article = Article, Token = "a secret of the test" });
        await _app.StartAsync();
        _client = new HttpClient { BaseAddress = new Uri(_app.Urls.First()) };
        _client.DefaultRequestHeaders.Authorization = new("Bearer", "a secret of the test");
    }

    [Fact]
    public async Task Text_tables_code_and_cells_stand_in_their_order_and_what_is_text_is_not_HTML()
    {
        string page = await PageAsync($$"""
            ---
            title: "Cats & <others>"
            author: A. Writer
            ---

            ## First

            {{Highlight}}

            ```python
            print("<code>")
            ```

            ```results
            highlight: face
            top: 3
            where: label <> 'primate'
            caption: "<b>not bold</b>"
            columns: []
            ```

            ## Last
            """);
        Assert.Contains("<title>Cats &amp; &lt;others&gt;</title>", page, StringComparison.Ordinal);
        Assert.Contains("<p class=\"author\">A. Writer</p>", page, StringComparison.Ordinal);
        Assert.Contains("&lt;code&gt;", page, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;not bold&lt;/b&gt;", page, StringComparison.Ordinal);
        int[] places = [.. ((string[])["First</h2>", "id=\"cell-0\"", "language-python", "id=\"cell-1\"", "Last</h2>"]).Select(part => page.IndexOf(part, StringComparison.Ordinal))];
        Assert.True(places[0] > 0 && places.SequenceEqual(places.Order()), string.Join(' ', places));
        Assert.Equal(3, page.Split("class=\"card\"").Length - 1);
        Assert.DoesNotContain("mountain-gorilla.jpg", page[places[3]..places[4]], StringComparison.Ordinal);
        Assert.Contains(_store.Header!.Model.Sha256, page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_painted_is_answered_for_the_cells_of_that_highlight()
    {
        await File.WriteAllTextAsync(Article, Highlight + """


            ```results
            highlight: face
            top: 2
            ```

            ```chart
            highlight: face
            ```
            """, Token);
        JsonNode all = await CellsAsync(new { highlight = "face", mask = Mask });
        Assert.Equal(["1", "2"], all["cells"]!.AsObject().Select(cell => cell.Key));
        Assert.Contains("<svg", all["cells"]!["2"]!.GetValue<string>(), StringComparison.Ordinal);
        JsonNode whileGrowing = await CellsAsync(new { highlight = "face", mask = Mask, isFinal = false });
        Assert.Equal(["1"], whileGrowing["cells"]!.AsObject().Select(cell => cell.Key));

        await AssertProblemAsync(404, "has no highlight 'ear'", new { highlight = "ear", mask = Mask });
        await AssertProblemAsync(400, "'mask' is missing", new { highlight = "face" });
        await AssertProblemAsync(422, "the mask", new { highlight = "face", mask = "aGVsbG8=" });
    }

    [Fact]
    public async Task Pictures_beside_the_text_are_shown_and_no_other_files()
    {
        await File.WriteAllBytesAsync(_folder["a picture.png"], ImageEncoder.ToPng(new PixelImage(2, 2, 3, new byte[12])), Token);
        File.WriteAllText(_folder["secret.txt"], "secret");
        string page = await PageAsync("![one](a%20picture.png) ![two](secret.txt) ![three](https://example.org/p.png)");
        Assert.Contains("src=\"article/pictures/0\"", page, StringComparison.Ordinal);
        Assert.Contains("src=\"https://example.org/p.png\"", page, StringComparison.Ordinal);
        using HttpResponseMessage picture = await _client.GetAsync(new Uri("/article/pictures/0", UriKind.Relative), Token);
        Assert.Equal("image/png", picture.Content.Headers.ContentType!.MediaType);
        foreach ((int place, int status) in (ValueTuple<int, int>[])[(1, 422), (2, 404)])
        {
            using HttpResponseMessage other = await _client.GetAsync(new Uri($"/article/pictures/{place}", UriKind.Relative), Token);
            Assert.Equal(status, (int)other.StatusCode);
        }

        ArticleException exception = await Assert.ThrowsAsync<ArticleException>(() => ArticleExport.RenderAsync(ArticleFile.Read(Article), new ServerOptions { OpenStores = [_store] }, Token));
        Assert.Contains("article.md, line 1: ", exception.Message, StringComparison.Ordinal);
        Assert.Contains("secret.txt: it is not a picture", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_article_says_what_its_answers_were_made_of_and_nothing_where_it_has_no_dataset()
    {
        await File.WriteAllTextAsync(Article, "# Only text", Token);
        ArticleFile article = ArticleFile.Read(Article);
        string page = await ArticleExport.RenderAsync(article, new ServerOptions { OpenStores = [_store] }, Token);
        Assert.Contains("How the answers were made", page, StringComparison.Ordinal);
        Assert.Contains(_store.Header!.Model.Sha256, page, StringComparison.Ordinal);
        string bare = await ArticleExport.RenderAsync(article, new ServerOptions(), Token);
        Assert.Contains("Only text", bare, StringComparison.Ordinal);
        Assert.DoesNotContain("How the answers were made", bare, StringComparison.Ordinal);
        Assert.DoesNotContain("<table", bare, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_article_needs_the_token_as_all_data_does()
    {
        using HttpClient stranger = new() { BaseAddress = _client.BaseAddress };
        foreach (string path in (string[])["/article", "/article/pictures/0"])
        {
            using HttpResponseMessage answer = await stranger.GetAsync(new Uri(path, UriKind.Relative), Token);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }
    }

    [Fact]
    public async Task A_broken_cell_does_not_keep_the_others_from_being_answered_anew()
    {
        await File.WriteAllTextAsync(Article, Highlight + "\n\n```results\nhighlight: face\nwhere: site = 1\n```\n\n```results\nhighlight: face\ntop: 2\n```\n", Token);
        JsonNode cells = (await CellsAsync(new { highlight = "face", mask = Mask }))["cells"]!;
        Assert.Contains("id=\"cell-1\" role=\"alert\"><b>Line 7</b>", cells["1"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("class=\"card\"", cells["2"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Empty_fields_are_as_if_they_were_absent_and_what_has_no_groups_says_so()
    {
        string page = await PageAsync("---\nstores:\nlive:\n---\n" + Highlight + "\n\n```compare\nhighlight: face\nrows:\n```\n\n```chart\nhighlight: face\nwhere: label = 'nothing'\n```\n\n![p](a%00.png)");
        Assert.Contains("2. animals: expanded_conv_15/add", page, StringComparison.Ordinal);
        Assert.Contains("<b>Line 16</b> no image takes part", page, StringComparison.Ordinal);
        using HttpResponseMessage picture = await _client.GetAsync(new Uri("/article/pictures/0", UriKind.Relative), Token);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, picture.StatusCode);
    }

    [Fact]
    public async Task While_it_is_being_written_a_broken_cell_says_why_in_its_place_and_a_broken_text_on_the_page()
    {
        string page = await PageAsync(Highlight + "\n\n```results\nhighlight: face\nlayer: conv9\n```\n\nMore text.");
        Assert.Contains("<b>Line 7</b> animals has no layer &#x27;conv9&#x27;", page, StringComparison.Ordinal);
        Assert.Contains("More text.", page, StringComparison.Ordinal);

        await File.WriteAllTextAsync(Article, "```results\nhighlight: nose\n```", Token);
        using HttpResponseMessage answer = await _client.GetAsync(new Uri("/article", UriKind.Relative), Token);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains("line 1: &#x27;highlight&#x27; is nose: the article&#x27;s highlights are none", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("---\ntitel: X\n---\n", "line 2: the settings at its top cannot be read: it has no field 'titel': the fields are title, author, stores, live")]
    [InlineData("---\nlive:\n  - name: a\n---\n", "a dataset under 'live' needs the fields name, images, model and layers")]
    [InlineData("text\n\n```results\nhighlight: face\n  top: [\n```", "line 5: the cell 'results' cannot be read")]
    [InlineData("```highlight\nimage: a.jpg\nbox: [0, 0, 1, 1]\n```", "line 1: 'name' is missing")]
    [InlineData("```highlight\nname: a\nbox: [0, 0, 1, 1]\n```", "line 1: 'image' is missing")]
    [InlineData("```highlight\nname: a\nimage: a.jpg\n```", "line 1: a highlight needs one of 'ellipse'")]
    [InlineData("```highlight\nname: a\nimage: a.jpg\nbox: [0, 0, 2, 1]\n```", "'box' is [0, 0, 2, 1]: it must be four numbers from 0 to 1")]
    [InlineData("```highlight\nname: a\nimage: a.jpg\nbox: [0, 0, 1, 1]\n```\n```highlight\nname: a\nimage: b.jpg\nbox: [0, 0, 1, 1]\n```", "line 6: 'name' is a, which another highlight has already")]
    [InlineData("```highlight\nname: a\nimage: a.jpg\nbox: [0, 0, 1, 1]\n```\n```results\nhighlight: a\ntop: 101\n```", "line 6: 'top' is 101: it must be from 1 to 100")]
    [InlineData("```chart\nshow: cka\nwhere: label = 'cat'\n```", "line 1: 'where' means nothing for a chart that shows cka")]
    [InlineData("```compare\nhighlight: a\nrows: [~]\n```\n```highlight\nname: a\nimage: a.jpg\nbox: [0, 0, 1, 1]\n```", "line 1: 'rows' has an empty entry")]
    [InlineData("---\nstores: [~]\n---\n", "'stores' has an empty entry")]
    [InlineData("```chart\nhighlight: a\nshow: pie\n```", "line 3: the cell 'chart' cannot be read")]
    [InlineData("```chart\nshow: 7\n```", "line 1: 'show' is 7: it must be one of groups, rows, cka")]
    [InlineData("```highlight\nname: a\nimage: a.jpg\nbox: [0, 0, 1e999, 1]\n```", "it must be four numbers from 0 to 1")]
    [InlineData("```results\nhighlight: [a, b]\n```", "line 2: the cell 'results' cannot be read: a single value is expected here, not a list and not fields")]
    [InlineData("```results\nall of them\n```", "line 2: the cell 'results' cannot be read: fields are expected here, 'name: value', one a line")]
    [InlineData("```compare\nrows: 5\n```", "line 2: the cell 'compare' cannot be read: a list is expected here, one entry a line, each behind '- '")]
    [InlineData("```compare\nrows:\n- 5\n```", "line 3: the cell 'compare' cannot be read: fields are expected here")]
    [InlineData("---\nstores: {a: b}\n---\n", "line 2: the settings at its top cannot be read: a list is expected here")]
    [InlineData("---\ntitle: {a: b}\n---\n", "line 2: the settings at its top cannot be read: a single value is expected here")]
    [InlineData("```results\ntop: many\n```", "line 2: the cell 'results' cannot be read: a number is expected here, a whole one for 'top'")]
    [InlineData("```results\ntop: 1.5\n```", "line 2: the cell 'results' cannot be read: a number is expected here, a whole one for 'top'")]
    [InlineData("```results\ntop: ''\n```", "line 2: the cell 'results' cannot be read: a number is expected here")]
    [InlineData("```chart\nshow: [groups]\n```", "line 2: the cell 'chart' cannot be read: a single value is expected here")]
    [InlineData("```compare\nrows:\n- stroe: a\n```", "cannot be read: it has no field 'stroe': the fields are store, layer, title")]
    [InlineData("```results\ntop: 99999999999\n```", "line 2: the cell 'results' cannot be read: the number is out of range")]
    [InlineData("```highlight\nbox: {x: 1}\n```", "line 2: the cell 'highlight' cannot be read: a list is expected here")]
    public void What_is_wrong_with_an_article_is_named_with_its_line_and_field(string text, string words)
    {
        File.WriteAllText(_folder["wrong.md"], text);
        string message = Assert.Throws<ArticleException>(() => ArticleFile.Read(_folder["wrong.md"])).Message;
        Assert.Contains("wrong.md", message, StringComparison.Ordinal);
        Assert.Contains(words, message, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app!.DisposeAsync();
        _folder.Dispose();
    }

    private async Task<string> PageAsync(string text)
    {
        await File.WriteAllTextAsync(Article, text, Token);
        return await _client.GetStringAsync(new Uri("/article", UriKind.Relative), Token);
    }

    private async Task<JsonNode> CellsAsync(object body)
    {
        using HttpResponseMessage answer = await _client.PostAsJsonAsync("/article/cells", body, Token);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Token));
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!;
    }

    private async Task AssertProblemAsync(int status, string words, object body)
    {
        using HttpResponseMessage answer = await _client.PostAsJsonAsync("/article/cells", body, Token);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains(words, JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!["detail"]!.GetValue<string>(), StringComparison.OrdinalIgnoreCase);
    }
}
