using Microsoft.ML.OnnxRuntime;

namespace VisualFeatureSearch.Models;

/// <summary>What computes a network.</summary>
public enum ExecutionProvider
{
    /// <summary>The processor.</summary>
    Cpu,

    /// <summary>NVIDIA's graphics cards.</summary>
    Cuda,

    /// <summary>Apple's processors' own units.</summary>
    CoreMl,

    /// <summary>Graphics cards under Windows.</summary>
    DirectMl,

    /// <summary>Intel's processors and graphics.</summary>
    OpenVino,
}

/// <summary>Choosing an execution provider of the installed ONNX Runtime.</summary>
internal static class ExecutionProviders
{
    /// <summary>Adds a provider to a session's options.</summary>
    /// <exception cref="ModelException">The installed runtime does not have it; those it has are named.</exception>
    public static void Append(this SessionOptions options, ExecutionProvider provider)
    {
        if (provider == ExecutionProvider.Cpu)
        {
            return;
        }

        string name = provider switch
        {
            ExecutionProvider.Cuda => "CUDAExecutionProvider",
            ExecutionProvider.CoreMl => "CoreMLExecutionProvider",
            ExecutionProvider.DirectMl => "DmlExecutionProvider",
            _ => "OpenVINOExecutionProvider",
        };
        string[] available = OnnxEnvironment.Prepare();
        if (!available.Contains(name))
        {
            throw new ModelException(
                $"the provider {provider.ToString().ToLowerInvariant()} is not in the installed ONNX Runtime, which has {string.Join(", ", available)}: install a build of vissearch with it, or use --provider cpu");
        }

        try
        {
            switch (provider)
            {
                case ExecutionProvider.Cuda:
                    options.AppendExecutionProvider_CUDA();
                    break;
                case ExecutionProvider.CoreMl:
                    options.AppendExecutionProvider("CoreML");
                    break;
                case ExecutionProvider.DirectMl:
                    options.AppendExecutionProvider_DML();
                    break;
                default:
                    options.AppendExecutionProvider_OpenVINO();
                    break;
            }
        }
        catch (OnnxRuntimeException exception)
        {
            throw new ModelException($"the provider {provider.ToString().ToLowerInvariant()} cannot be started: {exception.Message}", exception);
        }
    }
}
