using VisualFeatureSearch.Analysis;
using VisualFeatureSearch.Search;
using VisualFeatureSearch.Server.Problems;
using VisualFeatureSearch.Server.Stores;

namespace VisualFeatureSearch.Server.Api;

/// <summary>From a request with several rows to their answers side by side.</summary>
internal sealed class PaintedComparison(StoreCatalogue catalogue, PaintedSearch painted)
{
    /// <summary>More rows than this nobody looks at, and each is a search.</summary>
    private const int MaximumRows = 32;

    /// <summary>Searches row by row and compares the answers.</summary>
    /// <exception cref="RequestException">A field is missing or out of its range.</exception>
    public CompareModel Compare(CompareRequest request, CancellationToken cancellationToken)
    {
        SearchRequest search = request.Search ?? throw new RequestException("'search' is missing: the search that the rows have in common");
        if (request.Rows is not { Count: > 0 and <= MaximumRows } wanted)
        {
            throw new RequestException($"'rows' has {request.Rows?.Count ?? 0}: it must have from 1 to {MaximumRows}");
        }

        List<CompareRowModel> rows = [];
        List<RankedAnswer> answers = [];
        foreach (CompareRowRequest? row in wanted)
        {
            ServedStore served = catalogue.Find(row?.Store ?? throw new RequestException("'store' is missing in a row: the store that it searches"));

            // What counts against an image was painted on the same photograph as the mask.
            SearchRequest own = search with
            {
                Layer = row.Layer,
                Image = row.Image ?? search.Image,
                Mask = row.Mask ?? search.Mask,
                NegativeMask = row.Mask is null ? search.NegativeMask : row.NegativeMask,
            };
            SearchReport report = painted.Search(served, own, cancellationToken);
            float[]? similarities = request.Distributions ? painted.ScoreAll(served, own, withContrast: false, cancellationToken).Similarities.Highlight : null;
            rows.Add(new CompareRowModel(served.Id, report.Query.Layer, report, similarities is null ? null : Describe(served, similarities)));
            answers.Add(new RankedAnswer(served.Store, [.. report.Results.Select(result => result.Index)], similarities));
        }

        return new CompareModel(rows, AnswerAgreement.Create(answers, catalogue.ImagesRoot, cancellationToken));
    }

    private static Distribution Describe(ServedStore served, float[] similarities)
    {
        double[] known = [.. similarities.Where(similarity => !float.IsNaN(similarity)).Select(similarity => (double)similarity).Order()];
        return known.Length > 0
            ? Distribution.Create(known)
            : throw new RequestException($"no image of the store '{served.Id}' takes part: the condition leaves none");
    }
}
