using Microsoft.ML.OnnxRuntime;
using VisualFeatureSearch.Imaging;

namespace VisualFeatureSearch.Models;

/// <summary>Runs a network on batches of images of one size. Safe to run from several threads at once.</summary>
internal sealed class TensorRunner : IDisposable
{
    private readonly InferenceSession _session;
    private readonly string[] _inputNames;
    private readonly long[] _inputShape;

    public TensorRunner(byte[] model, ModelInput input, ImageTransform transform, int threads, int batch = 1)
    {
        Ensure(input, transform);
        Batch = input.Shape[0] > 0 ? input.Shape[0] : batch;
        ImageElements = transform.ChannelCount * transform.InputSize * transform.InputSize;
        _inputNames = [input.Name];
        _inputShape = [Batch, transform.ChannelCount, transform.InputSize, transform.InputSize];
        using SessionOptions options = new()
        {
            IntraOpNumThreads = threads,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        try
        {
            _session = new InferenceSession(model, options);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new ModelException($"the network cannot be loaded: {exception.Message}", exception);
        }
    }

    /// <summary>What to do with one output: its name, its shape and its elements.</summary>
    public delegate void OutputHandler(string name, ReadOnlySpan<long> shape, ReadOnlySpan<float> elements);

    /// <summary>Images a run.</summary>
    public int Batch { get; }

    /// <summary>Numbers of one image's input.</summary>
    public int ImageElements { get; }

    /// <summary>Runs the network and hands over its float32 outputs; others are passed over.</summary>
    public void Run(float[] batch, OutputHandler handle)
    {
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(batch, _inputShape);
        using RunOptions options = new();
        try
        {
            using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(options, _inputNames, [input], _session.OutputNames);
            for (int i = 0; i < outputs.Count; i++)
            {
                OrtTensorTypeAndShapeInfo info = outputs[i].GetTensorTypeAndShape();
                if (info.ElementDataType == Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float)
                {
                    handle(_session.OutputNames[i], info.Shape, outputs[i].GetTensorDataAsSpan<float>());
                }
            }
        }
        catch (OnnxRuntimeException exception)
        {
            throw new ModelException($"the network fails at an input of {string.Join(" x ", _inputShape)}: {exception.Message}", exception);
        }
    }

    public void Dispose() => _session.Dispose();

    private static void Ensure(ModelInput input, ImageTransform transform)
    {
        if (input.ElementType != "float32")
        {
            throw new ModelException($"the input '{input.Name}' takes {input.ElementType}: networks that take float32 are supported");
        }

        if (input.Shape[1] > 0 && input.Shape[1] != transform.ChannelCount)
        {
            throw new ModelException($"the input '{input.Name}' takes [{string.Join(", ", input.Shape)}] and the transform gives {transform.ChannelCount} channels: [batch, channels, height, width] is supported, with the channels of the transform");
        }

        if ((input.Shape[2] > 0 && input.Shape[2] != transform.InputSize) || (input.Shape[3] > 0 && input.Shape[3] != transform.InputSize))
        {
            throw new ModelException($"the input '{input.Name}' takes {input.Shape[2]} x {input.Shape[3]} pixels and the transform gives {transform.InputSize} x {transform.InputSize}: give the transform that size");
        }
    }
}
