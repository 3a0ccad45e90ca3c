using System.Text.Json.Nodes;

namespace VisualFeatureSearch.Server.Tests;

/// <summary>The description of the API for programs.</summary>
public sealed class OpenApiTests(GalleryServer server) : IClassFixture<GalleryServer>
{
    [Fact]
    public async Task Every_operation_says_what_it_does_and_shows_what_it_takes_and_gives()
    {
        JsonNode document = await DescribeAsync();
        List<string> missing = [];
        int examples = 0;
        foreach ((string name, JsonNode operation) in Operations(document))
        {
            Need(name, "summary", operation["summary"]);
            foreach (JsonNode? parameter in operation["parameters"]?.AsArray() ?? [])
            {
                Need($"{name} {parameter!["name"]}", "description", parameter["description"]);
                Need($"{name} {parameter["name"]}", "example", parameter["example"]);
            }

            foreach ((string what, JsonNode? content) in Contents(operation))
            {
                Need($"{name} {what}", "example", content!["example"]);
                examples++;
            }
        }

        Assert.True(missing.Count == 0, string.Join('\n', missing));
        Assert.InRange(examples, 15, 100);

        void Need(string where, string what, JsonNode? node)
        {
            if (node is null)
            {
                missing.Add($"{where}: no {what}");
            }
        }
    }

    [Fact]
    public async Task The_examples_have_the_fields_of_their_schemas_and_no_others()
    {
        JsonNode document = await DescribeAsync();
        List<string> wrong = [];
        foreach ((string name, JsonNode operation) in Operations(document))
        {
            foreach ((string what, JsonNode? content) in Contents(operation))
            {
                Check($"{name} {what}", content!["example"]!, content["schema"]!);
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));

        void Check(string where, JsonNode? example, JsonNode schema)
        {
            schema = Resolve(schema);
            if (example is JsonArray list)
            {
                foreach (JsonNode? item in list)
                {
                    Check(where + "[]", item, schema["items"] ?? new JsonObject());
                }
            }
            else if (example is JsonObject fields)
            {
                if (schema["properties"] is null && schema["additionalProperties"] is null)
                {
                    // Free JSON, such as the description of a transform.
                    return;
                }

                // A dictionary, such as the columns of an image, has any fields.
                if (schema["additionalProperties"] is JsonObject values)
                {
                    fields.ToList().ForEach(field => Check($"{where}.{field.Key}", field.Value, values));
                    return;
                }

                foreach ((string field, JsonNode? value) in fields)
                {
                    if (schema["properties"]?[field] is { } known)
                    {
                        Check($"{where}.{field}", value, known);
                    }
                    else
                    {
                        wrong.Add($"{where}: '{field}' is not in the schema");
                    }
                }
            }
        }

        JsonNode Resolve(JsonNode schema)
        {
            schema = schema["oneOf"]?.AsArray().FirstOrDefault(choice => choice!["$ref"] is not null) ?? schema;
            while (schema["$ref"]?.GetValue<string>() is { } reference)
            {
                schema = reference.Split('/').Skip(1).Aggregate(document, (node, part) => node![part]!);
            }

            // The fields of a form's files and of its values are described one by one.
            return schema["allOf"] is JsonArray parts
                ? new JsonObject([new("properties", new JsonObject(parts.SelectMany(part => Resolve(part!)["properties"]?.AsObject() ?? []).Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone()))))])
                : schema;
        }
    }

    private static IEnumerable<(string Name, JsonNode Operation)> Operations(JsonNode document) =>
        from path in document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select ($"{operation.Key} {path.Key}", operation.Value);

    /// <summary>What is JSON or a form in an operation's request and in what it answers when all is well.</summary>
    private static IEnumerable<(string What, JsonNode? Content)> Contents(JsonNode operation)
    {
        foreach ((string type, JsonNode? content) in operation["requestBody"]?["content"]?.AsObject() ?? [])
        {
            if (type is "application/json" or "multipart/form-data")
            {
                yield return ("request", content);
            }
        }

        foreach ((string status, JsonNode? response) in operation["responses"]!.AsObject())
        {
            if (status.StartsWith('2') && response!["content"]?["application/json"] is { } content)
            {
                yield return (status, content);
            }
        }
    }

    private async Task<JsonNode> DescribeAsync() =>
        JsonNode.Parse(await server.Client.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), TestContext.Current.CancellationToken))!;
}
