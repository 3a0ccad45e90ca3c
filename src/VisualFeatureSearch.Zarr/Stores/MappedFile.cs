using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace VisualFeatureSearch.Zarr.Stores;

/// <summary>
/// A file mapped into memory for reading: its bytes are used where the system keeps them, which takes half the time of having
/// them copied, and several processes share them. Safe to use from several threads; nobody may use a slice after
/// <see cref="Dispose"/>, or when nobody holds the file any more. A file that is cut short in place while it is mapped, or whose
/// disk fails, ends the process: so writers have to replace files instead, as <see cref="DirectoryStore"/> does.
/// </summary>
public sealed unsafe class MappedFile : IDisposable
{
    private static int _count;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private int _isDisposed;

    private MappedFile(SafeFileHandle handle)
    {
        Length = RandomAccess.GetLength(handle);
        _file = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = _file.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        Interlocked.Increment(ref _count);
    }

    /// <summary>Lets the view go, whose pointer is still held: it would never be unmapped otherwise.</summary>
    ~MappedFile() => Release();

    /// <summary>Bytes of the file.</summary>
    public long Length { get; }

    /// <summary>Files that this process has mapped now.</summary>
    internal static int Count => Volatile.Read(ref _count);

    /// <summary>Maps a file.</summary>
    /// <param name="path">The file, which has at least one byte.</param>
    /// <exception cref="IOException">It cannot be mapped.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static MappedFile Open(string path)
    {
        using SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return new MappedFile(handle);
    }

    /// <summary>Some of the bytes.</summary>
    /// <param name="offset">Where they begin.</param>
    /// <param name="length">How many.</param>
    /// <exception cref="ArgumentOutOfRangeException">They reach beyond the file.</exception>
    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - length);
        return new ReadOnlySpan<byte>(_start + offset, length);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        if (Release())
        {
            _view.Dispose();
            _file.Dispose();
        }
    }

    private bool Release()
    {
        if (_start is null || Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return false;
        }

        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        Interlocked.Decrement(ref _count);
        return true;
    }
}
