using System.Runtime.CompilerServices;

namespace VisualFeatureSearch.Search.Kernels;

/// <summary>
/// A buffer that begins at a line of the processor's cache, so that no vector lies across two of them: loading such a
/// vector takes twice the time. Should the garbage collector move the buffer, it may begin elsewhere, which costs time only.
/// </summary>
/// <typeparam name="T">What it holds: numbers whose size divides a line's.</typeparam>
internal readonly struct AlignedArray<T>
    where T : unmanaged
{
    private readonly T[] _array;
    private readonly int _start;
    private readonly int _length;

    /// <summary>Makes a buffer of zeros.</summary>
    /// <param name="length">How many numbers.</param>
    public AlignedArray(int length)
    {
        int line = Prefetch.LineBytes / Unsafe.SizeOf<T>();
        _length = length;
        _array = new T[length + line];
        _start = (int)(-(Address(_array) / Unsafe.SizeOf<T>()) & (line - 1));
    }

    /// <summary>Copies numbers.</summary>
    /// <param name="values">The numbers.</param>
    public AlignedArray(ReadOnlySpan<T> values)
        : this(values.Length) => values.CopyTo(Span);

    /// <summary>The numbers.</summary>
    public Span<T> Span => _array.AsSpan(_start, _length);

    private static unsafe nint Address(T[] array) => (nint)Unsafe.AsPointer(ref array[0]);
}
