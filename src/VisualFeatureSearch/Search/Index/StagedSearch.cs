using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Search.Index;

/// <summary>
/// The search through an index. A sample of the images is bounded by the prefix, and the most promising of it are scored
/// exactly, which gives a floor. Then all windows of all images are bounded by the prefix, those below the floor are ruled
/// out, the rest is bounded more tightly window by window, as far as that pays, and images that still have a window are
/// scored exactly. The answer is the plain scan's, because no image is left out whose bound is not certainly below the worst
/// of the answer.
/// </summary>
internal sealed class StagedSearch : IDisposable
{
    /// <summary>Images that a thread takes at a time: those whose records are checked together.</summary>
    private const int UnitImages = IndexLayout.UnitImages;

    /// <summary>Every so many units one is in the sample; stores of fewer images are all sample.</summary>
    private const int SampleStride = 16;
    private const int SmallestSampledStore = 4096;

    /// <summary>Images that all refinements are tried on before any is chosen.</summary>
    private const int PilotImages = 48;

    /// <summary>Images whose windows are refined together: few enough to stay in the processor's first cache.</summary>
    private const int BlockImages = 8;

    /// <summary>How many images ahead their prefix is fetched from memory.</summary>
    private const int PrefetchedImages = 2;

    /// <summary>For subtracting one bound from another in float32.</summary>
    private const float SubtractionError = 1e-6f;

    private readonly FeatureArray _features;
    private readonly FeatureIndex _index;
    private readonly SearchPlan _plan;
    private readonly BoundPlan _upper;
    private readonly BoundPlan? _lower;
    private readonly MatchCollector _collector;
    private readonly Worker[] _workers;
    private readonly CancellationToken _cancellationToken;
    private readonly long _start;
    private readonly Deadline _deadline;
    private readonly List<SearchStage> _stages = [];
    private readonly int _count;
    private readonly int _units;
    private readonly int _refinements;
    private readonly float[] _bounds;
    private readonly float[]? _negatives;
    private readonly Slice[] _slices;
    private readonly Lock _promisingLock = new();
    private readonly PriorityQueue<int, float> _promising = new();
    private float _promisingFloor = float.NegativeInfinity;

    private StagedSearch(FeatureArray features, FeatureIndex index, SearchPlan plan, CodeKernels kernels, CancellationToken cancellationToken)
    {
        _start = Stopwatch.GetTimestamp();
        _features = features;
        _index = index;
        _plan = plan;
        _cancellationToken = cancellationToken;
        _deadline = new Deadline(_start, plan.Options.Budget);
        _upper = new BoundPlan(index, plan.Positive, kernels, isUpper: true);
        _lower = plan.Negative is null ? null : new BoundPlan(index, plan.Negative, kernels, isUpper: false);
        _collector = plan.NewCollector();
        _count = (int)features.Count;
        _units = (int)IndexLayout.UnitsOf(_count);
        _refinements = index.Layout.Refinements.Length;
        int workers = Math.Clamp(_units, 1, Environment.ProcessorCount);
        _workers = [.. Enumerable.Range(0, workers).Select(i => new Worker(this, i))];
        _bounds = ArrayPool<float>.Shared.Rent(_count);
        _bounds.AsSpan(0, _count).Fill(float.PositiveInfinity);
        _negatives = _lower is null ? null : ArrayPool<float>.Shared.Rent(_count);
        _slices = ArrayPool<Slice>.Shared.Rent(_units);
        _slices.AsSpan(0, _units).Clear();
    }

    /// <summary>Searches.</summary>
    /// <exception cref="IndexException">The index is damaged, or does not belong to the store.</exception>
    public static SearchAnswer Search(
        FeatureArray features, FeatureIndex index, RegionKernel region, SearchOptions options, ScanKernels scanKernels, CodeKernels codeKernels, CancellationToken cancellationToken)
    {
        SearchPlan plan = new(features, region, options, scanKernels);
        using StagedSearch search = new(features, index, plan, codeKernels, cancellationToken);
        return search.Run();
    }

    public void Dispose()
    {
        ArrayPool<float>.Shared.Return(_bounds);
        ArrayPool<Slice>.Shared.Return(_slices);
        if (_negatives is not null)
        {
            ArrayPool<float>.Shared.Return(_negatives);
        }

        Array.ForEach(_workers, worker => worker.Dispose());
    }

    private SearchAnswer Run()
    {
        // Likely images give a floor before the first stage even begins.
        ScoreExactly([.. _plan.Options.Seeds.Where(seed => seed >= 0 && seed < _count && _plan.Includes(seed) && IsBounded(seed)).Distinct().Select(seed => (int)seed)], isSeed: true);
        int sampled = (_units + SampleStride - 1) / SampleStride;
        ForAll(sampled, isUrgent: false, (worker, i) => worker.BoundUnit((int)i * SampleStride, isSample: true));
        ScoreExactly(Promising(), isSeed: true);
        ForAll(sampled, isUrgent: false, (worker, i) => worker.RefineSample((int)i * SampleStride));
        if (_count >= SmallestSampledStore && !_deadline.HasPassed && IsHopeless())
        {
            long tried = _workers.Sum(worker => worker.Images);
            AddStage("sample", tried, tried);
            return RegionSearch.Search(_features, _plan, _start, _stages, _cancellationToken);
        }

        // The others: after every unit of the sample, all that lie between it and the next.
        ForAll(_units - sampled, isUrgent: false, (worker, i) => worker.BoundUnit((int)(i + (i / (SampleStride - 1)) + 1), isSample: false));
        int left = CountCandidates();
        int dimensions = _index.Layout.PrefixDimensions;
        long images = _workers.Sum(worker => worker.Images);
        long prefixLeft = _refinements > 0 ? _workers.Sum(worker => worker.PrefixLeft) : left;
        AddStage($"{dimensions} dimensions", images, prefixLeft);
        for (int refinement = 0; refinement < _refinements; refinement++)
        {
            long before = prefixLeft;
            if (refinement > 0)
            {
                ScoreExactly(Promising(), isSeed: true);
                before = CountCandidates();
                if (before == 0 || _deadline.HasPassed || !IsWorthwhile(refinement, (int)before))
                {
                    break;
                }

                Refine(refinement);
                left = CountCandidates();
            }

            dimensions += _index.Layout.Packs[_index.Layout.Refinements[refinement]].Sum();
            AddStage($"{dimensions} dimensions", before, left);
        }

        int[] candidates = Candidates();
        int exact = candidates.Length;
        OrderForScoring(candidates);
        ScoreExactly(candidates, isSeed: false);
        AddStage("exact", exact, Math.Min(_plan.Options.Top, exact));
        return Describe();
    }

    private SearchAnswer Describe()
    {
        float? missable = null;
        if (_deadline.HasPassed)
        {
            float left = float.NegativeInfinity;
            float floor = _collector.Floor;
            for (int i = 0; i < _count; i++)
            {
                if (_bounds[i] >= floor && _plan.Includes(i) && _index.Status(i) != ImageStatus.NonFinite)
                {
                    left = Math.Max(left, Math.Min(_bounds[i], 1 + _upper.Slack));
                }
            }

            missable = float.IsNegativeInfinity(left) ? null : left;
        }

        SearchStats stats = new(
            _workers.Sum(worker => worker.Images), _workers.Sum(worker => worker.NonFiniteImages), _workers.Sum(worker => worker.BytesRead), Stopwatch.GetElapsedTime(_start))
         {
            Stages = _stages,
            LargestMissable = missable,
        };
        return _plan.Describe(_features, _collector, stats);
    }

    private bool IsBounded(long image) => _index.Status(image) == ImageStatus.Bounded;

    private void AddStage(string name, long images, long left)
    {
        double elapsed = Stopwatch.GetElapsedTime(_start).TotalMilliseconds;
        _stages.Add(new SearchStage(name, images, left, Math.Round(elapsed - _stages.Sum(stage => stage.Milliseconds), 3)));
    }

    /// <summary>Runs on all workers; each takes units until there are none left or the time is up.</summary>
    private void ForAll(long units, bool isUrgent, Action<Worker, long> work)
    {
        if (units <= 1 || _workers.Length == 1)
        {
            for (long unit = 0; unit < units && (isUrgent || !_deadline.HasPassed); unit++)
            {
                _cancellationToken.ThrowIfCancellationRequested();
                work(_workers[0], unit);
            }

            return;
        }

        long next = -1;
        try
        {
            Parallel.For(0, _workers.Length, new ParallelOptions { MaxDegreeOfParallelism = _workers.Length }, i =>
            {
                for (long unit = Interlocked.Increment(ref next); unit < units && (isUrgent || !_deadline.HasPassed); unit = Interlocked.Increment(ref next))
                {
                    _cancellationToken.ThrowIfCancellationRequested();
                    work(_workers[i], unit);
                }
            });
        }
        catch (AggregateException exception)
        {
            // One worker's failure says it all.
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }
    }

    private void Refine(int refinement) => ForAll(_units, isUrgent: false, (worker, unit) =>
    {
        if (_slices[unit].Count > 0)
        {
            worker.RefineUnit((int)unit, refinement);
        }
    });

    /// <summary>Minus infinity stands for an image that is dealt with.</summary>
    private static bool IsPossible(float bound, float floor) => bound >= floor && bound != float.NegativeInfinity;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int CountCandidates()
    {
        float floor = _collector.Floor;
        int count = 0;
        foreach (float bound in _bounds.AsSpan(0, _count))
        {
            count += IsPossible(bound, floor) ? 1 : 0;
        }

        return count;
    }

    /// <summary>The images that may still be in the answer, in row order.</summary>
    private int[] Candidates()
    {
        float floor = _collector.Floor;
        int[] candidates = new int[CountCandidates()];
        for (int i = 0, at = 0; at < candidates.Length; i++)
        {
            if (IsPossible(_bounds[i], floor))
            {
                candidates[at++] = i;
            }
        }

        return candidates;
    }

    /// <summary>The candidates with the highest bounds: they are the likeliest to be in the answer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int[] Promising()
    {
        int count = (int)Math.Min((_plan.Options.Top * 5L / 4) + 4, 256);
        PriorityQueue<int, float> best = new();
        float worst = _collector.Floor;
        for (int image = 0; image < _count; image++)
        {
            float bound = _bounds[image];
            if (bound < worst || bound is float.PositiveInfinity or float.NegativeInfinity)
            {
                continue;
            }

            if (best.Count < count)
            {
                best.Enqueue(image, bound);
            }
            else
            {
                best.EnqueueDequeue(image, bound);
            }

            if (best.Count == count)
            {
                best.TryPeek(out _, out worst);
            }
        }

        return [.. best.UnorderedItems.Select(item => item.Element)];
    }

    /// <summary>Whether the sample says that bounds rule out too little to pay.</summary>
    private bool IsHopeless()
    {
        int[] images = new int[PilotImages];
        int sampled = (_units + SampleStride - 1) / SampleStride;
        for (int i = 0; i < images.Length; i++)
        {
            // Some image of some unit of the sample; the last unit may be short, so the first of it.
            int unit = (int)((long)sampled * i / images.Length) * SampleStride;
            images[i] = Math.Min((unit * UnitImages) + (i * 29 % UnitImages), _count - 1);
        }

        return new StageCosts(_features, _upper, _index.Layout).IsHopeless(Pilot(images));
    }

    private bool IsWorthwhile(int refinement, int candidates)
    {
        if (candidates <= PilotImages)
        {
            return true;
        }

        int[] images = new int[PilotImages];
        float floor = _collector.Floor;
        int seen = 0;
        for (int i = 0, next = 0; i < _count && next < images.Length; i++)
        {
            if (IsPossible(_bounds[i], floor) && seen++ == (long)candidates * next / images.Length)
            {
                images[next++] = i;
            }
        }

        return new StageCosts(_features, _upper, _index.Layout).IsWorthwhile(refinement, Pilot(images));
    }

    /// <summary>Tries all stages on a few images.</summary>
    private PilotCounts Pilot(int[] images)
    {
        PilotCounts total = new(images.Length, new long[_refinements + 1], new long[_refinements + 1]);
        ForAll(images.Length, isUrgent: true, (worker, i) => worker.Try(images[i], total));
        return total;
    }

    /// <summary>
    /// Highest bounds first, so that the floor rises early; but in row order where there are many, or where rows are cheap
    /// only from front to back.
    /// </summary>
    private void OrderForScoring(int[] candidates)
    {
        if (_features.Array.Metadata.HasRandomRows && candidates.Length < _features.Count / 4)
        {
            float[] keys = [.. candidates.Select(candidate => -_bounds[candidate])];
            Array.Sort(keys, candidates);
        }
    }

    /// <summary>Scores images on the stored features, and rules them out as candidates.</summary>
    private void ScoreExactly(int[] images, bool isSeed)
    {
        // Seeds are scored even when the time is up: without them there would be nothing to return.
        ForAll((images.Length + 3) / 4, isSeed, (worker, unit) =>
        {
            for (long i = unit * 4; i < Math.Min((unit + 1) * 4, images.Length); i++)
            {
                int image = images[i];
                if (IsPossible(_bounds[image], _collector.Floor))
                {
                    worker.ScoreExactly(image);
                }
            }
        });
    }

    /// <summary>Whether an image's bound is among the highest of those that were asked about so far.</summary>
    private bool IsPromising(int image, float bound)
    {
        if (bound <= Volatile.Read(ref _promisingFloor))
        {
            return false;
        }

        lock (_promisingLock)
        {
            _promising.Enqueue(image, bound);
            int most = (Math.Min(_plan.Options.Top, 256) / 2) + 2;
            if (_promising.Count > most)
            {
                _promising.Dequeue();
                _promising.TryPeek(out _, out float worst);
                Volatile.Write(ref _promisingFloor, worst);
            }

            return true;
        }
    }

    /// <summary>The windows of a unit of images that are still candidates.</summary>
    /// <param name="Worker">The worker whose buffer they are in.</param>
    /// <param name="Start">Where they begin in it.</param>
    /// <param name="Count">How many there are.</param>
    private readonly record struct Slice(int Worker, int Start, int Count);

    /// <summary>One thread's buffers.</summary>
    private sealed class Worker(StagedSearch search, int number) : IDisposable
    {
        private readonly BoundScorer _upper = new(search._index, search._upper);
        private readonly BoundScorer? _lower = search._lower is null ? null : new(search._index, search._lower);
        private readonly ImageScorer _exact = new(search._features, search._plan);
        private WindowBound[] _windows = [];
        private int _used;

        public long Images { get; private set; }

        public long NonFiniteImages { get; private set; }

        /// <summary>Images that the prefix has not ruled out.</summary>
        public long PrefixLeft { get; private set; }

        public long BytesRead { get; private set; }

        /// <summary>Scores an image on the stored features, and rules it out as a candidate.</summary>
        public void ScoreExactly(int image)
        {
            BytesRead += _exact.RowBytes;
            _exact.Score(image, search._collector);
            if (_exact.LastSimilarity > search._bounds[image])
            {
                throw new IndexException($"the index does not belong to the store: image {image} is more similar than its bound says");
            }

            search._bounds[image] = float.NegativeInfinity;
        }

        /// <summary>
        /// Bounds a unit of images by the prefix and, while that is still in the processor's cache, the windows that are not
        /// ruled out by the first refinement. Images that look better than most so far are scored exactly at once, so that
        /// the floor rises early. Of the sample, images are only bounded: there is no floor yet to rule any out.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void BoundUnit(int unit, bool isSample)
        {
            int first = unit * UnitImages;
            int end = Math.Min(first + UnitImages, search._count);
            int start = _used;
            search._index.EnsureIntact(0, first);
            if (!isSample && search._refinements > 0)
            {
                search._index.EnsureIntact(1, first);
            }

            for (int image = first; image < end; image += BlockImages)
            {
                int block = _used;
                int blockEnd = Math.Min(image + BlockImages, end);
                for (int i = image; i < blockEnd; i++)
                {
                    Bound(i, end, isSample);
                }

                if (!isSample && _used > block && search._refinements > 0)
                {
                    _used = block + RefineWindows(_windows.AsSpan(block, _used - block), 0);
                    ScorePromising(image, blockEnd);
                }
            }

            search._slices[unit] = new Slice(number, start, _used - start);
        }

        /// <summary>Makes up for what was left out on a unit of the sample.</summary>
        public void RefineSample(int unit)
        {
            if (search._slices[unit].Count > 0 && search._refinements > 0)
            {
                RefineUnit(unit, 0);
                ScorePromising(unit * UnitImages, Math.Min((unit + 1) * UnitImages, search._count));
            }
        }

        /// <summary>Bounds a unit's windows more tightly, and keeps those that are still not ruled out.</summary>
        public void RefineUnit(int unit, int refinement)
        {
            Slice slice = search._slices[unit];
            if (slice.Count > 0)
            {
                search._index.EnsureIntact(refinement + 1, (long)unit * UnitImages);
                Span<WindowBound> windows = search._workers[slice.Worker]._windows.AsSpan(slice.Start, slice.Count);
                search._slices[unit] = slice with { Count = RefineWindows(windows, refinement) };
            }
        }

        /// <summary>Counts what each stage leaves of an image.</summary>
        public void Try(int image, PilotCounts counts)
        {
            if (!search.IsBounded(image))
            {
                return;
            }

            float floor = search._collector.Floor;
            float ratioFloor = RatioFloor(image, floor);
            _upper.Score(image);
            WindowBound[] windows = ArrayPool<WindowBound>.Shared.Rent(search._upper.Scan.Positions);
            int left = _upper.Collect(image, ratioFloor, windows);
            for (int stage = 0; stage < counts.Images.Length && left > 0; stage++)
            {
                if (stage > 0)
                {
                    search._index.EnsureIntact(stage, image);
                    int kept = 0;
                    for (int k = 0; k < left; k++)
                    {
                        _upper.Refine(ref windows[k], stage - 1);
                        if (windows[k].Ratio >= ratioFloor)
                        {
                            windows[kept++] = windows[k];
                        }
                    }

                    left = kept;
                }

                Interlocked.Add(ref counts.Windows[stage], left);
                Interlocked.Add(ref counts.Images[stage], left > 0 ? 1 : 0);
            }

            ArrayPool<WindowBound>.Shared.Return(windows);
        }

        public void Dispose()
        {
            _exact.Dispose();
            if (_windows.Length > 0)
            {
                ArrayPool<WindowBound>.Shared.Return(_windows);
            }
        }

        /// <summary>Bounds the next image of a unit, and writes down its windows that are not ruled out.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Bound(int image, int end, bool isSample)
        {
            if (!search._plan.Includes(image))
            {
                search._bounds[image] = float.NegativeInfinity;
                return;
            }

            Images++;
            ImageStatus status = search._index.Status(image);
            if (status != ImageStatus.Bounded || float.IsNegativeInfinity(search._bounds[image]))
            {
                if (status == ImageStatus.NonFinite)
                {
                    NonFiniteImages++;
                    search._bounds[image] = float.NegativeInfinity;
                }

                return;
            }

            if (image + PrefetchedImages < end)
            {
                Prefetch.All(search._index.Record(0, image + PrefetchedImages));
            }

            if (_lower is not null)
            {
                search._negatives![image] = search._lower!.Bound(_lower.Score(image));
            }

            BytesRead += search._index.Layout.RecordBytes[0];
            float bound = Total(image, search._upper.Bound(_upper.Score(image)));
            search._bounds[image] = bound;
            float floor = search._collector.Floor;
            if (bound < floor)
            {
                return;
            }

            PrefixLeft++;
            int most = search._upper.Scan.Positions;
            if (_windows.Length - _used < most)
            {
                Grow(_used + most);
            }

            int collected = _upper.Collect(image, RatioFloor(image, floor), _windows.AsSpan(_used));
            if (!isSample && search._refinements > 0)
            {
                _upper.Prefetch(_windows.AsSpan(_used, collected), 0);
            }

            _used += collected;
        }

        /// <summary>Bounds windows more tightly, and moves those to the front that are still not ruled out.</summary>
        /// <returns>How many there are.</returns>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private int RefineWindows(Span<WindowBound> windows, int refinement)
        {
            float floor = search._collector.Floor;
            long refined = 0;
            int kept = 0;
            for (int i = 0, end; i < windows.Length; i = end)
            {
                int image = windows[i].Image;
                end = i + 1;
                while (end < windows.Length && windows[end].Image == image)
                {
                    end++;
                }

                float before = search._bounds[image];
                if (!IsPossible(before, floor))
                {
                    continue;
                }

                float ratioFloor = RatioFloor(image, floor);
                float best = float.NegativeInfinity;
                for (int k = i; k < end; k++)
                {
                    WindowBound window = windows[k];
                    if (window.Ratio < ratioFloor)
                    {
                        continue;
                    }

                    refined++;
                    _upper.Refine(ref window, refinement);
                    float ratio = window.Ratio;
                    if (ratio >= ratioFloor)
                    {
                        windows[kept++] = window;
                        best = Math.Max(best, ratio);
                    }
                }

                search._bounds[image] = float.IsNegativeInfinity(best) ? float.NegativeInfinity : Math.Min(before, Total(image, search._upper.Bound(best)));
            }

            BytesRead += refined * search._upper.Scan.Offsets.Length * search._index.Layout.CellBytes(refinement);
            return kept;
        }

        /// <summary>Scores those of some images exactly that have one of the highest bounds so far.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void ScorePromising(int first, int end)
        {
            for (int image = first; image < end; image++)
            {
                float bound = search._bounds[image];
                if (bound != float.PositiveInfinity && IsPossible(bound, search._collector.Floor) && search.IsPromising(image, bound))
                {
                    ScoreExactly(image);
                }
            }
        }

        /// <summary>An image's bound, less what the negative region certainly takes off.</summary>
        private float Total(int image, float bound) => search._negatives is { } negatives ? bound - negatives[image] + SubtractionError : bound;

        private float RatioFloor(int image, float floor) =>
            search._upper.RatioOf(search._negatives is { } negatives ? floor + negatives[image] - (2 * SubtractionError) : floor);

        private void Grow(int needed)
        {
            WindowBound[] larger = ArrayPool<WindowBound>.Shared.Rent(Math.Max(needed, Math.Max(16 * 1024, _windows.Length * 2)));
            _windows.AsSpan(0, _used).CopyTo(larger);
            if (_windows.Length > 0)
            {
                ArrayPool<WindowBound>.Shared.Return(_windows);
            }

            _windows = larger;
        }
    }
}
