using Microsoft.ML.OnnxRuntime;

namespace VisualFeatureSearch.Models;

/// <summary>The runtime's environment of this process: it reports nothing to anyone, and speaks only of errors.</summary>
internal static class OnnxEnvironment
{
    private static readonly Lazy<OrtEnv> Instance = new(() =>
    {
        EnvironmentCreationOptions options = new() { logId = "vissearch", logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        OrtEnv environment = OrtEnv.IsCreated ? OrtEnv.Instance() : OrtEnv.CreateInstanceWithOptions(ref options);
        environment.DisableTelemetryEvents();
        return environment;
    });

    /// <summary>Makes the environment before anything else of the runtime does.</summary>
    /// <returns>The execution providers that the installed runtime has.</returns>
    public static string[] Prepare() => Instance.Value.GetAvailableProviders();
}
