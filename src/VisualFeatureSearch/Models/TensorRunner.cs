using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Models.Onnx;

namespace VisualFeatureSearch.Models;

/// <summary>Runs a network on batches of images of one size. Safe to run from several threads at once.</summary>
internal sealed class TensorRunner : IDisposable
{
    /// <summary>The runtime's setting for where weights outside of a model lie that is loaded from memory.</summary>
    public const string WeightsFolder = "session.model_external_initializers_file_folder_path";

    /// <summary>
    /// The runtime's setting to compute networks of quantised numbers as they are written, and not by operators that it fuses
    /// them to: those depend on where the network is cut, so that a layer's numbers would too.
    /// </summary>
    public const string NoQuantizedFusion = "session.disable_quant_qdq";

    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly ModelInput _input;
    private readonly List<string> _inputNames;
    private readonly long[] _inputShape;
    private readonly List<OrtValue> _constants = [];
    private readonly OnnxGraph _graph;
    private readonly string _path;

    /// <summary>Prepares a network.</summary>
    /// <param name="graph">The network that <paramref name="model"/> was cut from, to name nodes in messages.</param>
    /// <param name="model">An ONNX model whose outputs are wanted.</param>
    /// <param name="path">The network's file, beside which weights of its own files lie.</param>
    /// <param name="transform">Decides the size of images.</param>
    /// <param name="options">Further inputs, and what computes.</param>
    /// <param name="threads">Threads of one run; 0 for all cores.</param>
    /// <param name="batch">Images a run; a network that fixes its batch decides itself.</param>
    public TensorRunner(OnnxGraph graph, byte[] model, string path, ImageTransform transform, ModelOptions options, int threads, int batch = 1)
    {
        _graph = graph;
        _path = path;
        _input = graph.ImageInput;
        Ensure(_input, transform);
        Batch = _input.Shape[0] > 0 ? _input.Shape[0] : batch;
        ImageElements = transform.ChannelCount * transform.InputHeight * transform.InputWidth;
        _inputNames = [_input.Name];
        _inputShape = _input.IsChannelsLast
            ? [Batch, transform.InputHeight, transform.InputWidth, transform.ChannelCount]
            : [Batch, transform.ChannelCount, transform.InputHeight, transform.InputWidth];
        OnnxEnvironment.Prepare();
        using SessionOptions session = new()
        {
            IntraOpNumThreads = threads,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        session.Append(options.Provider);
        session.AddSessionConfigEntry(WeightsFolder, Path.GetDirectoryName(path)!);
        session.AddSessionConfigEntry(NoQuantizedFusion, "1");
        try
        {
            _session = new InferenceSession(model, session);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new ModelException($"{path} cannot be loaded: {RuntimeMessage.Explain(exception.Message, graph)}", exception);
        }

        AddConstants(graph, options);
    }

    /// <summary>What to do with one output: its name, its shape and its elements.</summary>
    public delegate void OutputHandler(string name, ReadOnlySpan<long> shape, ReadOnlySpan<float> elements);

    /// <summary>Images a run.</summary>
    public int Batch { get; }

    /// <summary>Numbers of one image's input.</summary>
    public int ImageElements { get; }

    /// <summary>Runs the network and hands over its outputs of floating point; others are passed over.</summary>
    /// <param name="batch">Images, <c>[Batch, channels, height, width]</c>.</param>
    /// <param name="handle">Called once an output.</param>
    public void Run(float[] batch, OutputHandler handle)
    {
        using OrtValue input = ToInput(batch);
        try
        {
            using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(_runOptions, _inputNames, [input, .. _constants], _session.OutputNames);
            for (int i = 0; i < outputs.Count; i++)
            {
                Hand(_session.OutputNames[i], outputs[i], handle);
            }
        }
        catch (OnnxRuntimeException exception)
        {
            throw new ModelException($"{_path} fails at an input of {string.Join(" x ", _inputShape)}: {RuntimeMessage.Explain(exception.Message, _graph)}", exception);
        }
    }

    public void Dispose()
    {
        _constants.ForEach(constant => constant.Dispose());
        _runOptions.Dispose();
        _session.Dispose();
    }

    private static void Hand(string name, OrtValue output, OutputHandler handle)
    {
        OrtTensorTypeAndShapeInfo info = output.GetTensorTypeAndShape();
        switch (info.ElementDataType)
        {
            case TensorElementType.Float:
                handle(name, info.Shape, output.GetTensorDataAsSpan<float>());
                break;
            case TensorElementType.Float16:
                ReadOnlySpan<Half> halves = MemoryMarshal.Cast<Float16, Half>(output.GetTensorDataAsSpan<Float16>());
                float[] widened = new float[halves.Length];
                TensorPrimitives.ConvertToSingle(halves, widened);
                handle(name, info.Shape, widened);
                break;
            case TensorElementType.Double:
                float[] narrowed = new float[info.ElementCount];
                TensorPrimitives.ConvertTruncating(output.GetTensorDataAsSpan<double>(), narrowed);
                handle(name, info.Shape, narrowed);
                break;
        }
    }

    private static void Ensure(ModelInput input, ImageTransform transform)
    {
        string shape = $"[{string.Join(", ", input.Shape.Select(extent => extent < 0 ? "any" : extent.ToString()))}]";
        if (input.ElementType is not ("float32" or "float16" or "float64" or "uint8"))
        {
            throw new ModelException($"the input '{input.Name}' takes {input.ElementType}: networks that take float32, float16, float64 or uint8 are supported");
        }

        if (input.Channels > 0 && input.Channels != transform.ChannelCount)
        {
            throw new ModelException($"the input '{input.Name}' takes {shape} and the transform gives {transform.ChannelCount} channels: set \"channels\" of the transform to {(input.Channels == 1 ? "grey" : "rgb")}");
        }

        if ((input.Height > 0 && input.Height != transform.InputHeight) || (input.Width > 0 && input.Width != transform.InputWidth))
        {
            throw new ModelException($"the input '{input.Name}' takes {shape} and the transform gives {transform.InputHeight} x {transform.InputWidth} pixels (height x width): give the transform that size");
        }
    }

    /// <summary>The images as the network takes them: its order of axes and its type.</summary>
    private OrtValue ToInput(float[] batch)
    {
        float[] ordered = _input.IsChannelsLast ? ToChannelsLast(batch) : batch;
        switch (_input.ElementType)
        {
            case "float16":
                Float16[] halves = new Float16[ordered.Length];
                TensorPrimitives.ConvertToHalf(ordered, MemoryMarshal.Cast<Float16, Half>(halves.AsSpan()));
                return OrtValue.CreateTensorValueFromMemory(halves, _inputShape);
            case "float64":
                return OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(ordered, value => (double)value), _inputShape);
            case "uint8":
                return OrtValue.CreateTensorValueFromMemory(Array.ConvertAll(ordered, value => (byte)Math.Clamp(MathF.Round(value), 0, 255)), _inputShape);
            default:
                return OrtValue.CreateTensorValueFromMemory(ordered, _inputShape);
        }
    }

    private float[] ToChannelsLast(float[] batch)
    {
        int channels = (int)_inputShape[3];
        int pixels = ImageElements / channels;
        float[] ordered = new float[batch.Length];
        for (int image = 0; image < batch.Length; image += ImageElements)
        {
            for (int channel = 0; channel < channels; channel++)
            {
                ReadOnlySpan<float> plane = batch.AsSpan(image + (channel * pixels), pixels);
                for (int pixel = 0, to = image + channel; pixel < plane.Length; pixel++, to += channels)
                {
                    ordered[to] = plane[pixel];
                }
            }
        }

        return ordered;
    }

    /// <summary>The inputs besides the images: every element has the value that a person gave.</summary>
    private void AddConstants(OnnxGraph graph, ModelOptions options)
    {
        foreach (string name in _session.InputNames.Where(name => name != _input.Name))
        {
            ModelInput described = graph.Inputs.First(input => input.Name == name);
            if (!options.Inputs.TryGetValue(name, out double value))
            {
                throw new ModelException(
                    $"the network also needs the input '{name}', {described.ElementType} [{string.Join(", ", described.Shape.Select(extent => extent < 0 ? "any" : extent.ToString()))}]: give its value with --input {name}=VALUE");
            }

            _inputNames.Add(name);
            _constants.Add(Constant(described, value));
        }
    }

    /// <summary>A tensor of one value. An axis of any extent is taken to be the batch where it is the first, else one.</summary>
    private OrtValue Constant(ModelInput input, double value)
    {
        long[] shape = [.. input.Shape.Select((extent, axis) => (long)(extent > 0 ? extent : axis == 0 ? Batch : 1))];
        long count = shape.Aggregate(1L, (product, extent) => product * extent);
        return input.ElementType switch
        {
            "float32" => Filled((float)value),
            "float64" => Filled(value),
            "float16" => Filled(new Float16(BitConverter.HalfToUInt16Bits((Half)value))),
            "int32" => Filled((int)value),
            "int64" => Filled((long)value),
            "uint8" => Filled((byte)value),
            "bool" => Filled(value != 0),
            string other => throw new ModelException($"the input '{input.Name}' takes {other}, which --input cannot give"),
        };

        OrtValue Filled<T>(T element)
            where T : unmanaged
        {
            T[] elements = new T[count];
            Array.Fill(elements, element);
            return OrtValue.CreateTensorValueFromMemory(elements, shape);
        }
    }
}
