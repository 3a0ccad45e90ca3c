using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace VisualFeatureSearch.Server.Api;

/// <summary>Gives every operation of the OpenAPI document its examples, which are in <c>OpenApiExamples.json</c>: requests and real answers, shortened.</summary>
internal sealed class OpenApiExamples : IOpenApiOperationTransformer
{
    private readonly JsonNode _parameters;
    private readonly JsonNode _operations;

    public OpenApiExamples()
    {
        using Stream stream = typeof(OpenApiExamples).Assembly.GetManifestResourceStream("OpenApiExamples.json")!;
        JsonNode examples = JsonNode.Parse(stream)!;
        _parameters = examples["parameters"]!;
        _operations = examples["operations"]!;
    }

    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        foreach (OpenApiParameter parameter in (operation.Parameters ?? []).OfType<OpenApiParameter>())
        {
            JsonNode? known = _parameters[parameter.Name!];
            parameter.Description ??= known?["description"]?.GetValue<string>();
            parameter.Example ??= known?["example"]?.DeepClone();
        }

        JsonNode? examples = _operations[operation.OperationId ?? ""];
        Set(operation.RequestBody?.Content, "application/json", examples?["request"]);
        Set(operation.RequestBody?.Content, "multipart/form-data", examples?["form"]);
        foreach ((string status, IOpenApiResponse response) in operation.Responses ?? [])
        {
            if (status.StartsWith('2'))
            {
                Set(response.Content, "application/json", examples?["response"]);
            }
        }

        return Task.CompletedTask;
    }

    private static void Set(IDictionary<string, OpenApiMediaType>? content, string type, JsonNode? example)
    {
        if (example is not null && content is not null && content.TryGetValue(type, out OpenApiMediaType? media))
        {
            media.Example = example.DeepClone();
        }
    }
}
