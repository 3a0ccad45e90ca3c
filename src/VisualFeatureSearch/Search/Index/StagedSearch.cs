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
internal sealed partial class StagedSearch : IDisposable
{
    /// <summary>Images that a thread takes at a time: those whose records are checked together.</summary>
    private const int UnitImages = IndexLayout.UnitImages;

    /// <summary>Units that follow each other that a thread takes at once, at most: memory is asked for ahead of what is computed.</summary>
    private const int UnitsTogether = 16;

    /// <summary>Every so many units one is in the sample.</summary>
    private const int SampleStride = 32;

    /// <summary>A store of fewer images has no sample: it takes no longer to bound all of it.</summary>
    private const int SmallestSampledStore = 4096;

    /// <summary>Images of each of some panels that all refinements are tried on before any is chosen.</summary>
    private const int PilotPanels = 4;
    private const int PilotImages = 12;

    /// <summary>
    /// Images that are scored exactly for each one asked for, besides a few: of the sample, for a first idea of the floor, and of
    /// all, where the tenth best bound is hardly ever the tenth best image's, and every thousandth of the floor counts.
    /// </summary>
    private const double FewPromising = 1.25;
    private const double ManyPromising = 2.5;
    private const int MorePromising = 3;
    private const int MostPromising = 256;

    /// <summary>Images that are scored although the time is up before any was.</summary>
    private const int FewestScored = 32;

    /// <summary>With a larger Σ m², norms of windows could overflow: those of cells that have bounds reach <see cref="CellCoordinates.LargestNorm"/>.</summary>
    private const float LargestSquaredLength = 0.25f * float.MaxValue / (CellCoordinates.LargestNorm * CellCoordinates.LargestNorm);

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

    /// <summary>Windows bounded below this are not written down, although the floor may still be lower: see <see cref="ExpectFloor"/>.</summary>
    private float _expected = float.NegativeInfinity;
    private bool _isSecondPass;

    private StagedSearch(
        FeatureArray features, FeatureIndex index, SearchPlan plan, CodeKernels kernels, RowReaders? readers, SearchTeam team, long start, CancellationToken cancellationToken)
    {
        _start = start;
        _team = team;
        _features = features;
        _index = index;
        _plan = plan;
        _cancellationToken = cancellationToken;
        _deadline = new Deadline(_start, plan.Options.Budget);
        _count = (int)features.Count;
        _units = (int)IndexLayout.UnitsOf(_count);
        _upper = new BoundPlan(index, plan.Positive, kernels, isUpper: true, team);
        _lower = plan.Negative is null ? null : new BoundPlan(index, plan.Negative, kernels, isUpper: false, team);
        _collector = plan.NewCollector();
        _workers = [.. Enumerable.Range(0, team.Workers).Select(i => new Worker(this, i, readers))];
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
    /// <param name="start">When the search began, as <see cref="Stopwatch"/> tells; its budget counts from there.</param>
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
        long start,
        CancellationToken cancellationToken)
    {
        // Helpers wake up while all else is prepared, and go to sleep whatever comes of it.
        using SearchTeam team = SearchTeam.ForSearch(IndexLayout.UnitsOf(features.Count));
        SearchPlan plan = new(features, region, options, scanKernels);
        if (Math.Max(plan.Positive.SquaredLength, plan.Negative?.SquaredLength ?? 0) > LargestSquaredLength)
        {
            return RegionSearch.Search(features, plan, plan.NewCollector(), start, [], cancellationToken);
        }

        using StagedSearch search = new(features, index, plan, codeKernels, readers, team, start, cancellationToken);
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
        int refinements = _index.Layout.Refinements.Length;
        if (_count >= SmallestSampledStore)
        {
            StageCosts costs = new(_features, _upper, _index.Layout);
            ForAll(SampledUnits, isUrgent: false, (worker, i) => worker.BoundUnit((int)i * SampleStride, isSample: true));
            ScoreExactly(Promising(FewPromising, SampleStride), isSeed: true);
            _expected = ExpectFloor();
            PilotCounts pilot = Pilot();
            if (!_deadline.HasPassed && costs.IsHopeless(pilot))
            {
                int tried = Math.Min(SampledUnits * UnitImages, _count);
                AddStage("sample", tried, tried);

                // Helpers that stay awake would take a core from the scan, which has workers of its own.
                _team.Dispose();
                return RegionSearch.Search(_features, _plan, _collector, _start, _stages, _cancellationToken);
            }

            refinements = costs.ChooseRefinements(pilot);
        }

        BoundAll();
        if (_collector.Floor < _expected && !_deadline.HasPassed)
        {
            _expected = float.NegativeInfinity;
            _isSecondPass = true;
            BoundAll();
        }

        int dimensions = _index.Layout.PrefixDimensions;
        int left = CountCandidates();
        AddStage($"{dimensions} dimensions", _workers.Sum(worker => worker.Images), left);
        for (int refinement = 0; refinement < refinements && left > 0 && !_deadline.HasPassed; refinement++)
        {
            int before = left;
            ForAll(_units, isUrgent: false, (worker, unit) => worker.RefineUnit((int)unit, refinement), UnitsTogether);
            if (refinement + 1 < refinements)
            {
                ScoreExactly(Promising(ManyPromising), isSeed: true);
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
        if (_deadline.HasPassed && _collector.Count == 0)
        {
            // An answer of nothing helps nobody, so some images are looked at however little time there is. Those that were not
            // reached are candidates, wanted or not.
            ScoreExactly([.. Candidates().Where(image => _plan.Includes(image)).Take(FewestScored)], isSeed: true);
        }

        return Describe();
    }

    /// <summary>Bounds all images by the prefix, and scores the best.</summary>
    private void BoundAll()
    {
        Array.ForEach(_workers, worker => worker.Restart());
        _slices.AsSpan(0, _units).Clear();
        ForAll(_units, isUrgent: false, (worker, unit) => worker.BoundUnit((int)unit, isSample: false), UnitsTogether);
        ScoreExactly(Promising(ManyPromising), isSeed: true);
    }

    /// <summary>
    /// What the floor will at least be, most likely. Of an evenly spread sample of one image in so many, the r-th best is about
    /// the (r * so many)-th best of all; r is chosen so that hardly ever fewer than the answer's images are better, whose
    /// number in the sample is about Poisson distributed. Where the guess was wrong, as with images in order of their
    /// similarity, it costs time and nothing else: an image whose windows were not written down stays a candidate.
    /// </summary>
    private float ExpectFloor()
    {
        // With seeds the matches so far are no sample, but likely the best of all, and the floor is as good without a guess.
        // Where more are asked for than are scored before refinements, or at most one of a group, the floor could not rise to
        // what is expected in time.
        if (_plan.Options.Seeds.Count > 0 || _plan.Options.Groups is not null || (_plan.Options.Top * ManyPromising) + MorePromising > MostPromising)
        {
            return float.NegativeInfinity;
        }

        double expected = (double)_plan.Options.Top / SampleStride;
        return _collector.SimilarityAt((int)Math.Ceiling(expected + (2 * Math.Sqrt(expected)) + 1.5));
    }

    private SearchAnswer Describe()
    {
        float? missable = null;
        long images = _workers.Sum(worker => worker.Images);
        if (_deadline.HasPassed)
        {
            float left = float.NegativeInfinity;
            float floor = _collector.Floor;
            images = 0;
            for (int i = 0; i < _count; i++)
            {
                images += _bounds[i] < float.PositiveInfinity && _plan.Includes(i) ? 1 : 0;
                if (_bounds[i] >= floor && _plan.Includes(i) && _index.Status(i) != ImageStatus.NonFinite)
                {
                    left = Math.Max(left, Math.Min(_bounds[i], _plan.Positive.LargestSimilarity));
                }
            }

            missable = float.IsNegativeInfinity(left) ? null : left;
        }

        SearchStats stats = new(
            images, _workers.Sum(worker => worker.NonFiniteImages), _workers.Sum(worker => worker.BytesRead), Stopwatch.GetElapsedTime(_start))
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
    private void ForAll(long units, bool isUrgent, Action<Worker, long> work, int together = 1) => _team.Run(
        units,
        together,
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
    /// <param name="share">How many for each image that is asked for, besides a few.</param>
    /// <param name="stride">Every so many units one is looked at.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int[] Promising(double share, int stride = 1)
    {
        int count = (int)Math.Min((_plan.Options.Top * share) + MorePromising, MostPromising);
        PriorityQueue<int, float> best = new();
        float worst = Math.Max(_collector.Floor, float.MinValue);
        for (int first = 0; first < _count; first += UnitImages * stride)
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
        PilotCounts total = new(_index.Layout.Stages);
        int panels = Math.Min(PilotPanels, SampledUnits);
        ForAll(panels, isUrgent: true, (worker, i) => worker.Try(SampledUnits * i / panels * SampleStride, total));
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
}
