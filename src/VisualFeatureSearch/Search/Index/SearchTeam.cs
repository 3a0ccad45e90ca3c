using System.Runtime.ExceptionServices;

namespace VisualFeatureSearch.Search.Index;

/// <summary>
/// Runs the short phases of one search on several cores. Its helpers stay awake between phases, because waking a thread
/// takes longer than many a phase does. Who starts a phase works on it as well, and never waits for a helper that has not
/// begun: on a busy machine a search goes on by itself.
/// </summary>
internal sealed class SearchTeam : IDisposable
{
    /// <summary>Searches that run in this process.</summary>
    private static int _searches;

    private readonly int _helpers;
    private readonly bool _isCounted;
    private Phase? _phase;
    private bool _isOver;

    /// <summary>Starts helpers.</summary>
    /// <param name="workers">How many work together, with the one who starts phases.</param>
    public SearchTeam(int workers)
        : this(workers, isCounted: false)
    {
    }

    private SearchTeam(int workers, bool isCounted)
    {
        _isCounted = isCounted;
        Workers = workers;
        _helpers = workers - 1;
        for (int i = 1; i < workers; i++)
        {
            int worker = i;
            ThreadPool.UnsafeQueueUserWorkItem(_ => Help(worker), null);
        }
    }

    /// <summary>How many work together.</summary>
    public int Workers { get; }

    /// <summary>
    /// The workers of a search: the machine's cores, or its share of them where other searches run, because helpers that
    /// wait for a core hold up more than they do.
    /// </summary>
    /// <param name="most">Workers that there is work for.</param>
    public static SearchTeam ForSearch(long most)
    {
        int searches = Interlocked.Increment(ref _searches);
        return new SearchTeam((int)Math.Clamp(most, 1, Math.Max(1, Environment.ProcessorCount / searches)), isCounted: true);
    }

    /// <summary>Does units of work, in any order, on all cores.</summary>
    /// <param name="units">How many there are.</param>
    /// <param name="together">
    /// Units that follow each other a worker may take at once: one alone where each may take long, more where a worker that goes on
    /// where it was has its memory already on the way.
    /// </param>
    /// <param name="isOver">Whether to leave the rest undone, asked before each unit.</param>
    /// <param name="work">Does one: the worker's number, from 0, and the unit's.</param>
    public void Run(long units, int together, Func<bool> isOver, Action<int, long> work)
    {
        Phase phase = new(units, together, Workers, isOver, work);
        if (_helpers > 0 && units > 1)
        {
            Volatile.Write(ref _phase, phase);
        }

        phase.Work(0);
        phase.Finish();
    }

    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _isOver, true) && _isCounted)
        {
            Interlocked.Decrement(ref _searches);
        }
    }

    private void Help(int worker)
    {
        Phase? last = null;
        SpinWait spin = default;
        while (!Volatile.Read(ref _isOver))
        {
            Phase? phase = Volatile.Read(ref _phase);
            if (phase is null || phase == last)
            {
                // Gives the core to others again and again, but does not sleep.
                spin.SpinOnce(sleep1Threshold: -1);
                continue;
            }

            last = phase;
            phase.Work(worker);
            spin.Reset();
        }
    }

    /// <summary>One phase.</summary>
    private sealed class Phase(long units, int together, int workers, Func<bool> isOver, Action<int, long> work)
    {
        /// <summary>Set in the count of workers once no more may join.</summary>
        private const int Closed = 1 << 30;

        /// <summary>A worker takes at most 1 / (this * workers) of what is left at once, so that all are done at about the same time.</summary>
        private const int Parts = 4;

        private long _next;
        private int _working;
        private ExceptionDispatchInfo? _failure;

        public void Work(int worker)
        {
            if (Interlocked.Increment(ref _working) >= Closed)
            {
                return;
            }

            try
            {
                while (TryTake(out long unit, out long end))
                {
                    for (; unit < end; unit++)
                    {
                        if (isOver())
                        {
                            return;
                        }

                        work(worker, unit);
                    }
                }
            }
            catch (Exception exception)
            {
                // One worker's failure says it all; the others end with the units they are at.
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
                Interlocked.Exchange(ref _next, units);
            }
            finally
            {
                Interlocked.Decrement(ref _working);
            }
        }

        /// <summary>Takes the next units.</summary>
        private bool TryTake(out long first, out long end)
        {
            long seen = Volatile.Read(ref _next);
            while (true)
            {
                first = seen;
                end = Math.Min(first + Math.Clamp((units - first) / (Parts * workers), 1, together), units);
                if (first >= units)
                {
                    return false;
                }

                seen = Interlocked.CompareExchange(ref _next, end, first);
                if (seen == first)
                {
                    return true;
                }
            }
        }

        /// <summary>Waits for those who are still at work; those who come later find the phase closed.</summary>
        public void Finish()
        {
            SpinWait spin = default;
            while (Interlocked.CompareExchange(ref _working, Closed, 0) != 0)
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }

            _failure?.Throw();
        }
    }
}
