using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using BenchmarkDotNet.Attributes;
using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Benchmarks;

/// <summary>The loops over an index's codes, for one 7 x 7 map of 64 dimensions and a 2 x 2 mask, in each instruction set.</summary>
[MemoryDiagnoser]
public class CodeKernelBenchmarks
{
    private const int Groups = 16;
    private const int Cells = 49;
    private const int Positions = 41;

    private readonly byte[] _codes = new byte[((Groups + CodeKernels.TailGroups) * Cells * 4) + CodeKernels.Padding];
    private readonly byte[] _record = new byte[(Cells * CodeKernels.PackBytes) + CodeKernels.Padding];
    private readonly float[] _norms = new float[Cells + CodeKernels.Padding];
    private readonly float[] _validity = new float[Positions + CodeKernels.Padding];
    private readonly float[] _constants = new float[4];
    private readonly float[] _values = new float[4 * PrefixWeights.ValueStride(Positions)];
    private readonly float[] _numerators = new float[Positions + CodeKernels.Padding];
    private readonly float[] _denominators = new float[Positions + CodeKernels.Padding];
    private readonly float[] _ratios = new float[Positions + CodeKernels.Padding];
    private readonly PrefixWeights _prefix = new(Groups, [0, 1, 7, 8], [1, 1, 1, 1]);
    private readonly PackWeights _packs = new(1, [0], new byte[4 * 2 * CodeKernels.PackBytes], new float[4], new float[4], new float[4], new float[4], new float[16]);
    private CodeKernels _kernels = null!;

    [Params("scalar", "128-bit", "AVX2", "AVX-VNNI", "AVX-512BW")]
    public string Instructions { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _kernels = Instructions switch
        {
            "128-bit" => new VectorCodeKernels<Vector128<int>, PortableCodeLanes, Vector128<float>, Lanes128>(),
            "AVX2" when Avx2.IsSupported => new VectorCodeKernels<Vector256<int>, Avx2CodeLanes, Vector256<float>, Lanes256>(),
            "AVX-VNNI" when AvxVnni.IsSupported => new VectorCodeKernels<Vector256<int>, VnniLanes, Vector256<float>, Lanes256>(),
            "AVX-512BW" when Avx512BW.IsSupported => new VectorCodeKernels<Vector512<int>, Avx512CodeLanes, Vector512<float>, Lanes512>(),
            "scalar" => new ScalarCodeKernels(),
            _ => throw new PlatformNotSupportedException($"This processor has no {Instructions}."),
        };
        Random random = new(1);
        random.NextBytes(_codes);
        random.NextBytes(_record);
        for (int i = 0; i < _prefix.Weights.Length; i++)
        {
            _prefix.Weights[i] = random.Next(0x3F) * 0x01010101;
        }

        Array.Fill(_norms, 1);
    }

    [Benchmark]
    public float BoundWindows2x2() =>
        _kernels.BoundWindows(_codes, Cells, _prefix, _constants, _norms, _validity, 1e-5f, _values, _numerators, _denominators, _ratios, Positions, ahead: 0);

    [Benchmark]
    public float SumPacks2x2() => _kernels.SumPacks(_record, CodeKernels.PackBytes, _packs, 16, _prefix.Offsets);
}
