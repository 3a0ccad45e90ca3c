using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace VisualFeatureSearch.Search.Kernels;

/// <summary>
/// Asks the processor for memory that will be needed soon. It guesses well by itself inside of a page of memory; at the
/// start of each page, and for windows here and there, it has to be told. A hint and nothing more: any address is allowed,
/// and processors without the instruction go without.
/// </summary>
internal static unsafe class Prefetch
{
    private const int Line = 64;

    /// <summary>Asks for all bytes of a span.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void All(ReadOnlySpan<byte> bytes)
    {
        if (Sse.IsSupported)
        {
            byte* start = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(bytes));
            for (int i = 0; i < bytes.Length; i += Line)
            {
                Sse.Prefetch0(start + i);
            }
        }
    }
}
