using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Benchmarks.Servers;

/// <summary>The SignalR server of the comparison: groups in memory, nothing stored.</summary>
internal static class SignalRServer
{
    /// <summary>Serves until the process ends.</summary>
    public static Task RunAsync(int port)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        // The generator's clients send no pings.
        builder.Services.AddSignalR(options => options.ClientTimeoutInterval = TimeSpan.FromHours(1));
        WebApplication app = builder.Build();
        app.MapHub<RoomHub>("/hub");
        return app.RunAsync();
    }
}
