using System.Runtime.Intrinsics;
using BenchmarkDotNet.Attributes;
using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Benchmarks;

/// <summary>The loops of the scan over one 512 x 7 x 7 feature map in each vector width.</summary>
[MemoryDiagnoser]
public class KernelBenchmarks
{
    private const int Channels = 512;
    private const int Cells = 49;

    /// <summary>Cells of eight maps, and room that makes their rows whole lines of the cache: what an index projects together.</summary>
    private const int Together = 400;
    private const int ProjectedRows = 64;

    private readonly ushort[] _halves = new ushort[Channels * Cells];
    private readonly float[] _map = new float[(Channels * Cells) + ScanKernels.Padding];
    private readonly float[] _sums = new float[Cells + (2 * ScanKernels.Padding)];
    private readonly float[] _strips = new float[4 * (Cells + ScanKernels.Padding)];
    private readonly float[] _kernel = new float[Channels * 16];
    private readonly int[] _offsets = [0, 1, 7, 8];
    private readonly int[] _sixteen = [0, 1, 2, 3, 7, 8, 9, 10, 14, 15, 16, 17, 21, 22, 23, 24];
    private readonly float[] _matrix = new float[ProjectedRows * Channels];
    private readonly AlignedArray<float> _maps = new((Channels * Together) + ScanKernels.Padding);
    private readonly AlignedArray<float> _products = new(ProjectedRows * Together);
    private readonly AlignedArray<float> _block = new(Cells * 16);
    private readonly AlignedArray<float> _squares = new(ScanKernels.LaneSlots(Cells) * 16);
    private readonly AlignedArray<float> _laneSums = new(36 * 16);
    private ScanKernels _kernels = null!;

    [Params(1, 4, 8, 16)]
    public int Lanes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _kernels = Lanes switch
        {
            4 => new VectorKernels<Vector128<float>, Lanes128>(),
            8 => new VectorKernels<Vector256<float>, Lanes256>(),
            16 => new VectorKernels<Vector512<float>, Lanes512>(),
            _ => new ScalarKernels(),
        };
        Random random = new(1);
        for (int i = 0; i < _halves.Length; i++)
        {
            _halves[i] = BitConverter.HalfToUInt16Bits((Half)random.NextSingle());
        }

        for (int i = 0; i < _kernel.Length; i++)
        {
            _kernel[i] = random.NextSingle();
        }

        _kernels.WidenHalves(_halves, _map);
        foreach (ref float value in _matrix.AsSpan())
        {
            value = random.NextSingle();
        }

        foreach (ref float value in _maps.Span)
        {
            value = random.NextSingle();
        }
    }

    [Benchmark]
    public void WidenHalves() => _kernels.WidenHalves(_halves, _map);

    [Benchmark]
    public void AddLanes2x2() => _kernels.AddLanes(_halves, Channels / Lanes, Cells, _kernel, _offsets, new WindowGrid(7, 6, 6), _block.Span, _squares.Span, _laneSums.Span);

    [Benchmark]
    public void AddLanes4x4() => _kernels.AddLanes(_halves, Channels / Lanes, Cells, _kernel, _sixteen, new WindowGrid(7, 4, 4), _block.Span, _squares.Span, _laneSums.Span);

    /// <summary>64 of an index's dimensions for eight maps: 25.7 million multiplications.</summary>
    [Benchmark]
    public void ProjectEightMaps() => _kernels.Project(_matrix, ProjectedRows, _maps.Span, Channels, Together, _products.Span, Together);

    [Benchmark]
    public void SumHalvesOf4() => _kernels.SumHalves(_halves, Channels, Cells, _kernel, 4, _sums, _strips, _strips.Length / 4);

    [Benchmark]
    public void AddSquares() => _kernels.AddSquares(_map, Channels, Cells, _sums);

    [Benchmark]
    public void AddShifted2x2() => _kernels.AddShifted(_map, Channels, Cells, _kernel, _offsets, _sums, 41);

    [Benchmark]
    public void AddStripOf2() => _kernels.AddStrip(_map, Channels, Cells, _kernel, 2, 0, _strips, _strips.Length / 2, 42);

    [Benchmark]
    public float DotOfWholeMap() => _kernels.Dot(_map.AsSpan(0, Channels * Cells), _map.AsSpan(0, Channels * Cells));
}
