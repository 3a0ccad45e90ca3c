using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Primitives;

namespace VisualFeatureSearch.Server.Problems;

/// <summary>Refuses what a form has that its endpoint does not use as it was meant: it would be as if it had never been said.</summary>
internal static class KnownForm
{
    /// <summary>Compares a form with its endpoint's parameters.</summary>
    /// <param name="context">A request whose form is read.</param>
    /// <exception cref="RequestException">A field is unknown, of the other kind, there twice, or no number.</exception>
    public static void EnsureMeant(HttpContext context)
    {
        IParameterBindingMetadata[] parameters = [.. context.GetEndpoint()!.Metadata.GetOrderedMetadata<IParameterBindingMetadata>()];
        string[] names = [.. parameters.Where(parameter => parameter.ParameterInfo.IsDefined(typeof(FromFormAttribute), inherit: false)).Select(parameter => parameter.Name)];
        string[] fileNames = [.. parameters.Where(parameter => parameter.ParameterInfo.ParameterType == typeof(IFormFile)).Select(parameter => parameter.Name)];
        foreach ((string field, StringValues values) in context.Request.Form)
        {
            if (fileNames.Contains(field, StringComparer.OrdinalIgnoreCase))
            {
                throw new RequestException($"'{field}' is text: a file is expected, with curl -F {field}=@FILE");
            }

            IParameterBindingMetadata? known = parameters.FirstOrDefault(parameter => parameter.Name.Equals(field, StringComparison.OrdinalIgnoreCase));
            if (known is null || !names.Contains(known.Name))
            {
                throw new RequestException($"there is no field '{field}': the fields are {string.Join(", ", names)}, and the files {string.Join(", ", fileNames)}");
            }

            // The framework takes a comma for what stands between thousands, and 0,5 for five.
            if (known.ParameterInfo.ParameterType is var type && (type == typeof(float?) || type == typeof(double?)) && values.ToString().Contains(',', StringComparison.Ordinal))
            {
                throw new RequestException($"'{field}' is '{values}': a number such as 0.5 is expected");
            }
        }

        foreach (IGrouping<string, IFormFile> files in context.Request.Form.Files.GroupBy(file => file.Name, StringComparer.OrdinalIgnoreCase))
        {
            if (!fileNames.Contains(files.Key, StringComparer.OrdinalIgnoreCase))
            {
                throw new RequestException(names.Contains(files.Key, StringComparer.OrdinalIgnoreCase)
                    ? $"'{files.Key}' is a file: text is expected"
                    : $"there is no file '{files.Key}': the files are {string.Join(", ", fileNames)}");
            }

            if (files.Count() > 1)
            {
                throw new RequestException($"the file '{files.Key}' is there {files.Count()} times: one is expected");
            }
        }
    }
}
