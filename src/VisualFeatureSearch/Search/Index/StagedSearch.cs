using System.Buffers;
using System.Diagnostics;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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
    private const int SampleStride = 32;
    private const int SmallestSampledStore = 4096;

    /// <summary>Images that all refinements are tried on before any is chosen.</summary>
    private const int PilotImages = 48;

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
    private readonly SearchTeam _team;
    private readonly CancellationToken _cancellationToken;
    private readonly long _start;
    private readonly Deadline _deadline;
    private readonly List<SearchStage> _stages = [];
    private readonly int _count;
    private readonly int _units;
    private readonly float[] _bounds;
    private readonly float[]? _negatives;
    private readonly Slice[] _slices;

    private StagedSearch(FeatureArray features, FeatureIndex index, SearchPlan plan, CodeKernels kernels, RowReaders? readers, CancellationToken cancellationToken)
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
        int workers = Math.Clamp(_units, 1, Environment.ProcessorCount);
        _workers = [.. Enumerable.Range(0, workers).Select(i => new Worker(this, i, readers))];
        _team = new SearchTeam(workers);
        _bounds = ArrayPool<float>.Shared.Rent(_count);
        _bounds.AsSpan(0, _count).Fill(float.PositiveInfinity);
        _negatives = _lower is null ? null : ArrayPool<float>.Shared.Rent(_count);
        _slices = ArrayPool<Slice>.Shared.Rent(_units);
        _slices.AsSpan(0, _units).Clear();
    }

    /// <summary>Searches.</summary>
    /// <param name="features">The dataset's features.</param>
    /// <param name="index">Their index.</param>
    /// <param name="region">The highlighted region.</param>
    /// <param name="options">What else is asked for.</param>
    /// <param name="scanKernels">The kernels for exact scores.</param>
    /// <param name="codeKernels">The kernels for bounds.</param>
    /// <param name="readers">Where to take readers of rows from; null to open them.</param>
    /// <param name="cancellationToken">Ends the search early.</param>
    /// <exception cref="IndexException">The index is damaged, or does not belong to the store.</exception>
    public static SearchAnswer Search(
        FeatureArray features,
        FeatureIndex index,
        RegionKernel region,
        SearchOptions options,
        ScanKernels scanKernels,
        CodeKernels codeKernels,
        RowReaders? readers,
        CancellationToken cancellationToken)
    {
        SearchPlan plan = new(features, region, options, scanKernels);
        using StagedSearch search = new(features, index, plan, codeKernels, readers, cancellationToken);
        return search.Run();
    }

    public void Dispose()
    {
        _team.Dispose();
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
        int refinements = _index.Layout.Refinements.Length;
        if (_count >= SmallestSampledStore)
        {
            StageCosts costs = new(_features, _upper, _index.Layout);
            ForAll(SampledUnits, isUrgent: false, (worker, i) => worker.BoundUnit((int)i * SampleStride, isSample: true));
            ScoreExactly(Promising(), isSeed: true);
            PilotCounts pilot = Pilot();
            if (!_deadline.HasPassed && costs.IsHopeless(pilot))
            {
                int tried = Math.Min(SampledUnits * UnitImages, _count);
                AddStage("sample", tried, tried);
                return RegionSearch.Search(_features, _plan, _start, _stages, _cancellationToken);
            }

            refinements = costs.ChooseRefinements(pilot);
        }

        ForAll(_units, isUrgent: false, (worker, unit) => worker.BoundUnit((int)unit, isSample: false));
        ScoreExactly(Promising(), isSeed: true);
        int dimensions = _index.Layout.PrefixDimensions;
        int left = CountCandidates();
        AddStage($"{dimensions} dimensions", _workers.Sum(worker => worker.Images), left);
        for (int refinement = 0; refinement < refinements && left > 0 && !_deadline.HasPassed; refinement++)
        {
            int before = left;
            ForAll(_units, isUrgent: false, (worker, unit) => worker.RefineUnit((int)unit, refinement));
            if (refinement + 1 < refinements)
            {
                ScoreExactly(Promising(), isSeed: true);
            }

            left = CountCandidates();
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

    private int SampledUnits => (_units + SampleStride - 1) / SampleStride;

    private bool IsBounded(long image) => _index.Status(image) == ImageStatus.Bounded;

    private void AddStage(string name, long images, long left)
    {
        double elapsed = Stopwatch.GetElapsedTime(_start).TotalMilliseconds;
        _stages.Add(new SearchStage(name, images, left, Math.Round(elapsed - _stages.Sum(stage => stage.Milliseconds), 3)));
    }

    /// <summary>Runs on all workers; each takes units until there are none left or the time is up.</summary>
    private void ForAll(long units, bool isUrgent, Action<Worker, long> work) => _team.Run(
        units,
        () =>
        {
            _cancellationToken.ThrowIfCancellationRequested();
            return !isUrgent && _deadline.HasPassed;
        },
        (worker, unit) => work(_workers[worker], unit));

    /// <summary>Minus infinity stands for an image that is dealt with.</summary>
    private static bool IsPossible(float bound, float floor) => bound >= floor && bound != float.NegativeInfinity;

    /// <summary>How many images may still be in the answer.</summary>
    private int CountCandidates()
    {
        // A bound of minus infinity must not count, however low the floor is.
        Vector<float> floor = new(Math.Max(_collector.Floor, float.MinValue));
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(_bounds.AsSpan(0, _count));
        Vector<int> count = Vector<int>.Zero;
        foreach (Vector<float> bounds in vectors)
        {
            count -= Vector.GreaterThanOrEqual(bounds, floor);
        }

        int candidates = Vector.Sum(count);
        foreach (float bound in _bounds.AsSpan(0, _count)[(vectors.Length * Vector<float>.Count)..])
        {
            candidates += bound >= floor[0] ? 1 : 0;
        }

        return candidates;
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

    /// <summary>The candidates with the highest bounds, best first, a few more than are asked for: they are the likeliest to be in the answer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int[] Promising()
    {
        int count = (int)Math.Min((_plan.Options.Top * 5L / 4) + 4, 256);
        PriorityQueue<int, float> best = new();
        float worst = Math.Max(_collector.Floor, float.MinValue);
        for (int first = 0; first < _count; first += UnitImages)
        {
            ReadOnlySpan<float> bounds = _bounds.AsSpan(first, Math.Min(UnitImages, _count - first));
            if (TensorPrimitives.Max(bounds) < worst)
            {
                continue;
            }

            for (int i = 0; i < bounds.Length; i++)
            {
                float bound = bounds[i];
                if (bound < worst || bound == float.PositiveInfinity)
                {
                    continue;
                }

                best.Enqueue(first + i, bound);
                if (best.Count > count)
                {
                    best.Dequeue();
                    best.TryPeek(out _, out worst);
                }
            }
        }

        return [.. best.UnorderedItems.OrderByDescending(item => item.Priority).Select(item => item.Element)];
    }

    /// <summary>Tries all stages on a few images of the sample.</summary>
    private PilotCounts Pilot()
    {
        int[] images = new int[PilotImages];
        for (int i = 0; i < images.Length; i++)
        {
            int unit = (int)((long)SampledUnits * i / images.Length) * SampleStride;
            images[i] = Math.Min((unit * UnitImages) + (i * 29 % UnitImages), _count - 1);
        }

        PilotCounts total = new(images.Length, new long[_index.Layout.Stages], new long[_index.Layout.Stages]);
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
        int together = isSeed ? 1 : 4;
        ForAll((images.Length + together - 1) / together, isSeed, (worker, unit) =>
        {
            for (long i = unit * together; i < Math.Min((unit + 1) * together, images.Length); i++)
            {
                int image = images[i];
                if (IsPossible(_bounds[image], _collector.Floor))
                {
                    worker.ScoreExactly(image);
                }
            }
        });
    }

    /// <summary>The windows of a unit of images that are still candidates.</summary>
    /// <param name="Worker">The worker whose buffer they are in.</param>
    /// <param name="Start">Where they begin in it.</param>
    /// <param name="Count">How many there are.</param>
    private readonly record struct Slice(int Worker, int Start, int Count);

    /// <summary>One thread's buffers.</summary>
    private sealed class Worker(StagedSearch search, int number, RowReaders? readers) : IDisposable
    {
        private readonly BoundScorer _upper = new(search._index, search._upper);
        private readonly BoundScorer? _lower = search._lower is null ? null : new(search._index, search._lower);
        private readonly ImageScorer _exact = new(search._features, search._plan, readers);
        private WindowBound[] _windows = [];
        private int _used;

        public long Images { get; private set; }

        public long NonFiniteImages { get; private set; }

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
        /// Bounds a unit of images by the prefix, and writes down the windows that are not ruled out; of the sample, images are
        /// only bounded, for there is no floor yet to rule any out.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void BoundUnit(int unit, bool isSample)
        {
            int first = unit * UnitImages;
            int end = Math.Min(first + UnitImages, search._count);
            int start = _used;
            search._index.EnsureIntact(0, first);
            for (int image = first; image < end; image++)
            {
                if (!search._plan.Includes(image))
                {
                    search._bounds[image] = float.NegativeInfinity;
                    continue;
                }

                Images += isSample ? 0 : 1;
                float before = search._bounds[image];
                switch (search._index.Status(image))
                {
                    case ImageStatus.NonFinite:
                        NonFiniteImages += isSample ? 0 : 1;
                        search._bounds[image] = float.NegativeInfinity;
                        break;

                    // Not again what the sample has already dealt with.
                    case ImageStatus.Bounded when IsPossible(before, search._collector.Floor):
                        Bound(image, isSample);
                        break;
                }
            }

            search._slices[unit] = new Slice(number, start, _used - start);
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

        /// <summary>Bounds an image, and writes down its windows that are not ruled out.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Bound(int image, bool isSample)
        {
            if (_lower is not null)
            {
                search._negatives![image] = search._lower!.Bound(_lower.Score(image));
            }

            BytesRead += search._index.Layout.RecordBytes[0];
            float bound = Total(image, search._upper.Bound(_upper.Score(image)));
            search._bounds[image] = bound;
            float floor = search._collector.Floor;
            if (isSample || bound < floor)
            {
                return;
            }

            int most = search._upper.Scan.Positions;
            if (_windows.Length - _used < most)
            {
                Grow(_used + most);
            }

            _used += _upper.Collect(image, RatioFloor(image, floor), _windows.AsSpan(_used));
        }

        /// <summary>Bounds windows more tightly, and moves those to the front that are still not ruled out.</summary>
        /// <returns>How many there are.</returns>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private int RefineWindows(Span<WindowBound> windows, int refinement)
        {
            // The floor has risen since they were written down. What is left is fetched from memory all at once, which takes
            // hardly longer than one of them would.
            float floor = search._collector.Floor;
            float lowestRatio = search._upper.RatioOf(floor);
            int left = 0;
            foreach (WindowBound window in windows)
            {
                // The negative region only ever raises what is asked of a ratio.
                if (window.Ratio >= lowestRatio && IsPossible(search._bounds[window.Image], floor))
                {
                    _upper.Prefetch(window, refinement);
                    windows[left++] = window;
                }
            }

            int kept = 0;
            for (int i = 0; i < left;)
            {
                int image = windows[i].Image;
                float ratioFloor = RatioFloor(image, floor);
                float best = float.NegativeInfinity;
                for (; i < left && windows[i].Image == image; i++)
                {
                    WindowBound window = windows[i];
                    if (window.Ratio < ratioFloor)
                    {
                        continue;
                    }

                    _upper.Refine(ref window, refinement);
                    float ratio = window.Ratio;
                    if (ratio >= ratioFloor)
                    {
                        windows[kept++] = window;
                        best = Math.Max(best, ratio);
                    }
                }

                search._bounds[image] = float.IsNegativeInfinity(best)
                    ? float.NegativeInfinity
                    : Math.Min(search._bounds[image], Total(image, search._upper.Bound(best)));
            }

            BytesRead += (long)left * search._upper.Scan.Offsets.Length * search._index.Layout.CellBytes[refinement];
            return kept;
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
