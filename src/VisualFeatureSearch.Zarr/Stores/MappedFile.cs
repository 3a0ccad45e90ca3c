using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace VisualFeatureSearch.Zarr.Stores;

/// <summary>
/// A file mapped into memory for reading: its bytes are used where the system keeps them, which takes half the time of having
/// them copied, and several processes share them. Safe to use from several threads; nobody may use a slice after
/// <see cref="Dispose"/>. A file that is cut short in place while it is mapped ends the process, so writers have to replace
/// files instead, as <see cref="DirectoryStore"/> does.
/// </summary>
public sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;

    private MappedFile(MemoryMappedFile file, long length)
    {
        _file = file;
        Length = length;
        _view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    /// <summary>A view whose pointer is still held would not be finalized itself.</summary>
    ~MappedFile() => _view?.SafeMemoryMappedViewHandle.ReleasePointer();

    /// <summary>Bytes of the file.</summary>
    public long Length { get; }

    /// <summary>Maps a file.</summary>
    /// <param name="path">The file, which has at least one byte.</param>
    /// <exception cref="IOException">It cannot be mapped.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static MappedFile Open(string path)
    {
        using SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return Open(handle);
    }

    /// <summary>Maps an open file, which may be closed afterwards.</summary>
    /// <param name="handle">The file, which has at least one byte.</param>
    /// <exception cref="IOException">It cannot be mapped.</exception>
    public static MappedFile Open(SafeFileHandle handle) => new(
        MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true), RandomAccess.GetLength(handle));

    /// <summary>Some of the bytes.</summary>
    /// <param name="offset">Where they begin.</param>
    /// <param name="length">How many.</param>
    /// <exception cref="ArgumentOutOfRangeException">They reach beyond the file.</exception>
    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)offset + (uint)length, (ulong)Length, nameof(offset));
        return new ReadOnlySpan<byte>(_start + offset, length);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
