using System.Buffers;
using System.Diagnostics;
using VisualFeatureSearch.Features;
using VisualFeatureSearch.Regions;
using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Search.Index;

/// <summary>
/// The search through an index. All images are bounded by the first stage's few dimensions; the most promising are scored
/// exactly, which gives a floor; whatever is bounded below the floor is ruled out; the rest is bounded by further stages, as
/// far as that pays, and what is still possible then is scored exactly. The answer is the plain scan's, because no image is
/// left out whose bound is not certainly below the worst of the answer.
/// </summary>
internal sealed class StagedSearch : IDisposable
{
    /// <summary>Images that a thread takes at a time in the first stage, and candidates in later ones.</summary>
    private const int UnitImages = 256;
    private const int UnitCandidates = 16;

    /// <summary>Candidates that every later stage is tried on before all go through the best one.</summary>
    private const int PilotCandidates = 96;

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
    private readonly float[] _bounds;
    private long _nonFinite;
    private long _images;
    private long _bytes;

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
        int workers = (int)Math.Clamp(features.Count / 64, 1, Environment.ProcessorCount);
        _workers = [.. Enumerable.Range(0, workers).Select(_ => new Worker(this))];
        _bounds = ArrayPool<float>.Shared.Rent((int)features.Count);
        _bounds.AsSpan(0, (int)features.Count).Fill(float.PositiveInfinity);
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
        Array.ForEach(_workers, worker => worker.Dispose());
    }

    private SearchAnswer Run()
    {
        // Likely images give a floor before the first stage even begins.
        ScoreExactly([.. _plan.Options.Seeds.Where(seed => seed >= 0 && seed < _features.Count && _plan.Includes(seed) && IsBounded(seed)).Distinct().Select(seed => (int)seed)], isSeed: true);
        BoundAll();
        ScoreExactly(Promising(Candidates()), isSeed: true);
        int[] candidates = Candidates();
        AddStage($"{_index.Layout.Dimensions[0]} dimensions", _images, candidates.Length);
        int stage = 0;
        while (candidates.Length > 4 * UnitCandidates && !_deadline.HasPassed)
        {
            int next = ChooseNext(candidates, stage);
            if (next >= _index.Layout.Stages)
            {
                break;
            }

            int before = candidates.Length;
            Bound(candidates, next);
            ScoreExactly(Promising(candidates), isSeed: true);
            candidates = Candidates();
            AddStage($"{_index.Layout.Dimensions.AsSpan(0, next + 1).ToArray().Sum()} dimensions", before, candidates.Length);
            stage = next;
        }

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
            for (int i = 0; i < _features.Count; i++)
            {
                if (_bounds[i] >= floor && _plan.Includes(i) && _index.Status(i) != ImageStatus.NonFinite)
                {
                    left = Math.Max(left, Math.Min(_bounds[i], 1 + _upper.Slack));
                }
            }

            missable = float.IsNegativeInfinity(left) ? null : left;
        }

        SearchStats stats = new(_images, _nonFinite, _bytes, Stopwatch.GetElapsedTime(_start)) { Stages = _stages, LargestMissable = missable };
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

    private void BoundAll()
    {
        long units = (_features.Count + UnitImages - 1) / UnitImages;
        ForAll(units, isUrgent: false, (worker, unit) =>
        {
            int first = (int)(unit * UnitImages);
            int end = (int)Math.Min(first + UnitImages, _features.Count);
            int images = 0, nonFinite = 0;
            for (int image = first; image < end; image++)
            {
                if (!_plan.Includes(image))
                {
                    _bounds[image] = float.NegativeInfinity;
                    continue;
                }

                images++;
                switch (_index.Status(image))
                {
                    case ImageStatus.NonFinite:
                        nonFinite++;
                        _bounds[image] = float.NegativeInfinity;
                        break;
                    case ImageStatus.Bounded when !float.IsNegativeInfinity(_bounds[image]):
                        _bounds[image] = worker.Bound(image, 0);
                        break;
                }
            }

            Interlocked.Add(ref _images, images);
            Interlocked.Add(ref _nonFinite, nonFinite);
            Interlocked.Add(ref _bytes, (long)images * _index.Layout.RecordBytes[0]);
        });
    }

    private void Bound(int[] candidates, int stage)
    {
        ForAll((candidates.Length + UnitCandidates - 1) / UnitCandidates, isUrgent: false, (worker, unit) =>
        {
            int first = (int)unit * UnitCandidates;
            int end = Math.Min(first + UnitCandidates, candidates.Length);
            for (int i = first; i < end; i++)
            {
                if (IsBounded(candidates[i]))
                {
                    _bounds[candidates[i]] = Math.Min(_bounds[candidates[i]], worker.Bound(candidates[i], stage));
                }
            }

            Interlocked.Add(ref _bytes, (end - first) * (long)_index.Layout.RecordBytes[stage]);
        });
    }

    /// <summary>The images that may still be in the answer, in row order.</summary>
    private int[] Candidates()
    {
        float floor = _collector.Floor;
        ReadOnlySpan<float> bounds = _bounds.AsSpan(0, (int)_features.Count);
        int count = 0;
        foreach (float bound in bounds)
        {
            count += IsPossible(bound, floor) ? 1 : 0;
        }

        int[] candidates = new int[count];
        for (int i = 0, at = 0; at < count; i++)
        {
            if (IsPossible(bounds[i], floor))
            {
                candidates[at++] = i;
            }
        }

        return candidates;
    }

    /// <summary>Minus infinity stands for an image that is dealt with.</summary>
    private static bool IsPossible(float bound, float floor) => bound >= floor && bound != float.NegativeInfinity;

    /// <summary>The candidates with the highest bounds: they are the likeliest to be in the answer.</summary>
    private int[] Promising(int[] candidates)
    {
        int count = (int)Math.Min(Math.Min((_plan.Options.Top * 5L / 4) + 4, 256), candidates.Length);
        PriorityQueue<int, float> best = new();
        float worst = float.NegativeInfinity;
        foreach (int candidate in candidates)
        {
            float bound = _bounds[candidate];
            if (bound == float.PositiveInfinity || (best.Count == count && bound <= worst))
            {
                continue;
            }

            if (best.Count < count)
            {
                best.Enqueue(candidate, bound);
            }
            else
            {
                best.EnqueueDequeue(candidate, bound);
            }

            best.TryPeek(out _, out worst);
        }

        return [.. best.UnorderedItems.Select(item => item.Element)];
    }

    /// <summary>Tries all later stages on a few candidates and chooses the one to go on with.</summary>
    private int ChooseNext(int[] candidates, int current)
    {
        int stages = _index.Layout.Stages;
        if (current == stages - 1)
        {
            return stages;
        }

        int count = Math.Min(PilotCandidates, candidates.Length);
        int[] alive = new int[stages];
        float floor = _collector.Floor;
        ForAll(count, isUrgent: true, (worker, i) =>
        {
            int candidate = candidates[i * candidates.Length / count];
            Interlocked.Increment(ref alive[current]);
            for (int stage = current + 1; stage < stages; stage++)
            {
                if (!IsBounded(candidate) || worker.Bound(candidate, stage) >= floor)
                {
                    Interlocked.Increment(ref alive[stage]);
                }
            }
        });
        return new StageCosts(_features, _upper, _index.Layout).Next(current, alive);
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
                float bound = _bounds[image];
                if (!IsPossible(bound, _collector.Floor))
                {
                    continue;
                }

                Interlocked.Add(ref _bytes, worker.Exact.RowBytes);
                worker.Exact.Score(image, _collector);
                if (worker.Exact.LastSimilarity > bound)
                {
                    throw new IndexException($"the index does not belong to the store: image {image} is more similar than its bound says");
                }

                _bounds[image] = float.NegativeInfinity;
            }
        });
    }

    /// <summary>One thread's buffers.</summary>
    private sealed class Worker(StagedSearch search) : IDisposable
    {
        private readonly BoundScorer _upper = new(search._index, search._upper);
        private readonly BoundScorer? _lower = search._lower is null ? null : new(search._index, search._lower);

        public ImageScorer Exact { get; } = new(search._features, search._plan);

        public float Bound(long image, int stage)
        {
            for (int s = 0; s <= stage; s++)
            {
                search._index.EnsureIntact(s, image);
            }

            float bound = _upper.Score(image, stage);
            return _lower is null ? bound : bound - _lower.Score(image, stage) + 1e-6f;
        }

        public void Dispose() => Exact.Dispose();
    }
}
