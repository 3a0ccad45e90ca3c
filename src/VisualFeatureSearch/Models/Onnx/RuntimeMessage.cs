using System.Text.RegularExpressions;

namespace VisualFeatureSearch.Models.Onnx;

/// <summary>What ONNX Runtime says of a network, for the person whose network it is.</summary>
internal static partial class RuntimeMessage
{
    /// <summary>Explains a message: without the runtime's own source files and codes, and with the node that it speaks of.</summary>
    public static string Explain(string message, OnnxGraph graph)
    {
        if (OpsetPattern().Match(message) is { Success: true } opset)
        {
            return $"it uses opset {opset.Groups["used"].Value} of {opset.Groups["domain"].Value}, which the installed ONNX Runtime does not know yet: export it with opset {opset.Groups["known"].Value} or an earlier one";
        }

        return graph.NameNodes(SourcePattern().Replace(CodePattern().Replace(message, ""), "").Trim());
    }

    [GeneratedRegex(@"Opset (?<used>\d+) is under development.*official support for domain (?<domain>[\w.]+) is till opset (?<known>\d+)", RegexOptions.Singleline)]
    private static partial Regex OpsetPattern();

    [GeneratedRegex(@"^\[ErrorCode:\w+\]\s*")]
    private static partial Regex CodePattern();

    [GeneratedRegex(@"/onnxruntime_src/\S+ .*?\) (?=[A-Z])")]
    private static partial Regex SourcePattern();
}
