using System.Runtime.CompilerServices;

namespace VisualFeatureSearch.Search.Kernels;

/// <summary>
/// A buffer of float32 that begins at a line of the processor's cache, so that no vector lies across two of them: loading such a
/// vector takes twice the time. Should the garbage collector move the buffer, it may begin elsewhere, which costs time only.
/// </summary>
internal readonly struct AlignedFloats
{
    private const int LineFloats = Prefetch.LineBytes / sizeof(float);

    private readonly float[] _array;
    private readonly int _start;
    private readonly int _length;

    /// <summary>Makes a buffer of zeros.</summary>
    /// <param name="length">How many numbers.</param>
    public AlignedFloats(int length)
    {
        _length = length;
        _array = new float[length + LineFloats];
        _start = (int)(-(Address(_array) / sizeof(float)) & (LineFloats - 1));
    }

    /// <summary>The numbers.</summary>
    public Span<float> Span => _array.AsSpan(_start, _length);

    private static unsafe nint Address(float[] array) => (nint)Unsafe.AsPointer(ref array[0]);
}
