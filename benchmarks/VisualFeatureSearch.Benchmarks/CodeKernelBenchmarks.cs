using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using BenchmarkDotNet.Attributes;
using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Benchmarks;

/// <summary>The loops over an index's codes, for 7 x 7 maps of 72 dimensions and a 2 x 2 mask, in each instruction set.</summary>
[MemoryDiagnoser]
public class CodeKernelBenchmarks
{
    private const int FineGroups = 6;
    private const int CoarseGroups = 6;
    private const int Cells = 49;

    private static readonly int[] Corners = [.. Enumerable.Range(0, 36).Select(i => (i / 6 * 7) + (i % 6))];

    private readonly byte[] _panel = new byte[PrefixPanel.Bytes(Cells, FineGroups, CoarseGroups)];
    private readonly byte[] _record = new byte[(Cells * CodeKernels.PackBytes) + CodeKernels.Padding];
    private readonly float[] _numerators = new float[Corners.Length * PrefixPanel.Images];
    private readonly float[] _inverses = new float[Cells * PrefixPanel.Images];
    private readonly float[] _floors = [.. Enumerable.Repeat(float.PositiveInfinity, PrefixPanel.Images)];
    private readonly ulong[] _left = new ulong[Corners.Length];
    private readonly float[] _best = new float[PrefixPanel.Images];
    private readonly PrefixWeights _prefix = new(FineGroups, CoarseGroups, [0, 1, 7, 8], [1, 1, 1, 1], Corners, Cells, BoundedRoot.Above(1e-5));
    private readonly PackWeights _packs = new(1, [0], new AlignedArray<byte>(4 * 2 * CodeKernels.PackBytes), new AlignedArray<float>(16), new AlignedArray<float>(16));
    private readonly WindowBound[] _windows = [.. Enumerable.Range(0, 16).Select(i => new WindowBound(0, Corners[i], 0, 1))];
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
        random.NextBytes(_record);
        for (int i = 0; i < _prefix.Weights.Length; i++)
        {
            _prefix.Weights[i] = random.Next(0x3F) * 0x01010101;
        }

        // Norms and errors are numbers; codes may be anything.
        random.NextBytes(_panel);
        int cellLines = PrefixPanel.CellLines(FineGroups, CoarseGroups);
        for (int line = 0; line < 1 + (Cells * cellLines); line++)
        {
            if (line % cellLines <= 1)
            {
                MemoryMarshal.Cast<byte, float>(_panel.AsSpan(line * PrefixPanel.LineBytes, PrefixPanel.LineBytes)).Fill(1);
            }
        }
    }

    /// <summary>Sixty-four images at once.</summary>
    [Benchmark]
    public void BoundPanel2x2() => _kernels.BoundPanel(_panel, _prefix, _floors, _numerators, _inverses, _left, _best);

    /// <summary>Sixteen windows.</summary>
    [Benchmark]
    public void AddPacks2x2() =>
        _kernels.AddPacks(_record, Cells * CodeKernels.PackBytes, CodeKernels.PackBytes, _packs, PackStep.All(4), _prefix.Offsets, 0, _windows);
}
