using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace VisualFeatureSearch.Search.Kernels;

/// <summary>
/// Asks the processor for memory that will be needed soon. It guesses well by itself inside of a page of memory; at the
/// start of each page, and for windows here and there, it has to be told. A hint and nothing more: any address is allowed,
/// also behind the end of what is mapped, and processors without the instruction go without. It can have a dozen or so lines
/// under way at a time: who asks for more at once waits, so they are better asked for bit by bit between other work.
/// </summary>
internal static unsafe class Prefetch
{
    /// <summary>Bytes of a line of the processor's cache.</summary>
    public const int LineBytes = 64;

    /// <summary>Asks for the line of a byte some bytes further on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(ref byte start, nint offset) => Line(Address(ref start, offset));

    /// <summary>
    /// The address of a byte some bytes further on, for <see cref="Line(nint)"/>. It may lie outside of what the byte belongs to, where a
    /// reference must not point; should the runtime move that, the hints go astray and nothing else.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Address(ref byte start, nint offset) => (nint)Unsafe.AsPointer(ref start) + offset;

    /// <summary>Asks for the line of an address.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Line(nint address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0((byte*)address);
        }
    }

    /// <summary>As <see cref="Line(ref byte, nint)"/>, for what is needed later: it leaves the first level of the cache to what is computed now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FarLine(ref byte start, nint offset)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch1((byte*)Unsafe.AsPointer(ref start) + offset);
        }
    }
}
