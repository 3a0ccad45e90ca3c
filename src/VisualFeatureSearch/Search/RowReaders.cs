using System.Collections.Concurrent;
using VisualFeatureSearch.Zarr;

namespace VisualFeatureSearch.Search;

/// <summary>Readers of a layer's rows that are kept from one search to the next, with the chunks that they have open.</summary>
internal sealed class RowReaders(ZarrArray array) : IDisposable
{
    private readonly ConcurrentBag<ZarrRowReader> _idle = [];
    private bool _isDisposed;

    public ZarrRowReader Take() => _idle.TryTake(out ZarrRowReader? reader) ? reader : array.OpenRows();

    public void PutBack(ZarrRowReader reader)
    {
        if (Volatile.Read(ref _isDisposed) || _idle.Count >= Environment.ProcessorCount)
        {
            reader.Dispose();
        }
        else
        {
            _idle.Add(reader);
        }
    }

    public void Dispose()
    {
        Volatile.Write(ref _isDisposed, true);
        while (_idle.TryTake(out ZarrRowReader? reader))
        {
            reader.Dispose();
        }
    }
}
