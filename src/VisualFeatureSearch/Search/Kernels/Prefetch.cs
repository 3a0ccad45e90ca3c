using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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

    /// <summary>
    /// Whether what is needed once goes to the first level of the cache alone. AMD's processors keep a line that leaves the second level in the
    /// third one, which costs bandwidth although nothing will read it again; a line that was asked for as non-temporal is dropped. On a Zen 5
    /// whole searches take 4 to 6 % less that way; on Intel's Sapphire Rapids no hint was better than that for the second level.
    /// </summary>
    private static readonly bool IsDroppedAfterUse = IsMadeByAmd();

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

    /// <summary>As <see cref="Line(ref byte, nint)"/>, for what is needed later, and once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FarLine(ref byte start, nint offset)
    {
        if (!Sse.IsSupported)
        {
            return;
        }

        if (IsDroppedAfterUse)
        {
            Sse.PrefetchNonTemporal((byte*)Unsafe.AsPointer(ref start) + offset);
        }
        else
        {
            // It leaves the first level to what is computed now.
            Sse.Prefetch1((byte*)Unsafe.AsPointer(ref start) + offset);
        }
    }

    /// <summary>
    /// Looks up what kind of processor this is. Loops that are compiled before have to ask each time whether it is known; those that are
    /// compiled behind it have the answer in their code.
    /// </summary>
    public static void Prepare() => RuntimeHelpers.RunClassConstructor(typeof(Prefetch).TypeHandle);

    private static bool IsMadeByAmd()
    {
        if (!X86Base.IsSupported)
        {
            return false;
        }

        (_, int first, int last, int middle) = X86Base.CpuId(0, 0);
        return MemoryMarshal.AsBytes<int>([first, middle, last]).SequenceEqual("AuthenticAMD"u8);
    }
}
