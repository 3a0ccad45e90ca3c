using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using VisualFeatureSearch.Server.Api;

namespace VisualFeatureSearch.Server.Widgets;

/// <summary>The loopback server that shows this process's own widgets; it starts with the first one.</summary>
internal static class WidgetHost
{
    private static readonly Lazy<(Uri Address, string Token, WidgetSessions Sessions)> Started = new(Start);

    /// <summary>Takes a widget in, so that it can be shown.</summary>
    /// <returns>The page to paint on.</returns>
    public static Uri Show(WidgetSession session)
    {
        (Uri address, string token, WidgetSessions sessions) = Started.Value;
        sessions.Add(session);
        return new Uri(address, $"{WidgetEndpoints.Describe(session).Page}&token={token}");
    }

    private static (Uri Address, string Token, WidgetSessions Sessions) Start()
    {
        string token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        WebApplication app = VisualFeatureSearchServer.Create(new ServerOptions { Token = token });
        app.StartAsync().GetAwaiter().GetResult();
        return (new Uri(app.Urls.First()), token, (WidgetSessions)app.Services.GetService(typeof(WidgetSessions))!);
    }
}
