using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using DuckDB.NET.Data;
using VisualFeatureSearch.Datasets;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models;
using VisualFeatureSearch.Tests.Support;

namespace VisualFeatureSearch.Tests.Datasets;

/// <summary>The same photographs as every kind of dataset: their list, their bytes and their features are the same.</summary>
public sealed class DatasetKindTests
{
    private static readonly string[] Files = ["bird/owl.jpg", "cat/kitten.jpg", "hoofed-animal/calf.jpg"];
    private static readonly string[] Labels = ["bird", "cat", "hoofed-animal"];

    public static TheoryData<string> Kinds => ["folder", "csv", "tsv", "jsonl", "parquet", "coco", "tar", "zip", "webdataset", "parquet-images"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_dataset_of_any_kind_gives_the_same_labels_bytes_and_features(string kind)
    {
        using TemporaryFolder folder = new();
        ImageList list = ImageList.Open(Write(kind, folder));
        using ImageFiles files = new(list.Root);
        Assert.Equal(Labels, list.Entries.Select(entry => entry.Label));
        Assert.Equal(Files.Select(file => File.ReadAllBytes(Path.Combine(Repository.Gallery, file))), list.Entries.Select(entry => files.Read(entry.Path)));
        if (kind is not ("folder" or "tar" or "zip"))
        {
            int site = list.ColumnNames.ToList().IndexOf("site");
            Assert.Equal(["10", "11", "12"], list.Entries.Select(entry => kind == "coco" ? $"1{entry.Columns[0]}" : entry.Columns[site]));
        }

        FeatureStore store = await FeaturePrecomputer.RunInMemoryAsync(Job(list), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(3, store.Count);
        Assert.Equal(list.Entries.Select(entry => entry.Path), store.Images.Select(image => image.Path));
        using FeatureExtractor extractor = Job(list).Model.OpenExtractor(["Conv_1"], Job(list).Transform);
        for (int i = 0; i < 3; i++)
        {
            float[] map = extractor.Extract(extractor.Transform.Cut(ImageDecoder.DecodeFile(Path.Combine(Repository.Gallery, Files[i]))))[0];
            Assert.Equal(map.Select(value => (float)(Half)value), store.Arrays[0].ReadMap(i));
        }
    }

    [Fact]
    public void Columns_of_other_names_are_said_and_rows_are_chosen_by_a_condition()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["Data_Entry.csv"], "Image Index,Finding Labels,Patient Age\na.png,Cardiomegaly|Effusion,58\nb.png,No Finding,81\nc.png,Effusion,33\n");
        DatasetOptions options = new() { PathColumn = "Image Index", LabelColumn = "Finding Labels", Where = "list_contains(labels, 'Effusion') AND \"Patient Age\" > 40" };
        ImageEntry entry = Assert.Single(ImageList.Open(folder["Data_Entry.csv"], options).Entries);
        Assert.Equal(("a.png", "Cardiomegaly|Effusion"), (entry.Path, entry.Label));
        Assert.Equal(["Cardiomegaly", "Effusion"], entry.Labels);

        AssertSays("--path-column", new DatasetOptions { PathColumn = "Picture" });
        AssertSays("--label-column", options with { LabelColumn = "Finding" });
        AssertSays("Patient Age", options with { Where = "age > 40" });
        AssertSays("none of the 3", options with { Where = "\"Patient Age\" > 90" });
        AssertSays("--path-column", new DatasetOptions());

        void AssertSays(string words, DatasetOptions wrong) =>
            Assert.Contains(words, Assert.Throws<DatasetException>(() => ImageList.Open(folder["Data_Entry.csv"], wrong)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_manifest_survives_its_images_being_elsewhere()
    {
        using TemporaryFolder folder = new();
        string manifest = Write("csv", folder);
        Directory.CreateDirectory(folder["elsewhere"]);
        File.Move(manifest, folder["elsewhere/m.csv"]);
        ImageList list = ImageList.Open(folder["elsewhere/m.csv"], new DatasetOptions { ImagesRoot = folder.Path });
        using ImageFiles files = new(list.Root);
        Assert.All(list.Entries, entry => Assert.NotEmpty(files.Read(entry.Path)));
        Assert.Contains("--images-root", Assert.Throws<DatasetException>(() => ImageList.Open(folder["elsewhere/m.csv"], new DatasetOptions { ImagesRoot = "/nowhere" })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_objects_of_a_COCO_image_are_several_labels_with_their_boxes()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["instances.json"], """
            {"images": [{"id": 7, "file_name": "a.jpg", "width": 640, "height": 480}, {"id": 8, "file_name": "b.jpg"}],
             "annotations": [{"image_id": 7, "category_id": 2, "bbox": [1, 2.5, 3, 4]}, {"image_id": 7, "category_id": 1, "bbox": [5, 6, 7, 8]}, {"image_id": 7, "category_id": 2, "bbox": [9, 9, 1, 1]}],
             "categories": [{"id": 1, "name": "dog"}, {"id": 2, "name": "skate board"}]}
            """);
        ImageList list = ImageList.Open(folder["instances.json"]);
        Assert.Equal(["dog|skate board", ""], list.Entries.Select(entry => entry.Label));
        Assert.Equal(["7", "640", "480", "3"], list.Entries[0].Columns.Take(4));
        Assert.StartsWith("""[{"category":"dog","box":[5,6,7,8]},{"category":"skate board","box":[1,2.5,3,4]}""", list.Entries[0].Columns[4], StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_as_numbers_get_their_names_from_a_Hugging_Face_files_metadata()
    {
        using TemporaryFolder folder = new();
        Sql($"COPY (SELECT {{'bytes': 'x'::BLOB, 'path': 'p'}} AS image, i % 2 AS label FROM range(3) t(i)) TO '{folder["a.parquet"]}' (FORMAT parquet, KV_METADATA {{huggingface: '{{\"info\": {{\"features\": {{\"label\": {{\"names\": [\"cat\", \"dog\"], \"_type\": \"ClassLabel\"}}}}}}}}'}})");
        Assert.Equal(["cat", "dog", "cat"], ImageList.Open(folder["a.parquet"]).Entries.Select(entry => entry.Label));
        Assert.Equal(["a.parquet/0", "a.parquet/1", "a.parquet/2"], ImageList.Open(folder["a.parquet"]).Entries.Select(entry => entry.Path));
    }

    [Theory]
    [InlineData("m.json", "{\"a\": 1}", "COCO")]
    [InlineData("m.json", "[1", "COCO")]
    [InlineData("m.jsonl", "{\"path\": \"a.jpg\"\n{{{", "m.jsonl")]
    [InlineData("m.parquet", "PAR1", "m.parquet")]
    [InlineData("m.tar", "this is no tar file, but it is as long as one block would have to be to look at it a second time, and then some more text", "m.tar")]
    [InlineData("m.zip", "PK", "m.zip")]
    [InlineData("m.tar.gz", "x", "gunzip")]
    public void A_file_that_is_not_what_its_name_says_is_named(string file, string text, string named)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder[file], text);
        Assert.Contains(named, Assert.Throws<DatasetException>(() => ImageList.Open(folder[file])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_of_images_that_vanishes_ends_the_run_and_a_single_image_is_left_out()
    {
        using TemporaryFolder folder = new();
        ImageList list = ImageList.Open(Write("csv", folder));
        PrecomputeJob job = Job(list) with { StorePath = folder["out.zarr"] };
        File.Delete(folder["cat/kitten.jpg"]);
        await FeaturePrecomputer.RunAsync(job, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal("cat/kitten.jpg", Assert.Single(FeatureStore.Open(job.StorePath).ReadSkipped()).Path);

        using TemporaryFolder other = new();
        PrecomputeJob elsewhere = job with { StorePath = other["out.zarr"] };
        Directory.Move(folder.Path, folder.Path + "-moved");
        DatasetException exception = await Assert.ThrowsAsync<DatasetException>(() => FeaturePrecomputer.RunAsync(elsewhere, cancellationToken: TestContext.Current.CancellationToken));
        Directory.Move(folder.Path + "-moved", folder.Path);
        Assert.Contains(folder.Path, exception.Message, StringComparison.Ordinal);
        Assert.False(FeatureStore.Open(elsewhere.StorePath).IsFinished);
        await FeaturePrecomputer.RunAsync(elsewhere, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(FeatureStore.Open(elsewhere.StorePath).IsFinished);
    }

    private static PrecomputeJob Job(ImageList list) => new()
    {
        Images = list,
        Model = NetworkModel.Load(Repository.Model("ssd-mobilenet-v2-oid.onnx")),
        Layers = ["Conv_1"],
        Transform = ImageTransform.TensorFlow(96),
        StorePath = "live",
        Created = DateTimeOffset.UnixEpoch,
    };

    private static string Write(string kind, TemporaryFolder folder)
    {
        byte[][] bytes = [.. Files.Select(file => File.ReadAllBytes(Path.Combine(Repository.Gallery, file)))];
        switch (kind)
        {
            case "folder" or "csv" or "tsv" or "jsonl" or "parquet" or "coco":
                for (int i = 0; i < 3; i++)
                {
                    Directory.CreateDirectory(Path.GetDirectoryName(folder[Files[i]])!);
                    File.WriteAllBytes(folder[Files[i]], bytes[i]);
                }

                break;
            case "tar" or "webdataset":
                using (TarWriter tar = new(File.Create(folder["images.tar"]), TarEntryFormat.Ustar))
                {
                    for (int i = 0; i < 3; i++)
                    {
                        string name = kind == "tar" ? $"./{Files[i]}" : $"{i:0000}.jpg";
                        tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(bytes[i]) });
                        if (kind == "webdataset")
                        {
                            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"{i:0000}.cls") { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(Labels[i] + "\n")) });
                            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"{i:0000}.json") { DataStream = new MemoryStream(Encoding.UTF8.GetBytes($$"""{"site": {{10 + i}}, "box": [1, 2]}""")) });
                        }
                    }
                }

                return kind == "tar" ? folder["images.tar"] : folder.Path;
            case "zip":
                using (ZipArchive zip = new(File.Create(folder["images.zip"]), ZipArchiveMode.Create))
                {
                    for (int i = 0; i < 3; i++)
                    {
                        using Stream entry = zip.CreateEntry(Files[i]).Open();
                        entry.Write(bytes[i]);
                    }
                }

                return folder["images.zip"];
            case "parquet-images":
                string rows = string.Join(" UNION ALL ", Enumerable.Range(0, 3).Select(i =>
                    $"SELECT {{'bytes': from_hex('{Convert.ToHexString(bytes[i])}'), 'path': 'x.jpg'}} AS image, '{Labels[i]}' AS label, {10 + i} AS site"));
                Sql($"COPY ({rows}) TO '{folder["train.parquet"]}' (FORMAT parquet)");
                return folder["train.parquet"];
        }

        string Lines(string separator, Func<int, string> row, string? header = null) => string.Join('\n', Enumerable.Range(0, 3).Select(row).Prepend(header).OfType<string>()) + separator;
        switch (kind)
        {
            case "csv":
                File.WriteAllText(folder["m.csv"], Lines("\n", i => $"{Files[i]},{Labels[i]},{10 + i}", "path,label,site"));
                return folder["m.csv"];
            case "tsv":
                File.WriteAllText(folder["m.tsv"], Lines("\n", i => $"{10 + i}\t{Files[i]}\t{Labels[i]}", "site\tfile_name\tclass"));
                return folder["m.tsv"];
            case "jsonl":
                File.WriteAllText(folder["m.jsonl"], Lines("\n", i => $$"""{"site": {{10 + i}}, "path": "{{Files[i]}}", "label": "{{Labels[i]}}"}"""));
                return folder["m.jsonl"];
            case "parquet":
                Sql($"COPY ({string.Join(" UNION ALL ", Enumerable.Range(0, 3).Select(i => $"SELECT '{Files[i]}' AS path, '{Labels[i]}' AS label, {10 + i} AS site"))}) TO '{folder["m.parquet"]}' (FORMAT parquet)");
                return folder["m.parquet"];
            case "coco":
                string images = string.Join(',', Enumerable.Range(0, 3).Select(i => $$"""{"id": {{i}}, "file_name": "{{Files[i]}}"}"""));
                string objects = string.Join(',', Enumerable.Range(0, 3).Select(i => $$"""{"image_id": {{i}}, "category_id": {{i}}, "bbox": [0, 0, 1, 1]}"""));
                string categories = string.Join(',', Enumerable.Range(0, 3).Select(i => $$"""{"id": {{i}}, "name": "{{Labels[i]}}"}"""));
                File.WriteAllText(folder["instances.json"], $$"""{"images": [{{images}}], "annotations": [{{objects}}], "categories": [{{categories}}]}""");
                return folder["instances.json"];
            default:
                return folder.Path;
        }
    }

    private static void Sql(string statement)
    {
        using DuckDBConnection connection = new("DataSource=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Only this file's own texts are in it.
        command.CommandText = statement;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
