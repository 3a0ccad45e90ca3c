using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Html;
using VisualFeatureSearch.Imaging;
using VisualFeatureSearch.Server.Pages;

namespace VisualFeatureSearch.Server.Widgets;

/// <summary>
/// Photographs of which a person chooses one and paints on it, in a notebook or in a browser window of a script. It renders as
/// HTML by itself (.NET notebooks show <see cref="IHtmlContent"/>); what is painted is here as soon as a stroke ends. The page
/// comes from a server on the loopback address that starts with the first widget and needs a token that only its address has.
/// </summary>
public class MultiHighlightWidget : IHtmlContent
{
    /// <summary>Width of the mask in pixels where nothing else is said.</summary>
    public const int DefaultSize = 224;

    /// <summary>Radius of the brush in pixels of the mask where nothing else is said.</summary>
    public const double DefaultRadius = 20;

    private readonly WidgetSession _session;
    private readonly Lazy<Uri> _address;

    /// <summary>Makes a widget of image files.</summary>
    /// <param name="images">The files.</param>
    /// <param name="size">Width of the mask in pixels, at least 16; its height follows the photograph's shape.</param>
    /// <param name="radius">Radius of the brush in pixels of the mask, at least 1.</param>
    /// <exception cref="ImageException">A file is missing or not an image; the message names it.</exception>
    public MultiHighlightWidget(IEnumerable<string> images, int size = DefaultSize, double radius = DefaultRadius)
        : this([.. (images ?? throw new ArgumentNullException(nameof(images))).Select(Read)], size, radius)
    {
    }

    /// <summary>Makes a widget of pixels, such as the crops that a network sees.</summary>
    /// <param name="images">The pictures, RGB.</param>
    /// <param name="size">Width of the mask in pixels, at least 16; its height follows the picture's shape.</param>
    /// <param name="radius">Radius of the brush in pixels of the mask, at least 1.</param>
    public MultiHighlightWidget(IEnumerable<PixelImage> images, int size = DefaultSize, double radius = DefaultRadius)
        : this([.. (images ?? throw new ArgumentNullException(nameof(images))).Select((image, place) => WidgetPicture.Create(image, $"image {place + 1}"))], size, radius)
    {
    }

    private MultiHighlightWidget(WidgetPicture[] pictures, int size, double radius)
    {
        ArgumentOutOfRangeException.ThrowIfZero(pictures.Length, nameof(pictures));
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 16);
        ArgumentOutOfRangeException.ThrowIfLessThan(radius, 1);
        _session = new WidgetSession(pictures, size, radius);
        _session.Changed += () => Changed?.Invoke(this, EventArgs.Empty);
        _address = new(() => WidgetHost.Show(_session));
    }

    /// <summary>Told when a stroke ends or another picture is chosen, on a thread of the server.</summary>
    public event EventHandler? Changed;

    /// <summary>What is painted as wanted: one channel, alpha 0 to 255; null for nothing.</summary>
    public PixelImage? Mask => _session.State.Mask;

    /// <summary>What is painted as counting against a result, as <see cref="Mask"/>; null for nothing.</summary>
    public PixelImage? NegativeMask => _session.State.NegativeMask;

    /// <summary>The chosen picture, 0 for the first.</summary>
    public int SelectedIndex => _session.State.Selected;

    /// <summary>The page to paint on, on this machine only. Whoever has the address may paint.</summary>
    public Uri Address => _address.Value;

    /// <summary>Opens the widget in a browser window and waits until the person says that the mask is finished.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The mask: one channel, alpha 0 to 255.</returns>
    /// <exception cref="OperationCanceledException">The waiting was ended.</exception>
    public Task<PixelImage> ShowAsync(CancellationToken cancellationToken = default) => ShowAsync(
        address =>
        {
            bool isOpen = BrowserWindow.TryOpen(address);
            Console.Error.WriteLine($"{(isOpen ? "Paint in the browser, or at" : "Open this address to paint:")} {address}");
        },
        cancellationToken);

    /// <summary>As <see cref="ShowAsync(CancellationToken)"/>, with something else than the person's browser to open the page with.</summary>
    /// <param name="open">Opens an address.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public async Task<PixelImage> ShowAsync(Action<Uri> open, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(open);
        long version = _session.State.Version;
        open(new Uri($"{Address}&done"));
        while (true)
        {
            WidgetState state = await _session.WaitAsync(version, cancellationToken).ConfigureAwait(false);
            if (state is { IsDone: true, Mask: { } mask })
            {
                return mask;
            }

            version = state.Version;
        }
    }

    /// <inheritdoc />
    public void WriteTo(TextWriter writer, HtmlEncoder encoder)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(encoder);

        // As wide as on the page, with room below for the tools and the strip.
        const int Width = 480;
        int tallest = Enumerable.Range(0, _session.Pictures.Count).Max(_session.HeightOf);
        int height = ((Width - 12) * tallest / _session.Size) + (_session.Pictures.Count > 1 ? 260 : 170);
        writer.Write($"<iframe src=\"{encoder.Encode(Address.AbsoluteUri)}\" width=\"{Width}\" height=\"{height}\" style=\"border:0\" title=\"Paint on what interests you\"></iframe>");
    }

    private static WidgetPicture Read(string file)
    {
        try
        {
            return WidgetPicture.Create(File.ReadAllBytes(file), Path.GetFileNameWithoutExtension(file));
        }
        catch (Exception exception) when (exception is ImageException or IOException or UnauthorizedAccessException)
        {
            throw new ImageException($"{file}: {exception.Message}", exception);
        }
    }
}
