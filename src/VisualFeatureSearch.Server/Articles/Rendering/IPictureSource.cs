using Markdig.Syntax.Inlines;
using VisualFeatureSearch.Server.Api;
using VisualFeatureSearch.Server.Stores;

namespace VisualFeatureSearch.Server.Articles.Rendering;

/// <summary>Where a page's pictures come from: from the server while it runs, or from the page itself.</summary>
internal interface IPictureSource
{
    /// <summary>The address of the part of an image that the network sees, as small as a result is shown.</summary>
    string ResultCrop(ServedStore store, long index);

    /// <summary>The address of the part of a query's photograph that the network sees, as large as it is painted on.</summary>
    string QueryCrop(ServedStore store, QueryImageModel image, Func<byte[]> read);

    /// <summary>The address of a picture beside the article.</summary>
    /// <param name="link">As the text has it.</param>
    /// <param name="place">Its place among the text's pictures, 0 for the first.</param>
    string Beside(LinkInline link, int place);
}
