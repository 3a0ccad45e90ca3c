using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using VisualFeatureSearch.Search.Kernels;

namespace VisualFeatureSearch.Search.Index;

/// <content>What each thread of a search does, unit by unit.</content>
internal sealed partial class StagedSearch
{
    /// <summary>One thread's buffers, and what it does to a unit of images.</summary>
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

        /// <summary>Forgets the windows that were written down.</summary>
        public void Restart() => _used = 0;

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
            ulong wanted = Wanted(first, end - first, isCounted: !isSample && !search._isSecondPass);

            // A filter may leave so few images that it takes less to score them than to bound all of the unit: they stay
            // candidates.
            if (BitOperations.PopCount(wanted) * 2L * _exact.RowBytes >= search._index.Layout.PanelBytes)
            {
                Bound(unit, first, wanted, isSample);
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
                search._slices[unit] = slice with { Count = RefineWindows(unit * UnitImages, windows, refinement) };
            }
        }

        /// <summary>Counts what each stage leaves of a few images of a panel.</summary>
        public void Try(long panel, PilotCounts counts)
        {
            int first = (int)(panel * PrefixPanel.Images);
            Span<float> floors = stackalloc float[PrefixPanel.Images];
            floors.Fill(float.PositiveInfinity);
            int tried = 0;
            for (int k = 0; k < PilotImages; k++)
            {
                int lane = (int)((panel + (5 * k)) % PrefixPanel.Images);
                int image = first + lane;

                // Not those that are left out, already scored, or not reached in time.
                if (image < search._count && float.IsFinite(search._bounds[image]))
                {
                    floors[lane] = RatioFloor(image, Math.Max(search._collector.Floor, search._expected));
                    tried++;
                }
            }

            counts.AddTried(tried);
            _upper.Score(panel, floors);
            WindowBound[] windows = ArrayPool<WindowBound>.Shared.Rent(_upper.RoomToCollect);
            int left = _upper.Collect(first, windows);
            for (int stage = 0; stage < counts.Stages && left > 0; stage++)
            {
                left = stage == 0 ? left : Keep(first, windows.AsSpan(0, left), stage - 1, floors);
                ulong images = 0;
                foreach (WindowBound window in windows.AsSpan(0, left))
                {
                    images |= 1UL << (window.Image - first);
                }

                counts.AddLeft(stage, BitOperations.PopCount(images), left);
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

        /// <summary>Which images of a unit are to be bounded, a bit each; all others are dealt with here.</summary>
        private ulong Wanted(int first, int images, bool isCounted)
        {
            float floor = search._collector.Floor;
            ulong wanted = 0;
            if (search._plan.Options.Included is null && images == UnitImages && search._index.AreBounded(first, images))
            {
                Images += isCounted ? images : 0;
                Vector256<float> lowest = Vector256.Create(Math.Max(floor, float.MinValue));
                for (int lane = 0; lane < UnitImages; lane += Vector256<float>.Count)
                {
                    Vector256<float> bounds = Vector256.LoadUnsafe(ref search._bounds[first], (nuint)lane);
                    wanted |= (ulong)Vector256.GreaterThanOrEqual(bounds, lowest).ExtractMostSignificantBits() << lane;
                }

                return wanted;
            }

            for (int lane = 0; lane < images; lane++)
            {
                int image = first + lane;
                if (!search._plan.Includes(image))
                {
                    search._bounds[image] = float.NegativeInfinity;
                    continue;
                }

                Images += isCounted ? 1 : 0;
                switch (search._index.Status(image))
                {
                    case ImageStatus.NonFinite:
                        NonFiniteImages += isCounted ? 1 : 0;
                        search._bounds[image] = float.NegativeInfinity;
                        break;

                    // Not again what the sample has already dealt with.
                    case ImageStatus.Bounded when IsPossible(search._bounds[image], floor):
                        wanted |= 1UL << lane;
                        break;
                }
            }

            return wanted;
        }

        /// <summary>Bounds images of a unit, and writes down their windows that are not ruled out.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Bound(int panel, int first, ulong wanted, bool isSample)
        {
            float floor = Math.Max(search._collector.Floor, search._expected);
            Span<float> floors = stackalloc float[PrefixPanel.Images];
            bool isAll = wanted == ulong.MaxValue && _lower is null;
            floors.Fill(isAll && !isSample ? search._upper.RatioOf(floor) : float.PositiveInfinity);
            if (_lower is not null)
            {
                ReadOnlySpan<float> negative = _lower.Score(panel, floors);
                for (ulong left = wanted; left != 0; left &= left - 1)
                {
                    int lane = BitOperations.TrailingZeroCount(left);
                    search._negatives![first + lane] = search._lower!.Bound(negative[lane]);
                }
            }

            if (!isAll && !isSample)
            {
                for (ulong left = wanted; left != 0; left &= left - 1)
                {
                    int lane = BitOperations.TrailingZeroCount(left);
                    floors[lane] = RatioFloor(first + lane, floor);
                }
            }

            ReadOnlySpan<float> best = _upper.Score(panel, floors);
            BytesRead += search._index.Layout.PanelBytes;
            if (isAll)
            {
                search._upper.Bound(best, search._bounds.AsSpan(first));
            }
            else
            {
                for (ulong left = wanted; left != 0; left &= left - 1)
                {
                    int lane = BitOperations.TrailingZeroCount(left);
                    search._bounds[first + lane] = Total(first + lane, search._upper.Bound(best[lane]));
                }
            }

            if (!isSample)
            {
                int most = _upper.RoomToCollect;
                if (_windows.Length - _used < most)
                {
                    Grow(_used + most);
                }

                _used += _upper.Collect(first, _windows.AsSpan(_used));
            }
        }

        /// <summary>Bounds a unit's windows more tightly, and moves those to the front that are still not ruled out.</summary>
        /// <returns>How many there are.</returns>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private int RefineWindows(int first, Span<WindowBound> windows, int refinement)
        {
            // The floor has risen since they were written down. Which windows are left is as good as random, so a branch on it
            // would be taken wrongly half the time: every window is written, and where the next one goes depends on it.
            float floor = search._collector.Floor;
            float lowestRatio = search._upper.RatioOf(floor);
            ReadOnlySpan<float> bounds = search._bounds.AsSpan(first, Math.Min(UnitImages, search._count - first));
            int left = 0;
            ulong seen = 0;
            foreach (WindowBound window in windows)
            {
                // The negative region only ever raises what is asked of a ratio.
                windows[left] = window;
                int lane = window.Image - first;
                float bound = bounds[lane];
                bool isLeft = (window.Ratio >= lowestRatio) & (bound >= floor) & (bound != float.NegativeInfinity);
                left += Unsafe.BitCast<bool, byte>(isLeft);
                seen |= (ulong)Unsafe.BitCast<bool, byte>(isLeft) << lane;
            }

            windows = windows[..left];
            foreach (PackStep step in search._upper.Steps)
            {
                if (windows.IsEmpty)
                {
                    break;
                }

                _upper.Refine(first, windows, refinement, step);
                BytesRead += (long)windows.Length * step.Cells * search._index.Layout.CellBytes[refinement];
                int kept = 0;
                foreach (WindowBound window in windows)
                {
                    bool isLeft = window.Ratio >= (search._negatives is null ? lowestRatio : RatioFloor(window.Image, floor));
                    windows[kept] = window;
                    kept += Unsafe.BitCast<bool, byte>(isLeft);
                }

                windows = windows[..kept];
            }

            Span<float> best = stackalloc float[UnitImages];
            best.Fill(float.NegativeInfinity);
            foreach (WindowBound window in windows)
            {
                ref float own = ref best[window.Image - first];
                own = Math.Max(own, window.Ratio);
            }

            for (; seen != 0; seen &= seen - 1)
            {
                int i = BitOperations.TrailingZeroCount(seen);
                ref float bound = ref search._bounds[first + i];
                bound = float.IsNegativeInfinity(best[i]) ? float.NegativeInfinity : Math.Min(bound, Total(first + i, search._upper.Bound(best[i])));
            }

            return windows.Length;
        }

        /// <summary>Bounds windows of a unit more tightly, and moves those to the front that are not ruled out.</summary>
        /// <returns>How many there are.</returns>
        private int Keep(int first, Span<WindowBound> windows, int refinement, ReadOnlySpan<float> floors)
        {
            search._index.EnsureIntact(refinement + 1, first);
            _upper.Refine(first, windows, refinement);
            int kept = 0;
            foreach (WindowBound window in windows)
            {
                if (window.Ratio >= floors[window.Image - first])
                {
                    windows[kept++] = window;
                }
            }

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
